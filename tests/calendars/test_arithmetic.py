"""Working time holds its laws for any week, any holidays, any zone and any moment."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calendars.arithmetic import (
    ALWAYS,
    CLOCK_HOURS,
    WEEKS,
    WORKING_DAYS,
    WORKING_HOURS,
    Hours,
    Skipped,
    add,
    closing,
    deemed,
    due,
    extended,
    last_working,
    measure,
    next_edge,
    overlap,
    shifted,
    skipped,
    union,
)
from tests.calendars import AGREED, WEEK, riyadh

ZONES = ["Asia/Riyadh", "Asia/Dubai", "Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe"]
BERLIN_NIGHTS = Hours("Europe/Berlin", [((60, 240),)] * 7)

moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 1), timezones=st.just(UTC))
spans = st.integers(min_value=1, max_value=200 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def calendars(draw):
    """Draw a calendar: one to seven working days with one to three windows each, holidays, dated hours, any zone."""
    edges = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)
    windows = edges.map(lambda found: tuple(zip(found[::2], found[1::2], strict=False)))
    week = [draw(windows) if draw(st.booleans()) else () for _day in range(7)]
    week[draw(st.integers(0, 6))] = draw(windows)
    days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    closed = draw(st.dictionaries(days, st.just("holiday"), max_size=20))
    dated = draw(st.dictionaries(days, windows, max_size=20))
    return Hours(draw(st.sampled_from(ZONES)), week, closed=closed, dated=dated)


def within(hours, moment):
    """Tell whether a moment is in a window, its closing included."""
    day = hours.day(moment)
    near = [span for offset in (-1, 0, 1) for span in hours.windows(day + timedelta(days=offset))]
    return any(opens <= moment <= closes for opens, closes in near)


@given(calendars(), moments, spans)
def test_adding_and_measuring_give_back_the_span(hours, moment, span):
    assert measure(hours, moment, add(hours, moment, span)) == span


@given(calendars(), moments, spans)
def test_a_span_never_ends_outside_a_window(hours, moment, span):
    assert within(hours, add(hours, moment, span))


@given(calendars(), moments, moments, spans)
def test_what_comes_later_is_due_later_or_at_once(hours, one, other, span):
    early, late = sorted([one, other])
    assert add(hours, early, span) <= add(hours, late, span)
    for terms in ((2, WORKING_DAYS), (16, WORKING_HOURS), (72, CLOCK_HOURS)):
        assert due(terms, hours, early) <= due(terms, hours, late)


@given(calendars(), moments, spans, spans)
def test_spans_add_up(hours, moment, one, other):
    assert add(hours, add(hours, moment, one), other) == add(hours, moment, one + other)


@given(calendars(), moments, st.integers(1, 12))
def test_a_working_day_ends_at_the_closing_of_a_day_with_hours(hours, moment, count):
    found = due((count, WORKING_DAYS), hours, moment)
    day = hours.day(found - timedelta(microseconds=1))
    assert found == hours.windows(day)[-1][1]
    first = hours.day(deemed(hours, moment)) + timedelta(days=1)
    worked = [d for d in range((day - first).days + 1) if hours.windows(first + timedelta(days=d))]
    assert len(worked) == count


@given(calendars(), moments)
def test_received_is_when_people_work(hours, moment):
    found = deemed(hours, moment)
    assert found >= moment
    assert measure(hours, moment, found) == timedelta(0)
    assert measure(hours, found, found + timedelta(minutes=1)) > timedelta(0)
    assert last_working(hours, found + timedelta(microseconds=1)) >= found


@given(calendars(), moments, moments)
def test_time_is_never_measured_twice(hours, one, other):
    since, until = sorted([one, other])
    middle = since + (until - since) / 2
    assert measure(hours, since, until) == measure(hours, since, middle) + measure(hours, middle, until)
    assert timedelta(0) <= measure(hours, since, until) <= until - since


@given(st.lists(st.tuples(moments, moments).map(sorted).map(tuple), max_size=6))
def test_a_union_holds_each_moment_once(found):
    merged = union(found)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(merged))
    for since, until in found:
        if since < until:
            assert any(start <= since and until <= end for start, end in merged)


# Clocks that change


def test_a_window_is_as_long_as_the_night_was():
    lengths = {
        day: BERLIN_NIGHTS.windows(day)[0][1] - BERLIN_NIGHTS.windows(day)[0][0]
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25))
    }
    assert list(lengths.values()) == [timedelta(hours=3), timedelta(hours=2), timedelta(hours=4)]


def test_times_the_clocks_leap_over_stand_for_the_leap():
    hours = Hours("Europe/Berlin", [((120, 150), (165, 240))] * 7)
    leap = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert hours.windows(date(2026, 3, 29)) == ((leap, datetime(2026, 3, 29, 2, tzinfo=UTC)),)


def test_weeks_keep_the_time_of_day_where_clocks_change():
    hours = Hours("Europe/Berlin", WEEK)
    start = datetime(2026, 10, 1, 14, tzinfo=UTC)
    assert due((12, WEEKS), hours, start) == datetime(2026, 12, 24, 15, tzinfo=UTC)


def test_clock_hours_are_hours_where_clocks_change():
    start = datetime.fromisoformat("2026-03-28T12:00+01:00")
    assert due((24, CLOCK_HOURS), BERLIN_NIGHTS, start) == datetime(2026, 3, 29, 11, tzinfo=UTC)


# Edges


def test_windows_are_half_open():
    assert deemed(AGREED, riyadh("04-05 15:59:59")) == riyadh("04-05 15:59:59")
    assert deemed(AGREED, riyadh("04-05 16:00")) == riyadh("04-06 08:00")
    assert add(AGREED, riyadh("04-05 08:00"), timedelta(hours=8)) == riyadh("04-05 16:00")
    assert add(AGREED, riyadh("04-05 16:00"), timedelta(seconds=1)) == riyadh("04-06 08:00:01")
    assert add(AGREED, riyadh("04-05 22:00"), timedelta(0)) == riyadh("04-05 22:00")


def test_several_windows_a_day():
    hours = Hours("Asia/Riyadh", [((480, 720), (960, 1200))] * 7)
    assert add(hours, riyadh("04-05 11:00"), timedelta(hours=2)) == riyadh("04-05 17:00")
    assert closing(hours, date(2026, 4, 5), 1) == riyadh("04-06 20:00")


def test_midnight_is_the_end_of_its_day():
    always = Hours("Asia/Riyadh", ALWAYS)
    assert due((1, WORKING_DAYS), always, riyadh("04-05 10:00")) == riyadh("04-07 00:00")
    assert extended((1, WORKING_DAYS), always, riyadh("04-07 00:00")) == riyadh("04-08 00:00")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((1, WORKING_DAYS), "04-08 16:00"),
        ((4, WORKING_HOURS), "04-08 12:00"),
        ((5, CLOCK_HOURS), "04-07 21:00"),
        ((1, WEEKS), "04-14 16:00"),
    ],
)
def test_an_extension_counts_from_what_it_extends(terms, expected):
    assert extended(terms, AGREED, riyadh("04-07 16:00")) == riyadh(expected)


def test_what_waits_twice_at_once_waits_once():
    waits = [
        (riyadh("04-05 10:00"), riyadh("04-05 12:00")),
        (riyadh("04-05 11:00"), riyadh("04-05 13:00")),
        (riyadh("04-05 13:00"), riyadh("04-05 14:00")),
    ]
    assert shifted(WORKING_DAYS, AGREED, riyadh("04-07 16:00"), waits) == riyadh("04-08 12:00")
    assert shifted(CLOCK_HOURS, AGREED, riyadh("04-07 16:00"), waits) == riyadh("04-07 20:00")


def test_waiting_that_begins_when_it_is_late_moves_nothing():
    due_at = riyadh("04-07 16:00")
    late, in_time = due_at + timedelta(seconds=1), due_at
    end = riyadh("04-08 10:00")
    assert shifted(WORKING_HOURS, AGREED, due_at, [(late, end)]) == due_at
    assert shifted(WORKING_HOURS, AGREED, due_at, [(in_time, end)]) == riyadh("04-08 10:00")


def test_days_on_which_nobody_works_have_a_reason():
    assert skipped(AGREED, date(2026, 3, 18), date(2026, 3, 29)) == [
        Skipped(date(2026, 3, 19), date(2026, 3, 24), "eid"),
        Skipped(date(2026, 3, 27), date(2026, 3, 28), "rest"),
    ]


def test_the_next_edge_of_working_time():
    assert next_edge(AGREED, riyadh("04-05 07:00")) == riyadh("04-05 08:00")
    assert next_edge(AGREED, riyadh("04-05 08:00")) == riyadh("04-05 16:00")
    assert next_edge(AGREED, riyadh("04-09 16:00")) == riyadh("04-12 08:00")


@pytest.mark.parametrize(
    ("windows", "expected"),
    [([(480, 720), (720, 960)], False), ([(600, 900), (480, 601)], True), ([(0, 1440)], False), ([], False)],
)
def test_windows_that_share_time_overlap(windows, expected):
    assert overlap(windows) is expected
