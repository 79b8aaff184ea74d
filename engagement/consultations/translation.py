"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from engagement.consultations.models import Consultation, Document, Section


@register(Consultation)
class ConsultationTranslation(TranslationOptions):
    """All that is read."""

    fields = (
        "title",
        "summary",
        "body",
        "audience",
        "short_period_reason",
        "outcome_summary",
        "response",
        "withdrawal_reason",
    )


@register(Section)
class SectionTranslation(TranslationOptions):
    """Title and text."""

    fields = ("title", "body")


@register(Document)
class DocumentTranslation(TranslationOptions):
    """Title and text."""

    fields = ("title", "body")
