"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from portal.pages.models import Announcement, Page, Service, Topic


@register(Page)
class PageTranslation(TranslationOptions):
    """All that is read."""

    fields = ("title", "summary", "body", "approver", "change_note")


@register(Topic)
class TopicTranslation(TranslationOptions):
    """Name and description."""

    fields = ("name", "description")


@register(Service)
class ServiceTranslation(TranslationOptions):
    """Name and summary."""

    fields = ("name", "summary")


@register(Announcement)
class AnnouncementTranslation(TranslationOptions):
    """All that is read."""

    fields = ("title", "text")
    required_languages = ()
