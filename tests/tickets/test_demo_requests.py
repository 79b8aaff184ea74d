"""The demonstration's requests."""

import random
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction

from portal import registry
from portal.calendars.models import Breach, Deadline
from portal.registry import DemoStage
from tickets.choices import TRANSITIONS, Channel, EntryKind, TicketKind, TicketState
from tickets.management import demo_requests
from tickets.models import Alarm, Move, Rating, Ticket
from tickets.services import clock

pytestmark = pytest.mark.django_db

ANCHOR = datetime(2026, 11, 22, tzinfo=ZoneInfo("Asia/Riyadh"))


@pytest.fixture
def stage(monkeypatch):
    """The bodies, people and hours of the demonstration, on the anchor day, and stages like the command's."""
    call_command("seed", verbosity=0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: ANCHOR)
    for name in ("accounts", "pages", "calendars"):
        registry.demo[name](DemoStage(ANCHOR, random.Random(f"42 {name}"), "unused"))
    return lambda: DemoStage(ANCHOR, random.Random("42 requests"), "unused")


def everything() -> list[tuple]:
    """Return what the requests are, without what is random by nature: codes, references, links."""
    fields = ("once", "subject", "state", "channel", "created_at", "state_since", "next_due_at", "person", "solved_at")
    return list(Ticket.objects.order_by("once").values_list(*fields))


def loaded(stage) -> list[tuple]:
    """Load them, undo it, and return what they were."""
    with transaction.atomic():
        demo_requests.load(stage())
        found = everything()
        transaction.set_rollback(True)
    return found


def test_they_are_whole_and_the_same_each_time(stage, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(demo_requests, "PLAN", [(state, 2, days) for state, _count, days in demo_requests.PLAN])
        first = loaded(stage)
        assert (len(first), loaded(stage)) == (22, first)

    demo_requests.load(stage())
    first = everything()
    demo_requests.load(stage())
    assert everything() == first

    tickets = list(Ticket.objects.with_people())
    planned: Counter = Counter()
    for state, count, _days in demo_requests.PLAN:
        planned[state] += count
    assert Counter(ticket.state for ticket in tickets) == planned
    assert (len(tickets), sum(ticket.is_open for ticket in tickets)) == (400, 25)
    assert {ticket.kind for ticket in tickets} == set(TicketKind)
    assert {ticket.channel for ticket in tickets} == set(Channel)
    assert {ticket.language for ticket in tickets} == {"ar", "en", "zh-hans"}
    assert set(TicketState) == planned.keys()
    assert (ANCHOR - min(ticket.created_at for ticket in tickets)).days >= 380
    assert any(ticket.speaks_for for ticket in tickets)
    assert any(ticket.contact for ticket in tickets)

    # Each stands where its moves led, by ways that the table allows, and nothing lies in the future.
    moves: dict[int, list[Move]] = {}
    for move in Move.objects.order_by("ticket_id", "number"):
        moves.setdefault(move.ticket_id, []).append(move)
    for ticket in tickets:
        steps = moves[ticket.pk]
        assert (steps[0].source, steps[0].target, steps[0].at) == ("", TicketState.NEW, ticket.created_at)
        assert [step.source for step in steps[1:]] == [step.target for step in steps[:-1]]
        assert all(step.mover in TRANSITIONS[step.source, step.target] for step in steps[1:])
        assert (steps[-1].target, steps[-1].at) == (ticket.state, ticket.state_since)
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        entries = list(ticket.entries.order_by("pk"))
        moments = [entry.created_at for entry in entries]
        assert entries[0].kind == EntryKind.MESSAGE
        assert moments == sorted(moments)
        assert max(*moments, ticket.last_activity_at, ticket.state_since, ANCHOR) == ANCHOR
        assert ticket.next_due_at == clock.next_due(ticket)
        assert "{" not in ticket.subject + "".join(entry.text for entry in entries)
        if ticket.merged_into:
            assert (ticket.person, ticket.contact) == (ticket.merged_into.person, ticket.merged_into.contact)

    assert 15 <= Breach.objects.count() <= 60
    overdue = Deadline.objects.overdue_at(ANCHOR)
    assert 2 <= overdue.count() <= 8
    assert not overdue.unrecorded().exists()
    assert 120 <= Rating.objects.count() <= 230
    assert not Alarm.objects.filter(told_at=None, at__lte=ANCHOR).exists()
    assert mail.outbox == []
