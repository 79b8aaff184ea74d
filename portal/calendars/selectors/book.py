"""Whose hours and which terms hold for a body: each looked up once."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property

from django.conf import settings
from django.db.models import Q

from portal.calendars import arithmetic
from portal.calendars.arithmetic import Hours, Terms
from portal.calendars.choices import ALERTS_AT_ONCE, DEFAULT_TERMS, DEFAULT_WEEK, Level, Target, Unit
from portal.calendars.models import Calendar, DatedHours, Holiday, ServiceLevel, minutes

# The id under which the hours of a body without any calendar are kept.
STANDARD = 0


class Book:
    """Terms and hours as they are now. One book serves one transaction: it never looks at a thing twice."""

    def __init__(self) -> None:
        self._hours: dict[int, Hours] = {}
        self._terms: dict[tuple[int | None, str, str], tuple[Terms, int | None]] = {}
        self._main: dict[int | None, int] = {}
        self._names: dict[int, dict[str, str]] = {}
        self._levels: dict[tuple[int | None, str], ServiceLevel | None] = {}

    def terms(self, organisation_id: int | None, level: str, target: str) -> tuple[Terms, int | None]:
        """Return (amount, unit) and the calendar's id; none where the clock alone counts."""
        key = (organisation_id, level, target)
        if key not in self._terms:
            self._terms[key] = self._look_up(organisation_id, level, target)
        return self._terms[key]

    def hours(self, calendar_id: int | None) -> Hours:
        """Return the hours of a calendar; of none, those by which weeks are counted: the portal's own."""
        key = calendar_id or STANDARD
        if key not in self._hours:
            self._hours[key] = self._read(key) if calendar_id else self.standard
        return self._hours[key]

    @cached_property
    def standard(self) -> Hours:
        """The hours of a body that has no calendar, nor anybody above it."""
        return Hours(settings.TIME_ZONE, DEFAULT_WEEK)

    def name(self, holiday_id: int) -> dict[str, str]:
        """Return a holiday's name in each language, of those in hours that were asked for."""
        return self._names[holiday_id]

    def main_calendar(self, organisation_id: int | None) -> int | None:
        """Return the id of the calendar by which this body's promises are reckoned, if there is any."""
        if organisation_id not in self._main:
            found = Calendar.objects.filter(is_main=True).nearest(organisation_id).values_list("pk", flat=True).first()
            self._main[organisation_id] = found or STANDARD
        return self._main[organisation_id] or None

    def level(self, organisation_id: int | None, level: str) -> ServiceLevel | None:
        """Return what holds for this body and kind, where anybody has set something."""
        key = (organisation_id, level)
        if key not in self._levels:
            self._levels[key] = ServiceLevel.objects.filter(level=level).nearest(organisation_id).first()
        return self._levels[key]

    def promises_solution(self, organisation_id: int | None, level: str) -> bool:
        """Tell whether a solution is promised beside the first reply."""
        own = self.level(organisation_id, level)
        return own is not None and own.solution_amount is not None

    def alerts_at_once(self, organisation_id: int | None, level: str) -> bool:
        """Tell whether the team is told the moment one comes in."""
        own = self.level(organisation_id, level)
        return own.alerts_at_once if own is not None else level in ALERTS_AT_ONCE

    def _look_up(self, organisation_id: int | None, level: str, target: str) -> tuple[Terms, int | None]:
        own = self.level(organisation_id, level)
        terms, calendar_id = default_terms(level), None
        if own is not None:
            terms, calendar_id = (own.reply_amount, own.reply_unit), own.calendar_id
            if target == Target.SOLUTION and own.solution_amount:
                terms = (own.solution_amount, own.solution_unit)
        if terms[1] not in arithmetic.WORKING_UNITS:
            return terms, None
        return terms, calendar_id or self.main_calendar(organisation_id)

    def _read(self, pk: int) -> Hours:
        calendar = Calendar.objects.prefetch_related("windows", "dated_hours").get(pk=pk)
        closed: dict[date, str] = {}
        for holiday in () if calendar.is_around_the_clock else observed_holidays(calendar):
            self._names[holiday.pk] = names(holiday)
            closed.update(dict.fromkeys(days(holiday.first_day, holiday.last_day), str(holiday.pk)))
        return hours_of(calendar, list(calendar.dated_hours.all()), closed)


def default_terms(level: str) -> Terms:
    """Return what holds where nobody has set anything."""
    if level == Level.REPORT_OF_CONTENT:
        return settings.MODERATION_DECISION_HOURS, Unit.CLOCK_HOURS
    if level == Level.CONSULTATION_RESPONSE:
        return settings.CONSULTATION_RESPONSE_WEEKS, Unit.WEEKS
    return DEFAULT_TERMS[level]


def observed_holidays(calendar: Calendar) -> list[Holiday]:
    """Return the holidays that a calendar keeps: its country's and its own, in the order of their dates."""
    kept = Q(calendar=calendar) | (Q(country=calendar.country) if calendar.country else Q(pk=None))
    return list(Holiday.objects.filter(kept, is_observed=True))


def hours_of(calendar: Calendar, dated_hours: list[DatedHours], closed: dict[date, str]) -> Hours:
    """Put the rows of a calendar together."""
    if calendar.is_around_the_clock:
        return Hours(calendar.time_zone, arithmetic.ALWAYS)
    week: list[tuple[arithmetic.Window, ...]] = [()] * 7
    for window in calendar.windows.all():
        week[window.weekday] = (*week[window.weekday], minutes(window))
    return Hours(calendar.time_zone, week, closed=closed, dated=dated_windows(week, dated_hours))


def dated_windows(
    week: list[tuple[arithmetic.Window, ...]], rows: list[DatedHours]
) -> dict[date, tuple[arithmetic.Window, ...]]:
    """Return the days with hours of their own: those for a weekday go before those for every working day."""
    named: dict[date, tuple[arithmetic.Window, ...]] = {}
    general: dict[date, tuple[arithmetic.Window, ...]] = {}
    for row in rows:
        for day in days(row.first_day, row.last_day):
            if row.weekday is None and week[day.weekday()]:
                general[day] = (*general.get(day, ()), minutes(row))
            elif row.weekday == day.weekday():
                named[day] = (*named.get(day, ()), minutes(row))
    return general | named


def days(first: date, last: date) -> Iterator[date]:
    """Give each day from the first to the last."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def names(obj: Calendar | DatedHours | Holiday) -> dict[str, str]:
    """Return the name in each language."""
    return {code: getattr(obj, f"name_{code.replace('-', '_')}") or "" for code, _label in settings.LANGUAGES}
