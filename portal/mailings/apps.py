"""The app, and what it offers to the ground floor."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingsConfig(AppConfig):
    """One text to many: frozen recipients, a record for each, and the list of those never to be written to."""

    name = "portal.mailings"
    label = "mailings"
    verbose_name = _("Mailings")

    def ready(self) -> None:
        """Register what the area offers."""
        from anymail.signals import tracking

        from portal import registry
        from portal.mailings.services.erasure import erase_deliveries, export_deliveries

        registry.personal_data.register(
            "mailings",
            registry.PersonalData(_("Mailings sent to you"), export=export_deliveries, erase=erase_deliveries),
        )
        tracking.connect(_heard, dispatch_uid="mailings")


def _heard(sender: Any, event: Any, **kwargs: Any) -> None:
    """Give an event of the provider to the service."""
    from portal.mailings.services.provider import hear

    hear(event)
