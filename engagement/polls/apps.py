"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PollsConfig(AppConfig):
    """Polls."""

    name = "engagement.polls"
    label = "polls"
    verbose_name = _("Polls")

    def ready(self) -> None:
        """Register the indicators, what is known of one person, and the counters."""
        from engagement.polls import kpis
        from engagement.polls.selectors import personal_export
        from engagement.polls.services import drifts
        from portal import registry

        kpis.register()
        registry.personal_data.register("polls", registry.PersonalData(_("Votes"), personal_export))
        registry.recounts.register("polls", drifts)
