"""Fields that are published in three languages."""

from modeltranslation.translator import TranslationOptions, register

from portal.insight.models import KpiDefinition


@register(KpiDefinition)
class KpiDefinitionTranslation(TranslationOptions):
    """All that is read."""

    fields = ("name", "definition", "formula", "method")
