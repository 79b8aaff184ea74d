"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


class CalendarsConfig(AppConfig):
    """Calendars and deadlines."""

    name = "portal.calendars"
    label = "calendars"
    verbose_name = _("Calendars and deadlines")

    def ready(self) -> None:
        """Register the page of hours, when it turns, the holidays to start with and the demonstration."""
        from portal.calendars import selectors, services
        from portal.calendars.management import demo

        registry.navigation.register(
            "hours",
            registry.NavigationEntry(
                label=_("Working hours"),
                url=lambda: reverse("calendars:hours"),
                # Beside the service commitments.
                position=55,
                section="footer",
                prefix="hours/",
            ),
        )
        registry.turns.register("hours", selectors.next_turn)
        registry.starters.register("calendars", services.load_starters)
        registry.demo.register("calendars", demo.load)
