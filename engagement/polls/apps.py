"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PollsConfig(AppConfig):
    """Polls."""

    name = "engagement.polls"
    label = "polls"
    verbose_name = _("Polls")

    def ready(self) -> None:
        """Register the indicators, and what is known of one person."""
        from engagement.polls import kpis
        from engagement.polls.selectors import personal_export
        from portal import registry

        kpis.register()
        registry.personal_data.register("polls", registry.PersonalData(_("Votes"), personal_export))
