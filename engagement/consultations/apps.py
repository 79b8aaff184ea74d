"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsultationsConfig(AppConfig):
    """Consultations."""

    name = "engagement.consultations"
    label = "consultations"
    verbose_name = _("Consultations")

    def ready(self) -> None:
        """Offer the indicators."""
        from engagement.consultations import kpis

        kpis.register()
