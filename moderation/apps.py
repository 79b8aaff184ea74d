"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    """Moderation."""

    name = "moderation"
    label = "moderation"
    verbose_name = _("Moderation")

    def ready(self) -> None:
        """Offer the indicators."""
        from moderation import kpis

        kpis.register()
