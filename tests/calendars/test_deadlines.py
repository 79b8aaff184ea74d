"""Promises: by the clock for reports, in weeks by the portal's wall clock for responses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.calendars.choices import Level
from portal.calendars.models import Deadline
from portal.calendars.services import due_moment, meet, promise, restart
from tests.factories import DeadlineFactory

moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))


def riyadh(text):
    return datetime.fromisoformat(f"{text}+03:00")


@pytest.mark.parametrize(
    # Cases 1 to 3 of the service levels agreed on: 72 clock hours, whatever day it is.
    ("start", "due"),
    [
        ("2026-04-05T10:00", "2026-04-08T10:00"),
        ("2026-04-09T15:00", "2026-04-12T15:00"),
        ("2026-04-07T20:00", "2026-04-10T20:00"),
    ],
)
def test_reports_are_decided_within_72_hours_by_the_clock(start, due):
    moment, receipt = due_moment(Level.REPORT_OF_CONTENT, riyadh(start))
    assert moment == riyadh(due)
    assert receipt == {"rule": "clock", "amount": 72, "unit": "hours"}


@given(moments)
def test_a_span_by_the_clock_is_the_span(start):
    assert due_moment(Level.REPORT_OF_CONTENT, start)[0] - start == timedelta(hours=72)


@override_settings(TIME_ZONE="Europe/Berlin")
def test_weeks_keep_the_hour_of_the_day_where_clocks_change():
    start = datetime(2026, 10, 1, 14, tzinfo=UTC)
    assert due_moment(Level.CONSULTATION_RESPONSE, start)[0] == datetime(2026, 12, 24, 15, tzinfo=UTC)


@pytest.mark.django_db
def test_met_at_the_due_second_is_kept_and_one_second_later_is_not():
    now = timezone.now()
    for late, kept in [(timedelta(0), True), (timedelta(seconds=1), False)]:
        deadline = DeadlineFactory(started_at=now - timedelta(days=3), due_at=now)
        meet(deadline, at=now + late)
        deadline.refresh_from_db()
        assert (deadline.was_kept, deadline.is_overdue) == (kept, False)


@pytest.mark.django_db
def test_the_first_moment_counts():
    deadline = DeadlineFactory()
    first = timezone.now()
    meet(deadline, at=first)
    meet(deadline, at=first + timedelta(days=9))
    deadline.refresh_from_db()
    assert deadline.met_at == first


@pytest.mark.django_db
def test_overdue_are_those_unmet_whose_moment_has_passed():
    now = timezone.now()
    late = DeadlineFactory(started_at=now - timedelta(days=9), due_at=now - timedelta(seconds=1))
    DeadlineFactory(started_at=now - timedelta(days=9), due_at=now - timedelta(days=1), met_at=now)
    DeadlineFactory(started_at=now, due_at=now + timedelta(minutes=5))
    assert list(Deadline.objects.overdue()) == [late]


@pytest.mark.django_db
def test_a_promise_that_starts_anew_keeps_its_rule():
    deadline = promise(Level.CONSULTATION_RESPONSE, start=riyadh("2026-01-01T16:00"))
    restart(deadline, start=riyadh("2026-02-01T16:00"))
    deadline.refresh_from_db()
    assert deadline.due_at == riyadh("2026-04-26T16:00")


@pytest.mark.django_db
def test_a_deadline_before_its_start_is_refused():
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.create(level=Level.REPORT_OF_CONTENT, started_at=now, due_at=now - timedelta(seconds=1))
