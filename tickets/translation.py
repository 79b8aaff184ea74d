"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from tickets.models import Article, ArticleCategory, PreparedReply


@register(ArticleCategory)
class ArticleCategoryTranslation(TranslationOptions):
    """Name and summary."""

    fields = ("name", "summary")


@register(Article)
class ArticleTranslation(TranslationOptions):
    """All that is read."""

    fields = ("title", "summary", "text")
    required_languages = ()


@register(PreparedReply)
class PreparedReplyTranslation(TranslationOptions):
    """What agents choose it by, and what is sent."""

    fields = ("title", "text")
    required_languages = ()
