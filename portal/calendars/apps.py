"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarsConfig(AppConfig):
    """Calendars and deadlines."""

    name = "portal.calendars"
    label = "calendars"
    verbose_name = _("Calendars and deadlines")
