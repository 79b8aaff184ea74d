"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    """Figures and reports."""

    name = "portal.insight"
    label = "insight"
    verbose_name = _("Figures and reports")
