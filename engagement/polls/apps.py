"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PollsConfig(AppConfig):
    """Polls."""

    name = "engagement.polls"
    label = "polls"
    verbose_name = _("Polls")

    def ready(self) -> None:
        """Offer the indicators."""
        from engagement.polls import kpis

        kpis.register()

    def ready(self) -> None:
        """Register what is known of one person."""
        from engagement.polls.selectors import personal_export
        from portal import registry

        registry.personal_data.register("polls", registry.PersonalData(_("Votes"), personal_export))
