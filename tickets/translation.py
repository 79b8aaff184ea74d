"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from tickets.models import Article, ArticleCategory


@register(ArticleCategory)
class ArticleCategoryTranslation(TranslationOptions):
    """Name and summary."""

    fields = ("name", "summary")


@register(Article)
class ArticleTranslation(TranslationOptions):
    """All that is read."""

    fields = ("title", "summary", "text")
    required_languages = ()
