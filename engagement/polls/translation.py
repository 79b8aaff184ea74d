"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from engagement.polls.models import Option, Poll


@register(Poll)
class PollTranslation(TranslationOptions):
    """The question."""

    fields = ("question",)


@register(Option)
class OptionTranslation(TranslationOptions):
    """The label."""

    fields = ("label",)
