"""A change of calendars or levels: shown first, then carried out in strides."""

from datetime import date, timedelta

import pytest

from portal.calendars import services
from portal.calendars.choices import Cause, Level, Unit
from portal.calendars.models import Deadline, Promise, Recount, ServiceLevel
from portal.calendars.services import begin_recount, continue_recount, preview, promise, scope_of
from portal.calendars.services import recounts as module
from portal.calendars.tasks import tick
from tests.calendars import calendar_of, holiday, riyadh
from tests.factories import OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db
BEFORE, AFTER = riyadh("12-08 16:00"), riyadh("12-09 16:00")


@pytest.fixture
def body():
    """A body with the agreed calendar."""
    found = OrganisationFactory()
    calendar_of(found)
    return found


def complaints(body, count=3):
    """Give promises due on Tuesday 8 December."""
    return [promise(Level.COMPLAINT, body=body, start=riyadh("12-06 09:30")) for _number in range(count)]


def close_monday(body):
    """Add a holiday on Monday 7 December and return what it touches."""
    day = holiday(date(2026, 12, 7), date(2026, 12, 7), calendar=body.calendars.get())
    return scope_of(services.save_holiday(day, by=None))


def due_moments():
    return list(Deadline.objects.order_by("pk").values_list("due_at", flat=True))


def test_a_preview_shows_what_would_move_and_writes_nothing(body):
    complaints(body)
    promise(Level.FEEDBACK, body=body, start=riyadh("12-06 09:30"))
    complaints(OrganisationFactory(), 1)
    found = preview(close_monday(body))
    assert (found.count, found.later, found.touched, found.is_complete) == (3, 3, 3, True)
    assert [(move.before, move.after, move.is_later) for move in found.moves] == [(BEFORE, AFTER, True)] * 3
    assert Promise.objects.filter(cause=Cause.CALENDAR).count() == 0


def test_a_preview_of_many_shows_the_first_and_counts_the_rest(body, monkeypatch):
    monkeypatch.setattr(module, "SHOWN", 2)
    monkeypatch.setattr(module, "MOST_PREVIEWED", 4)
    complaints(body, 5)
    found = preview(close_monday(body))
    assert (len(found.moves), found.count, found.touched, found.is_complete) == (2, 4, 5, False)


@pytest.mark.parametrize(("count", "expected"), [(1, 10), (3, 10)])
def test_a_preview_asks_as_often_for_three_as_for_one(body, count, expected, django_assert_num_queries):
    complaints(body, count)
    scope = close_monday(body)
    with django_assert_num_queries(expected):
        preview(scope)


def test_without_a_reason_the_promises_stand(body, django_capture_on_commit_callbacks):
    complaints(body)
    with django_capture_on_commit_callbacks(execute=True):
        recount = begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", by=None)
    recount.refresh_from_db()
    assert due_moments() == [BEFORE] * 3
    assert (recount.total, recount.done, recount.moved, recount.percent) == (3, 3, 0, 100)
    rows = Promise.objects.filter(cause=Cause.CALENDAR).values_list("number", "reckoned_at", "due_at")
    assert list(rows) == [(2, AFTER, BEFORE)] * 3


def test_with_a_reason_they_move_and_it_is_kept(body, django_capture_on_commit_callbacks):
    complaints(body)
    by = PersonFactory()
    with django_capture_on_commit_callbacks(execute=True):
        recount = begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", reason=" Storm. ", by=by)
    recount.refresh_from_db()
    assert (due_moments(), recount.moved) == ([AFTER] * 3, 3)
    rows = Promise.objects.filter(cause=Cause.CALENDAR).values_list("reason__text", "by")
    assert list(rows) == [("Storm.", by.pk)] * 3


def test_what_is_met_is_frozen(body):
    met, running = complaints(body, 2)
    services.meet(met, at=riyadh("12-06 12:00"))
    recount = begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", reason="Storm.", by=None)
    assert continue_recount(recount.pk) is False
    assert due_moments() == [BEFORE, AFTER]
    assert (met.promises.count(), running.promises.count()) == (1, 2)


def test_it_is_taken_up_where_it_stopped_and_run_twice_without_harm(body, monkeypatch):
    monkeypatch.setattr(module, "STRIDE", 2)
    complaints(body, 5)
    recount = begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", reason="Storm.", by=None)
    assert continue_recount(recount.pk) is True
    recount.refresh_from_db()
    assert (recount.done, recount.percent, services.unfinished()) == (2, 40, [recount.pk])
    tick()
    tick()
    assert continue_recount(recount.pk) is False
    recount.refresh_from_db()
    assert (recount.done, recount.moved, services.unfinished()) == (5, 5, [])
    assert Promise.objects.filter(cause=Cause.CALENDAR).count() == 5


def test_a_second_reckoning_writes_nothing(body):
    complaints(body)
    scope = close_monday(body)
    for _number in range(2):
        continue_recount(begin_recount(scope, cause=Cause.CALENDAR, subject="Holiday", reason="Storm.", by=None).pk)
    assert Promise.objects.filter(cause=Cause.CALENDAR).count() == 3
    assert list(Recount.objects.order_by("pk").values_list("moved", flat=True)) == [3, 0]


def test_nothing_open_means_nothing_to_do(body):
    assert begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", by=None) is None


def test_waits_and_extensions_hold(body):
    (deadline,) = complaints(body, 1)
    services.wait(deadline, since=riyadh("12-06 11:00"))
    services.resume(deadline, at=riyadh("12-06 13:00"))
    services.extend(deadline, amount=1, unit=Unit.WORKING_DAYS, reason="More.", by=None)
    assert deadline.due_at == riyadh("12-10 10:00")
    recount = begin_recount(close_monday(body), cause=Cause.CALENDAR, subject="Holiday", reason="Storm.", by=None)
    continue_recount(recount.pk)
    assert due_moments() == [riyadh("12-13 10:00")]


def test_a_level_moves_the_deadlines_of_its_kind_in_its_bodies(body):
    part, other = OrganisationFactory(parent=body), OrganisationFactory()
    for each in (body, part, other):
        promise(Level.ENQUIRY, body=each, start=riyadh("12-06 09:30"))
    promise(Level.COMPLAINT, body=body, start=riyadh("12-06 09:30"))
    level = ServiceLevel(organisation=body, level=Level.ENQUIRY, reply_amount=1, reply_unit=Unit.WORKING_DAYS)
    scope = scope_of(services.save_level(level, by=None))
    continue_recount(begin_recount(scope, cause=Cause.LEVEL, subject="Enquiry", by=None).pk)
    assert due_moments() == [riyadh("12-07 16:00"), riyadh("12-07 16:00"), BEFORE, BEFORE]


def test_a_new_calendar_takes_over_the_deadlines_of_its_body():
    body = OrganisationFactory()
    promise(Level.COMPLAINT, body=body, start=riyadh("09-21 09:30"))
    Deadline.objects.update(started_at=riyadh("12-06 09:30"), due_at=BEFORE + timedelta(days=2))
    calendar = calendar_of(body)
    continue_recount(begin_recount(scope_of(calendar), cause=Cause.CALENDAR, subject="Hours", by=None).pk)
    deadline = Deadline.objects.get()
    assert (deadline.calendar, deadline.due_at) == (calendar, BEFORE)
