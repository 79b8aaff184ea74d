"""The app, and what it offers to the ground floor."""

from functools import partial

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
        from engagement.consultations.management import city, demo, demo_notices
        from engagement.consultations.selectors.judged import JUDGED
        from engagement.consultations.selectors.sequels import sequels as find_sequels
        from portal.registry.judged import judged_pages
        from portal.registry.sequels import sequels

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
        self._register_work()
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
        registry.offers.register("consultations", selectors.offers)
        sequels.register("consultations", find_sequels)
        judged_pages.register("consultation", JUDGED)
        self._register_notices()
        registry.demo.register("consultations", demo.load)
        registry.demo.register("consultations.notices", demo_notices.load)
        registry.city.register("consultations", city.load)
        kpis.register()

    def _register_notices(self) -> None:
        """Register what people are told of, what they can follow, and who took part."""
        from engagement.comments.registry import thread_titles
        from engagement.consultations.selectors import audience, notices
        from portal.notifications.choices import Subject
        from portal.registry.audiences import audiences
        from portal.registry.notices import Followable, NoticeEvent, followables, notice_events, took_part

        for event in notices.EVENTS:
            also = Subject.OUTCOMES if event in notices.OUTCOMES else ""
            notice_events.register(event, NoticeEvent(Subject.FOLLOWED, notices.shown_events, took_part=also))
        consultation = Followable(_("Consultation"), notices.found_consultations, notices.relatives)
        followables.register("consultation", consultation)
        # Here, for what they have in common with what is followed are the consultations in their lists.
        followables.register("topic", Followable(_("Topic"), notices.found_topics))
        followables.register("organisation", Followable(_("Body"), notices.found_bodies))
        took_part.register("consultation", notices.took_part)
        audiences.register("consultation", audience.PARTICIPANTS)
        thread_titles.register("consultations", notices.thread_titles)

    def _register_work(self) -> None:
        """Register what waits for editors, and their way to a new consultation."""
        from engagement.consultations import selectors
        from portal.accounts.choices import Role
        from portal.accounts.rules import holds

        listed = partial(reverse, "admin:consultations_consultation_changelist")
        for key, label, query, count, first in (
            (
                "consultations",
                _("Consultations that wait for a response"),
                "?status__exact=published",
                selectors.awaiting_response,
                selectors.first_awaiting_response,
            ),
            ("drafts", _("Drafts"), "?status__exact=draft", selectors.drafts, selectors.first_drafts),
            (
                "consultations.texts",
                _("Public consultations with texts missing or behind"),
                "?status__exact=published",
                selectors.wanting_texts,
                selectors.first_wanting_texts,
            ),
        ):
            entry = registry.InboxEntry(label, lambda query=query: listed() + query, count, first)
            registry.inbox.register(key, entry)
        registry.navigation.register(
            "consultations.new",
            registry.NavigationEntry(
                label=_("New consultation"),
                url=lambda: reverse("admin:consultations_consultation_add"),
                position=10,
                section="staff",
                visible_to=lambda user: holds(user, Role.EDITOR),
            ),
        )


def _deadline_owner() -> registry.DeadlineOwner:
    """Say whose the deadlines of responses are. Promised to everybody: the page shows a new date with its reason."""
    return registry.DeadlineOwner(
        relation="consultation",
        title=str,
        url=lambda item: reverse("admin:consultations_consultation_change", args=[item.pk]),
        moved=lambda item, reason: None,
        idle={"consultation__status": Status.WITHDRAWN},
    )
