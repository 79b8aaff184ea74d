"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from portal.calendars.models import Calendar, DatedHours, Holiday


@register(Calendar)
class CalendarTranslation(TranslationOptions):
    """Its name."""

    fields = ("name",)


@register(DatedHours)
class DatedHoursTranslation(TranslationOptions):
    """Their name."""

    fields = ("name",)


@register(Holiday)
class HolidayTranslation(TranslationOptions):
    """Its name."""

    fields = ("name",)
