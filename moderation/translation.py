"""Fields that are published in three languages."""

from modeltranslation.translator import TranslationOptions, register

from moderation.models import Ground


@register(Ground)
class GroundTranslation(TranslationOptions):
    """As the policy words it."""

    fields = ("title", "description")
