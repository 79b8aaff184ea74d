"""Every row of the service-level cases that were agreed on, by the number it has there."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from portal.calendars import services
from portal.calendars.arithmetic import (
    ALWAYS,
    CLOCK_HOURS,
    WORKING_DAYS,
    WORKING_HOURS,
    Hours,
    NoWorkingTime,
    due,
    last_working,
)
from portal.calendars.choices import Cause, Level, Unit
from portal.calendars.models import Breach, Calendar, Deadline, ServiceLevel
from portal.calendars.services import CalendarRefused, DeadlineRefused, promise, record_breaches
from tests.calendars import AGREED, WEEK, calendar_of, riyadh
from tests.factories import OrganisationFactory

RAMADAN = Hours(
    "Asia/Riyadh",
    WEEK,
    dated={date(2026, 3, day): ((600, 900),) for day in range(1, 19) if WEEK[date(2026, 3, day).weekday()]},
)


@pytest.mark.parametrize(
    ("case", "hours", "start", "hours_72", "days_2", "hours_16"),
    [
        (1, AGREED, riyadh("04-05 10:00"), riyadh("04-08 10:00"), None, None),
        (2, AGREED, riyadh("04-09 15:00"), riyadh("04-12 15:00"), None, None),
        (3, AGREED, riyadh("04-07 20:00"), riyadh("04-10 20:00"), None, None),
        (4, AGREED, riyadh("04-05 09:30"), None, riyadh("04-07 16:00"), riyadh("04-07 09:30")),
        (5, AGREED, riyadh("04-08 11:00"), None, riyadh("04-12 16:00"), riyadh("04-12 11:00")),
        (6, AGREED, riyadh("04-09 16:00"), None, riyadh("04-14 16:00"), riyadh("04-13 16:00")),
        (7, AGREED, riyadh("04-06 06:15"), None, riyadh("04-08 16:00"), riyadh("04-07 16:00")),
        (8, AGREED, riyadh("09-22 10:00"), None, riyadh("09-27 16:00"), riyadh("09-27 10:00")),
        (9, AGREED, riyadh("03-18 14:00"), None, riyadh("03-26 16:00"), riyadh("03-26 14:00")),
        (10, RAMADAN, riyadh("03-02 14:00"), None, riyadh("03-04 15:00"), riyadh("03-05 15:00")),
        (11, AGREED, datetime(2026, 4, 4, 22, 30, tzinfo=UTC), None, datetime(2026, 4, 7, 13, tzinfo=UTC), None),
    ],
    ids=lambda value: f"case {value}" if isinstance(value, int) else None,
)
def test_what_was_agreed(case, hours, start, hours_72, days_2, hours_16):
    expected = {(72, CLOCK_HOURS): hours_72, (2, WORKING_DAYS): days_2, (16, WORKING_HOURS): hours_16}
    wanted = {terms: moment for terms, moment in expected.items() if moment}
    assert {terms: due(terms, hours, start) for terms in wanted} == wanted


def test_case_3_people_can_still_be_told_in_working_time_before_it():
    assert last_working(AGREED, riyadh("04-10 20:00")) == riyadh("04-09 16:00")
    assert last_working(AGREED, riyadh("04-08 11:00")) == riyadh("04-08 11:00")


def test_case_18_around_the_clock():
    night = Hours("Asia/Riyadh", ALWAYS)
    start, end = riyadh("04-05 23:30"), riyadh("04-06 00:30")
    assert due((1, WORKING_HOURS), night, start) == due((1, CLOCK_HOURS), AGREED, start) == end


# What happens to a deadline


@pytest.fixture
def body(db):
    """A body with the agreed calendar, and a level in working hours beside the one in days."""
    body = OrganisationFactory()
    calendar_of(body)
    hours = {"reply_amount": 16, "reply_unit": Unit.WORKING_HOURS}
    services.save_level(ServiceLevel(organisation=body, level=Level.TECHNICAL, **hours), by=None)
    return body


@pytest.fixture
def pair(body):
    """Case 4: two working days, and sixteen working hours, from Sunday 5 April 9:30."""
    start = riyadh("04-05 09:30")
    found = [promise(level, body=body, start=start) for level in (Level.COMPLAINT, Level.TECHNICAL)]
    assert [each.due_at for each in found] == [riyadh("04-07 16:00"), riyadh("04-07 09:30")]
    return found


def stored(pair):
    return [Deadline.objects.get(pk=each.pk).due_at for each in pair]


@pytest.mark.parametrize(
    ("case", "since", "until", "days_2", "hours_16"),
    [
        (12, "04-05 11:00", "04-05 13:00", "04-08 10:00", "04-07 11:30"),
        (13, "04-05 17:00", "04-06 07:00", "04-07 16:00", "04-07 09:30"),
        (14, "04-06 10:00", "04-10 22:00", "04-13 14:00", "04-12 15:30"),
    ],
)
def test_waiting_for_the_person(pair, case, since, until, days_2, hours_16):
    for each in pair:
        services.wait(each, since=riyadh(since))
        services.resume(each, at=riyadh(until))
    assert stored(pair) == [riyadh(days_2), riyadh(hours_16)]


def test_case_15_opened_again(pair):
    for each in pair:
        services.meet(each, at=riyadh("04-06 12:00"))
        services.reopen(each, at=riyadh("04-08 09:00"))
    assert stored(pair) == [riyadh("04-09 13:00"), riyadh("04-08 14:30")]


def test_case_16_extended_with_a_reason(pair):
    deadline = pair[0]
    with pytest.raises(DeadlineRefused) as refused:
        services.extend(deadline, amount=5, unit=Unit.WORKING_DAYS, reason=" \n", by=None)
    assert refused.value.why == "reason"
    record_breaches(riyadh("04-08 09:00"))
    services.extend(deadline, amount=5, unit=Unit.WORKING_DAYS, reason="The drains must be dug up.", by=None)
    assert stored(pair)[0] == riyadh("04-14 16:00")
    assert Breach.objects.get(deadline=deadline).due_at == riyadh("04-07 16:00")


def test_case_17_the_earlier_promise_stands(body):
    deadline = promise(Level.FEEDBACK, body=body, start=riyadh("04-09 15:00"))
    assert deadline.due_at == riyadh("04-12 15:00")
    services.change_kind(deadline, Level.COMPLAINT, by=None)
    deadline.refresh_from_db()
    assert (deadline.level, deadline.due_at) == (Level.COMPLAINT, riyadh("04-12 15:00"))
    assert list(deadline.promises.values_list("number", "cause", "level", "reckoned_at", "due_at")) == [
        (1, Cause.GIVEN, Level.FEEDBACK, riyadh("04-12 15:00"), riyadh("04-12 15:00")),
        (2, Cause.KIND, Level.COMPLAINT, riyadh("04-13 16:00"), riyadh("04-12 15:00")),
    ]


@pytest.mark.parametrize(("late", "is_kept"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_case_19_the_due_second(body, late, is_kept):
    deadline = promise(Level.ENQUIRY, body=body, start=riyadh("04-05 09:30"))
    services.meet(deadline, at=deadline.due_at + late)
    deadline.refresh_from_db()
    assert (deadline.was_kept, Breach.objects.count()) == (is_kept, 0 if is_kept else 1)


def test_case_19_nothing_but_meeting_it_counts(body):
    deadline = promise(Level.ENQUIRY, body=body, start=riyadh("04-05 09:30"))
    services.wait(deadline, since=riyadh("04-05 10:00"))
    services.resume(deadline, at=riyadh("04-05 11:00"))
    deadline.refresh_from_db()
    assert deadline.met_at is None
    assert (record_breaches(deadline.due_at), record_breaches(deadline.due_at + timedelta(seconds=1))) == (0, 1)


@pytest.mark.usefixtures("english")
def test_case_20_a_calendar_without_a_working_day(body):
    with pytest.raises(CalendarRefused) as refused:
        services.save_calendar(Calendar(organisation=body, name_en="Never", is_main=False), by=None)
    assert [str(problem) for problem in refused.value.problems] == [
        "A calendar needs at least one working day: nothing could be promised by this one."
    ]
    assert not Calendar.objects.filter(name_en="Never").exists()
    with pytest.raises(NoWorkingTime):
        due((2, WORKING_DAYS), Hours("Asia/Riyadh", [()] * 7), timezone.now())
