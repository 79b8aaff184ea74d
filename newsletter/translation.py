"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from newsletter.models import Block, Issue, Link, MailingList


@register(MailingList)
class MailingListTranslation(TranslationOptions):
    """What readers choose by."""

    fields = ("name", "about")


@register(Issue)
class IssueTranslation(TranslationOptions):
    """What a mail program's list shows."""

    fields = ("subject", "preheader")
    required_languages = ()


@register(Block)
class BlockTranslation(TranslationOptions):
    """All that is read."""

    fields = ("heading", "text", "figure", "link_label", "alt")
    required_languages = ()


@register(Link)
class LinkTranslation(TranslationOptions):
    """The words of a link."""

    fields = ("title",)
    required_languages = ()
