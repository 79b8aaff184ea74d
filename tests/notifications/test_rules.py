"""Quiet hours and slots, in zones with and without summer time; links that stop."""

from datetime import UTC, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.notifications import rules
from portal.notifications.choices import DEFAULTS, ON_SITE, Choice, Rhythm, Subject
from portal.notifications.models import Wishes
from portal.notifications.rules import (
    Stop,
    end_of_quiet,
    is_quiet,
    last_slot,
    next_slot,
    plan,
    read_stop_token,
    stop_token,
)

HOUR = timedelta(hours=1)
ZONES = ["Asia/Riyadh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
wishes = st.builds(
    Wishes,
    quiet_from=times,
    quiet_to=times,
    daily_hour=st.integers(0, 23),
    weekly_day=st.integers(0, 6),
)
# Twice a year something is odd: looked at closely.
odd_moments = st.sampled_from(
    [
        datetime(2027, 3, 28, 1, tzinfo=UTC),
        datetime(2027, 10, 31, 1, tzinfo=UTC),
        datetime(2027, 3, 14, 7, tzinfo=UTC),
        datetime(2027, 11, 7, 6, tzinfo=UTC),
        datetime(2027, 4, 3, 15, tzinfo=UTC),
        datetime(2027, 10, 2, 15, 30, tzinfo=UTC),
    ]
).flatmap(lambda odd: st.integers(-180, 180).map(lambda minutes: odd + timedelta(minutes=minutes)))
some_moments = st.one_of(moments, odd_moments)
in_zones = pytest.mark.parametrize("zone", ZONES)


def length_of(some):
    """Return how long quiet hours are by the clock."""
    day = datetime(2026, 1, 1)
    span = datetime.combine(day, some.quiet_to) - datetime.combine(day, some.quiet_from)
    return span % timedelta(days=1)


@in_zones
class TestQuietHours:
    @settings(deadline=None)
    @given(some=wishes, moment=some_moments)
    def test_their_end_is_no_quiet_moment_and_not_before_now(self, zone, some, moment):
        with patch.object(rules, "_zone", lambda: ZoneInfo(zone)):
            end = end_of_quiet(some, moment)
            assert end >= moment
            assert not is_quiet(some, end)
            assert (end == moment) is not is_quiet(some, moment)

    @settings(deadline=None)
    @given(some=wishes, moment=some_moments)
    def test_nobody_waits_longer_than_they_last(self, zone, some, moment):
        with patch.object(rules, "_zone", lambda: ZoneInfo(zone)):
            # An hour more where clocks are put back in them. Where hardly an hour lies between two such spells, a clock
            # that skips it joins them.
            spells = 1 if timedelta(days=1) - length_of(some) > HOUR else 2
            assert end_of_quiet(some, moment) - moment <= spells * (length_of(some) + HOUR)

    @settings(deadline=None)
    @given(some=wishes, moment=some_moments)
    def test_they_end_at_the_hour_that_was_chosen(self, zone, some, moment):
        with patch.object(rules, "_zone", lambda: ZoneInfo(zone)):
            end = end_of_quiet(some, moment)
            if end != moment:
                local = end.astimezone(ZoneInfo(zone))
                # Later only where the clock skips that time.
                asked = datetime.combine(local.date(), some.quiet_to, tzinfo=local.tzinfo)
                skipped = asked.astimezone(UTC).astimezone(local.tzinfo).time() != some.quiet_to
                assert local.time() == some.quiet_to or skipped

    @settings(deadline=None)
    @given(at=times, moment=some_moments)
    def test_two_equal_times_are_none(self, zone, at, moment):
        with patch.object(rules, "_zone", lambda: ZoneInfo(zone)):
            assert not is_quiet(Wishes(quiet_from=at, quiet_to=at), moment)


@in_zones
class TestSlots:
    @settings(deadline=None)
    @given(some=wishes, moment=some_moments, rhythm=st.sampled_from([Rhythm.DAILY, Rhythm.WEEKLY]))
    def test_the_next_is_after_and_the_last_is_not(self, zone, some, moment, rhythm):
        with patch.object(rules, "_zone", lambda: ZoneInfo(zone)):
            before, after = last_slot(rhythm, some, moment), next_slot(rhythm, some, moment)
            assert before <= moment < after
            # Nothing between them, and each is found from the other.
            assert next_slot(rhythm, some, before) == after
            assert last_slot(rhythm, some, after) == after
            longest = timedelta(days=1 if rhythm == Rhythm.DAILY else 7)
            assert longest - HOUR <= after - before <= longest + HOUR

    @settings(deadline=None)
    @given(some=wishes, moment=some_moments)
    def test_they_have_the_hour_and_day_that_were_chosen(self, zone, some, moment):
        with patch.object(rules, "_zone", lambda: ZoneInfo(zone)):
            slot = next_slot(Rhythm.WEEKLY, some, moment).astimezone(ZoneInfo(zone))
            assert slot.weekday() == some.weekly_day
            assert slot.minute == 0 or zone == "Australia/Lord_Howe"
            assert 0 <= slot.hour - some.daily_hour <= 1


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [(20, 59, False), (21, 0, True), (23, 59, True), (0, 0, True), (6, 59, True), (7, 0, False), (12, 0, False)],
)
def test_by_default_it_is_quiet_from_nine_to_seven(hour, minute, quiet):
    moment = datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo("Asia/Riyadh"))
    assert is_quiet(Wishes(), moment) is quiet


def test_by_default_what_is_gathered_comes_at_eight_and_on_sundays():
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Riyadh"))
    assert next_slot(Rhythm.DAILY, Wishes(), noon) == noon.replace(day=25, hour=8)
    assert next_slot(Rhythm.WEEKLY, Wishes(), noon) == noon.replace(day=29, hour=8)
    assert noon.replace(day=29).strftime("%A") == "Sunday"


def test_where_clocks_are_put_forward_over_the_hour_it_comes_an_hour_later(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    slot = next_slot(Rhythm.DAILY, Wishes(daily_hour=2), datetime(2027, 3, 27, 12, tzinfo=UTC))
    assert slot == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_where_clocks_are_put_back_over_the_hour_it_comes_once(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    first = next_slot(Rhythm.DAILY, Wishes(daily_hour=2), datetime(2027, 10, 30, 12, tzinfo=UTC))
    assert first == datetime(2027, 10, 31, 0, tzinfo=UTC)
    assert next_slot(Rhythm.DAILY, Wishes(daily_hour=2), first) == datetime(2027, 11, 1, 1, tzinfo=UTC)


def test_defaults_are_those_that_people_are_told():
    assert {subject.value: (choice.way.value, choice.rhythm.value) for subject, choice in DEFAULTS.items()} == {
        "replies": ("email", "at_once"),
        "decisions": ("email", "at_once"),
        "followed": ("email", "daily"),
        "outcomes": ("email", "at_once"),
        "requests": ("email", "at_once"),
    }


def test_what_stays_on_the_portal_has_no_plan():
    assert plan(ON_SITE, Wishes(), datetime.now(UTC)) is None


def test_an_hour_of_quiet_is_kept_at_once_and_not_for_what_is_gathered():
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Riyadh"))
    some = Wishes(quiet_from=time(12), quiet_to=time(12, 30), daily_hour=12)
    at_once = plan(Choice("email", Rhythm.AT_ONCE), some, noon)
    assert at_once.due_at == noon.replace(minute=30)
    assert plan(Choice("email", Rhythm.DAILY), some, noon).due_at == noon + timedelta(days=1)


class TestLinks:
    STOPS = [
        Stop(subjects=(Subject.REPLIES,)),
        Stop(subjects=(Subject.REPLIES, Subject.FOLLOWED, Subject.OUTCOMES)),
        Stop(follow=("topic", "roads")),
        Stop(follow=("topic", "roads-and-follow-bridges_2")),
    ]

    @pytest.mark.parametrize("stop", STOPS)
    def test_they_say_what_they_stop(self, stop):
        assert read_stop_token(stop_token("abcdefghjk", stop)) == ("abcdefghjk", stop)

    @pytest.mark.parametrize("stop", STOPS)
    def test_nothing_in_them_can_be_changed(self, stop):
        token = stop_token("abcdefghjk", stop)
        for place in range(len(token)):
            other = "x" if token[place] != "x" else "y"
            assert read_stop_token(token[:place] + other + token[place + 1 :]) is None
        assert read_stop_token(token[:-1]) is None
        assert read_stop_token(token.replace("abcdefghjk", "bcdefghjkm")) is None

    @settings(deadline=None)
    @given(text=st.text())
    def test_whatever_comes_instead_is_none(self, text):
        assert read_stop_token(text) is None

    def test_what_is_signed_for_one_thing_says_nothing_else(self):
        one, other = stop_token("a", Stop(follow=("topic", "x"))), stop_token("a", Stop(follow=("topic", "y")))
        assert read_stop_token(one.rpartition("-")[0] + "-" + other.rpartition("-")[2]) is None
