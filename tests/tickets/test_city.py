"""The city's requests and articles on a small scale: every promise as the portal reckons it, and all rules kept."""

import random
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from portal import registry
from portal.accounts.models import Person
from portal.calendars.models import Deadline
from portal.calendars.selectors.book import Book
from portal.calendars.services import record_breaches
from portal.calendars.services.reckoning import Facts, reckon, set_terms
from portal.registry import DemoStage
from tickets.choices import OPEN_STATES, TRANSITIONS, Mover, TicketState
from tickets.management import city
from tickets.management.city import slots
from tickets.management.city.loading import Size
from tickets.models import Article, ArticleText, Move, Ticket
from tickets.rules import read_reference
from tickets.selectors.links import opened_by, token_of
from tickets.selectors.search import find
from tickets.services import counters, reminders
from tickets.services.articles import refresh_search

pytestmark = pytest.mark.django_db

COUNT = 1200


@pytest.fixture
def stage():
    """The demonstration's bodies, calendars and categories, and a stage like the command's."""
    call_command("seed", verbosity=0)
    anchor = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for name in ("accounts", "calendars"):
        registry.demo[name](DemoStage(anchor, random.Random(f"42 {name}"), "unused"))
    return lambda: DemoStage(anchor, random.Random("42 city"), "unused")


@pytest.fixture
def loaded(stage, monkeypatch):
    """A small city."""
    monkeypatch.setattr(slots, "DAYS", 150)
    monkeypatch.setattr(slots, "PER_DAY", 2)
    before = structure()
    city.load_requests(stage(), Size(requests=COUNT, guests=50))
    assert structure() == before
    return stage


def structure():
    """Return every index and constraint there is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        indexes = cursor.fetchall()
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
        )
        return indexes, cursor.fetchall()


def test_all_states_are_there_and_the_promises_are_the_portals_own(loaded):
    assert Ticket.objects.count() == COUNT
    states = set(Ticket.objects.values_list("state", flat=True))
    assert states == set(TicketState.values)
    book = Book()
    running = list(Deadline.objects.running().prefetch_related("waits"))
    assert len(running) > 100
    for deadline in running:
        before = (deadline.due_at, deadline.receipt, deadline.calendar_id, deadline.amount, deadline.unit)
        set_terms(deadline, book)
        found = reckon(deadline, Facts(list(deadline.waits.all())), book)
        assert (found.due_at, found.receipt, deadline.calendar_id, deadline.amount, deadline.unit) == before
    assert list(counters.drifts(repair=False)) == []
    # Nothing is left for the first tick: nobody is mailed for what lies long ago.
    assert (record_breaches(), reminders.set_alarms(), reminders.tell_due()) == (0, 0, 0)
    assert (reminders.remind_waiting(), reminders.tell_how_it_stands()) == (0, 0)


def test_every_step_is_one_the_table_allows_in_the_order_of_time(loaded):
    paths: dict[int, list[Move]] = {}
    for move in Move.objects.order_by("ticket_id", "number"):
        paths.setdefault(move.ticket_id, []).append(move)
    for ticket in Ticket.objects.all():
        moves = paths[ticket.pk]
        assert [move.number for move in moves] == list(range(1, len(moves) + 1))
        assert (moves[0].source, moves[0].target, moves[0].at) == ("", "new", ticket.created_at)
        assert (moves[-1].target, moves[-1].at) == (ticket.state, ticket.state_since)
        for earlier, later in pairwise(moves):
            assert later.source == earlier.target and later.at >= earlier.at
            assert Mover(later.mover) in TRANSITIONS[TicketState(later.source), TicketState(later.target)]


def test_references_can_be_read_out_links_open_and_new_requests_find_free_keys(loaded, body, ask):
    for ticket in Ticket.objects.order_by("?")[:40]:
        assert read_reference(ticket.reference) == ticket.reference
        assert opened_by(token_of(ticket)) == ticket
    assert ask().pk > COUNT


def test_what_is_joined_was_sent_by_the_same(loaded):
    for ticket in Ticket.objects.filter(state=TicketState.MERGED).select_related("merged_into"):
        other = ticket.merged_into
        assert (ticket.person_id, ticket.contact_id) == (other.person_id, other.contact_id)
        assert (ticket.organisation_id, ticket.language) == (other.organisation_id, other.language)


def test_a_second_run_changes_nothing(loaded):
    before = list(Ticket.objects.order_by("pk").values())
    city.load_requests(loaded(), Size(requests=COUNT, guests=50))
    assert list(Ticket.objects.order_by("pk").values()) == before
    assert not any(
        person.has_usable_password() for person in Person.objects.filter(email__endswith="desk.demo.example")
    )


def test_articles_are_found_as_if_an_editor_had_published_them(stage):
    registry.demo["articles"](stage())
    city.load_articles(stage(), 60)
    assert Article.objects.public().count() == 60
    made = Article.objects.get(code="cityarticle7")
    before = list(ArticleText.objects.filter(article=made).order_by("language").values_list("text", "words"))
    refresh_search(made)
    assert list(ArticleText.objects.filter(article=made).order_by("language").values_list("text", "words")) == before
    for language, column in (("ar", "ar"), ("en", "en"), ("zh-hans", "zh_hans")):
        assert find(getattr(made, f"title_{column}"), language).ids[0] == made.pk


def test_open_requests_are_a_small_part_and_some_are_late(loaded):
    waiting = Ticket.objects.filter(state__in=OPEN_STATES)
    assert 0.08 * COUNT < waiting.count() < 0.4 * COUNT
    assert waiting.filter(next_due_at__lt=timezone.now()).exists()
