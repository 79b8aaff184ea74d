"""What requests repeat of their promises: kept by recomputations, compared and mended by ``manage.py recount``."""

from datetime import date

import pytest
from django.core.management import call_command

from portal.audit.models import Entry
from portal.calendars import services
from portal.calendars.choices import Cause
from portal.calendars.models import ServiceLevel
from portal.calendars.services import begin_recount, continue_recount, scope_of
from tests.calendars import holiday, riyadh
from tickets.choices import TicketKind, TicketState
from tickets.services import counters, desk

pytestmark = pytest.mark.django_db


def close_monday(body):
    """Add a holiday on Monday 6 April and return what it touches."""
    day = holiday(date(2026, 4, 6), date(2026, 4, 6), calendar=body.calendars.get())
    return scope_of(services.save_holiday(day, by=None))


def recount(body, reason):
    made = begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", reason=reason, by=None)
    assert continue_recount(made.pk) is False


@pytest.fixture
def with_solution(body):
    """Promise a solution within three working days as well."""
    level = ServiceLevel(organisation=body, level="technical", reply_amount=2, reply_unit="working_days")
    level.solution_amount, level.solution_unit = 3, "working_days"
    return services.save_level(level, by=None)


@pytest.mark.usefixtures("clock")
def test_a_request_follows_the_promise_that_a_holiday_moved(body, ask):
    ticket = ask()
    assert ticket.next_due_at == riyadh("04-07 16:00")
    recount(body, "Holiday")
    ticket.refresh_from_db()
    assert ticket.next_due_at == riyadh("04-08 16:00")


@pytest.mark.usefixtures("clock")
def test_without_a_reason_it_stands(body, ask):
    ticket = ask()
    recount(body, "")
    ticket.refresh_from_db()
    assert ticket.next_due_at == riyadh("04-07 16:00")


@pytest.mark.usefixtures("with_solution")
def test_it_follows_the_solution_once_it_was_answered(clock, body, agent, ask):
    ticket = ask(kind=TicketKind.TECHNICAL)
    clock.add(hours=1)
    desk.reply(ticket, "We look into it.", by=agent, then=TicketState.OPEN)
    recount(body, "Holiday")
    ticket.refresh_from_db()
    assert ticket.next_due_at == riyadh("04-09 16:00")


@pytest.mark.usefixtures("clock", "with_solution")
def test_what_waits_for_its_sender_is_due_at_no_moment(body, agent, ask):
    ticket = ask(kind=TicketKind.TECHNICAL)
    desk.reply(ticket, "When was it?", by=agent, then=TicketState.WAITING)
    recount(body, "Holiday")
    ticket.refresh_from_db()
    assert ticket.next_due_at is None
    assert list(counters.drifts(repair=False)) == []


@pytest.mark.parametrize("wrong", [None, riyadh("04-06 16:00"), riyadh("04-09 16:00")])
def test_drift_is_told_and_mended(clock, ask, wrong):
    right, ticket = ask(), ask()
    type(ticket).objects.filter(pk=ticket.pk).update(next_due_at=wrong)
    assert [(each.what, each.stored) for each in counters.drifts(repair=False)] == [
        (f"tickets.Ticket {ticket.pk}", wrong)
    ]
    call_command("recount", only=["requests"], verbosity=0)
    ticket.refresh_from_db()
    assert ticket.next_due_at == right.next_due_at
    assert Entry.objects.filter(action="counter.mended").count() == 1
    assert list(counters.drifts(repair=False)) == []


def test_one_that_has_ended_must_not_be_due(clock, agent, ask):
    ticket = ask()
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    type(ticket).objects.filter(pk=ticket.pk).update(next_due_at=clock.moment)
    assert [each.found for each in counters.drifts(repair=False)] == [None]


def test_they_are_compared_in_claims(clock, ask, monkeypatch):
    monkeypatch.setattr(counters, "CLAIM", 2)
    for _number in range(5):
        ask()
    told = []
    assert list(counters.drifts(False, lambda done, total: told.append((done, total)))) == []
    assert told[-1][0] == told[-1][1]
