"""What the public page shows of each body's hours, and when it next says something else."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.utils.dates import WEEKDAYS

from portal.accounts.models import Organisation
from portal.calendars import arithmetic
from portal.calendars.arithmetic import Hours, NoWorkingTime
from portal.calendars.choices import WEEK
from portal.calendars.models import Calendar, DatedHours, Holiday
from portal.calendars.selectors.book import days, hours_of

# How far ahead holidays and dated hours are shown.
AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Times:
    """Hours of a day as they are written."""

    opens: time
    closes: time


@dataclass(frozen=True)
class DayRow:
    """A weekday with its windows; none means closed."""

    weekday: int
    windows: list[Times]
    is_today: bool

    @property
    def name(self) -> str:
        """The weekday's name."""
        return WEEKDAYS[self.weekday]


@dataclass(frozen=True)
class CalendarHours:
    """A calendar as the page shows it, at one moment and in its own zone."""

    calendar: Calendar
    hours: Hours
    now: datetime
    holidays: list[Holiday]
    all_dated: list[DatedHours]

    @cached_property
    def today(self) -> date:
        """The day it is there."""
        return self.hours.day(self.now)

    @cached_property
    def windows_today(self) -> list[Times]:
        """Today's hours."""
        return _times(self.hours.minutes(self.today))

    @cached_property
    def holiday_today(self) -> Holiday | None:
        """The holiday for which it is closed today."""
        return next((each for each in self.holidays if each.first_day <= self.today <= each.last_day), None)

    @cached_property
    def dated_today(self) -> DatedHours | None:
        """The dated hours that hold today."""
        if self.today not in self.hours.dated:
            return None
        return next((each for each in self.all_dated if each.first_day <= self.today <= each.last_day), None)

    @cached_property
    def is_open(self) -> bool:
        """True while people work."""
        return any(opens <= self.now < closes for opens, closes in self.hours.windows(self.today))

    @cached_property
    def opens_next(self) -> datetime | None:
        """When it next opens, by its own clock; None while it is open."""
        if self.is_open:
            return None
        try:
            return arithmetic.deemed(self.hours, self.now).astimezone(self.hours.zone).replace(tzinfo=None)
        except NoWorkingTime:
            return None

    @cached_property
    def week(self) -> list[DayRow]:
        """The ordinary week, Sunday first."""
        today = self.today.weekday()
        return [DayRow(day, _times(self.hours.week[day]), day == today) for day in WEEK]

    @cached_property
    def coming_holidays(self) -> list[Holiday]:
        """Those of the year ahead, the one that is now included."""
        return [each for each in self.holidays if each.last_day >= self.today and each.first_day <= self.today + AHEAD]

    @cached_property
    def coming_dated(self) -> list[DatedHours]:
        """The dated hours of the year ahead, those that hold now included."""
        return [each for each in self.all_dated if each.last_day >= self.today and each.first_day <= self.today + AHEAD]


@dataclass(frozen=True)
class BodyHours:
    """A body with its calendars, the main one first; without one of its own it keeps those of ``follows``."""

    body: Organisation
    calendars: list[CalendarHours]
    follows: Organisation | None = None


def bodies_hours(now: datetime) -> list[BodyHours]:
    """Return the hours of every body that runs the portal: those with calendars first. Five queries, however many."""
    bodies = list(Organisation.objects.public_bodies().select_related("parent"))
    calendars = _calendars(now)
    own = [BodyHours(body, found) for body in bodies if (found := calendars.get(body.pk, []))]
    there = {each.body.pk: each.body for each in own}
    ministry = next((each.body for each in own if each.body.parent_id is None), None)
    rest = [BodyHours(body, [], there.get(body.parent_id, ministry)) for body in bodies if body.pk not in calendars]
    return [*own, *(each for each in rest if each.follows)]


def next_turn(moment: datetime) -> datetime | None:
    """Return when a calendar next opens or closes, or its day ends: the page then says something else."""
    turns = []
    for found in _calendars(moment).values():
        for each in found:
            tomorrow = datetime.combine(each.today + timedelta(days=1), time(), tzinfo=each.hours.zone)
            turns.append(tomorrow)
            if each.windows_today:
                turns.append(arithmetic.next_edge(each.hours, moment))
    return min(turns, default=None)


def _calendars(now: datetime) -> dict[int, list[CalendarHours]]:
    stored = Calendar.objects.prefetch_related("windows", "dated_hours").order_by("organisation", "-is_main", "pk")
    calendars = list(stored)
    by_country: dict[str, list[Holiday]] = {}
    by_calendar: dict[int, list[Holiday]] = {}
    near = Holiday.objects.filter(is_observed=True, last_day__gte=(now - timedelta(days=2)).date()) if calendars else ()
    for holiday in near:
        place = by_country if holiday.country else by_calendar
        place.setdefault(holiday.country or holiday.calendar_id, []).append(holiday)
    found: dict[int, list[CalendarHours]] = {}
    for calendar in calendars:
        kept = [*by_country.get(calendar.country, ()), *by_calendar.get(calendar.pk, ())]
        kept = [] if calendar.is_around_the_clock else sorted(kept, key=lambda each: (each.first_day, each.pk))
        closed = {day: str(each.pk) for each in kept for day in days(each.first_day, each.last_day)}
        dated = [] if calendar.is_around_the_clock else list(calendar.dated_hours.all())
        hours = hours_of(calendar, dated, closed)
        found.setdefault(calendar.organisation_id, []).append(CalendarHours(calendar, hours, now, kept, dated))
    return found


def _times(windows: object) -> list[Times]:
    return [Times(_time(opens), _time(closes)) for opens, closes in sorted(windows)]


def _time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
