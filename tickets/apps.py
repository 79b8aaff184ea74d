"""The app, and what it offers to the ground floor."""

from functools import partial

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketsConfig(AppConfig):
    """Support: requests, and the help articles that make many unnecessary."""

    name = "tickets"
    label = "tickets"
    verbose_name = pgettext_lazy("menu", "Support")

    def ready(self) -> None:
        """Register what the areas offer."""
        _offer_articles()
        _offer_requests()
        _offer_notices()
        _offer_prepared()
        _offer_to_staff()
        _offer_incoming()
        _offer_places()


def _offer_articles() -> None:
    from portal import registry
    from portal.registry.judged import judged_pages
    from tickets.kinds.articles import ArticleKind
    from tickets.kpis import articles as kpis
    from tickets.management import city, demo_articles
    from tickets.selectors import articles, offers, similar
    from tickets.services import answers

    registry.kinds.register("article", ArticleKind())
    registry.similar.register("articles", similar.similar_articles)
    registry.personal_data.register(
        "articles",
        registry.PersonalData(
            label=_("Answers about help articles"), export=answers.export_answers, erase=answers.forget_answers
        ),
    )
    registry.inbox.register(
        "articles",
        registry.InboxEntry(
            label=_("Help articles whose translations are behind"),
            url=lambda: reverse("admin:tickets_article_changelist"),
            count=articles.behind_count,
        ),
    )
    registry.demo.register("articles", demo_articles.load)
    registry.city.register("articles", city.load_articles)
    registry.recounts.register("articles", answers.drifts)
    registry.offers.register("articles", offers.guides)
    registry.offers.register("questions", offers.questions)
    judged_pages.register("article", articles.JUDGED)
    kpis.register()


def _offer_requests() -> None:
    from portal import registry
    from portal.registry.asking import triggers
    from tickets.kpis import tickets as kpis
    from tickets.management import city, demo_requests
    from tickets.selectors import desk, personal
    from tickets.services import clock, counters, erasure
    from tickets.services.desk import deadline_moved
    from tickets.services.infected import tell_of_infected
    from tickets.services.rating import TRIGGER

    owner = partial(
        registry.DeadlineOwner,
        title=str,
        url=lambda ticket: reverse("admin:tickets_ticket_desk", args=[ticket.code]),
        moved=deadline_moved,
    )
    # One of the two claims and follows for both, so that each stride asks once.
    first = owner("first_reply_of", claim=clock.claim_owners, follow=clock.follow_deadlines)
    registry.deadline_owners.register("tickets.first_reply_of", first)
    registry.deadline_owners.register("tickets.solution_of", owner("solution_of"))
    registry.inbox.register(
        "tickets",
        registry.InboxEntry(
            label=_("Requests to answer"),
            url=lambda: reverse("admin:tickets_ticket_queue"),
            count=desk.inbox_count,
            first=desk.inbox_first,
        ),
    )
    registry.personal_data.register(
        "tickets",
        registry.PersonalData(_("Requests"), export=personal.requests_of, erase=erasure.erase_requests_of),
    )
    registry.guest_data.register(
        "tickets",
        registry.GuestData(erasure.erase_requests_of_guest, erasure.guests_without_recent, erasure.erase_old_callers),
    )
    registry.infected_files.register("tickets", tell_of_infected)
    triggers.register(TRIGGER, _("After a request is closed"))
    registry.demo.register("requests", demo_requests.load)
    registry.city.register("requests", city.load_requests)
    registry.recounts.register("requests", counters.drifts)
    kpis.register()


def _offer_notices() -> None:
    from portal import registry
    from portal.notifications.choices import Subject
    from portal.registry.notices import NoticeEvent, notice_events
    from tickets.management import demo_notices
    from tickets.selectors.notices import shown_requests

    notice_events.register("request", NoticeEvent(Subject.REQUESTS, shown_requests))
    registry.demo.register("requests.notices", demo_notices.load)


def _offer_prepared() -> None:
    from portal import registry
    from tickets.services import prepared

    registry.starters.register("prepared_replies", prepared.load_prepared)
    registry.recounts.register("prepared_replies", prepared.drifts)


def _offer_to_staff() -> None:
    from portal import registry
    from tickets.selectors.history import requests_of
    from tickets.services import intake

    registry.intake.register("requests", intake.INTAKE)
    registry.history.register("requests", registry.History(_("Requests"), requests_of))


def _offer_incoming() -> None:
    from portal import registry
    from portal.accounts.rules import administers_ministry
    from portal.registry.watched import Gauge, gauges
    from tickets.management import demo_mail
    from tickets.selectors import incoming

    registry.demo.register("mail", demo_mail.load)
    registry.navigation.register(
        "channels",
        registry.NavigationEntry(
            label=_("Channels"),
            url=lambda: reverse("admin:tickets_incoming_channels"),
            position=80,
            section="staff",
            visible_to=administers_ministry,
        ),
    )
    for state, text in (
        ("new", "Messages from outside of which nothing was made yet"),
        ("held", "Messages from outside that wait for a decision"),
        ("failed", "Messages from outside that could not be read"),
    ):
        gauges.register(f"incoming_{state}", Gauge(text, partial(incoming.count_in, state)))
    registry.inbox.register(
        "incoming",
        registry.InboxEntry(
            label=_("Messages from outside that were held back"),
            url=lambda: f"{reverse('admin:tickets_incoming_changelist')}?state__exact=held",
            count=incoming.waiting_count,
        ),
    )


def _offer_places() -> None:
    from portal import registry

    registry.navigation.register(
        "support",
        registry.NavigationEntry(
            label=pgettext_lazy("menu", "Support"),
            url=lambda: reverse("tickets:start"),
            position=60,
            prefix="support/",
        ),
    )
    registry.navigation.register(
        "my-requests",
        registry.NavigationEntry(
            label=_("My requests"),
            url=lambda: reverse("tickets:mine"),
            position=20,
            section="account",
            prefix="support/mine/",
        ),
    )
