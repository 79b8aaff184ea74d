"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from engagement.consultations.choices import Status
from portal import registry


class ConsultationsConfig(AppConfig):
    """Consultations."""

    name = "engagement.consultations"
    label = "consultations"
    verbose_name = _("Consultations")

    def ready(self) -> None:
        """Register the kind, its places, the feed, the navigation and the demonstration."""
        from engagement.consultations import kpis, selectors
        from engagement.consultations.kinds import ConsultationKind
        from engagement.consultations.management import city, demo

        registry.kinds.register("consultation", ConsultationKind())
        registry.places.register("consultations", selectors.place)
        registry.feed.register(
            "consultations",
            registry.Feed(
                open_items=selectors.open_items,
                answered_items=selectors.answered_items,
                listed_count=selectors.listed_count,
                list_url=lambda: reverse("consultations:list"),
            ),
        )
        registry.inbox.register(
            "consultations",
            registry.InboxEntry(
                label=_("Consultations that wait for a response"),
                url=lambda: reverse("admin:consultations_consultation_changelist"),
                count=selectors.awaiting_response,
            ),
        )
        registry.navigation.register(
            "consultations",
            registry.NavigationEntry(
                label=_("Consultations"),
                url=lambda: reverse("consultations:list"),
                position=10,
                prefix="consultations/",
            ),
        )
        registry.deadline_owners.register("consultations", _deadline_owner())
        registry.turns.register("consultations", selectors.next_turn)
        registry.demo.register("consultations", demo.load)
        registry.city.register("consultations", city.load)
        kpis.register()


def _deadline_owner() -> registry.DeadlineOwner:
    """Say whose the deadlines of responses are. Promised to everybody: the page shows a new date with its reason."""
    return registry.DeadlineOwner(
        relation="consultation",
        title=str,
        url=lambda item: reverse("admin:consultations_consultation_change", args=[item.pk]),
        moved=lambda item, reason: None,
        idle={"consultation__status": Status.WITHDRAWN},
    )
