"""What makes a calendar or a level impossible, in words for the person who writes it."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from portal.calendars import arithmetic
from portal.calendars.choices import WEEKDAY_CHOICES
from portal.calendars.models import Calendar, DatedHours, ServiceLevel, Window, minutes

END_BEFORE_START = _("Closing comes before opening: hours past midnight belong to the next day.")
OVERLAP = _("Two windows of one day overlap.")
NO_WORKING_DAY = _("A calendar needs at least one working day: nothing could be promised by this one.")
LAST_BEFORE_FIRST = _("The last day is before the first.")
OTHER_BODY = _("The calendar belongs to another body.")
TOO_LONG = _("These days are more than a year.")
_LONGEST_DAYS = 366


def ends_before_start(window: Any) -> bool:
    """Tell whether a window closes before, or as, it opens; midnight is the end of the day."""
    opens, closes = minutes(window)
    return closes <= opens


def week_problems(windows: Iterable[Window], *, is_around_the_clock: bool) -> list[Lazy]:
    """Return why a week cannot be so."""
    rows = list(windows)
    problems = []
    if not rows and not is_around_the_clock:
        problems.append(NO_WORKING_DAY)
    if any(ends_before_start(row) for row in rows):
        problems.append(END_BEFORE_START)
    by_day = {day: [minutes(row) for row in rows if row.weekday == day] for day, _name in WEEKDAY_CHOICES}
    if any(arithmetic.overlap(windows) for windows in by_day.values()):
        problems.append(OVERLAP)
    return problems


def dated_problems(rows: Iterable[DatedHours]) -> list[Lazy]:
    """Return why dated hours cannot be so; two that hold on one day for the same weekdays must not overlap."""
    rows = list(rows)
    problems = []
    if any(row.last_day < row.first_day for row in rows):
        problems.append(LAST_BEFORE_FIRST)
    if any((row.last_day - row.first_day).days >= _LONGEST_DAYS for row in rows):
        problems.append(TOO_LONG)
    if any(ends_before_start(row) for row in rows):
        problems.append(END_BEFORE_START)
    if any(_clash(one, other) for number, one in enumerate(rows) for other in rows[number + 1 :]):
        problems.append(OVERLAP)
    return problems


def _clash(one: DatedHours, other: DatedHours) -> bool:
    same_days = one.first_day <= other.last_day and other.first_day <= one.last_day
    return same_days and one.weekday == other.weekday and arithmetic.overlap([minutes(one), minutes(other)])


def calendar_problems(calendar: Calendar) -> list[Lazy]:
    """Return why a stored calendar cannot be so."""
    week = week_problems(calendar.windows.all(), is_around_the_clock=calendar.is_around_the_clock)
    return [*week, *dated_problems(calendar.dated_hours.all())]


def level_problems(level: ServiceLevel) -> list[Lazy]:
    """Return why a level cannot be so: its calendar is the body's own, or one of what it is part of."""
    calendar = level.calendar
    if calendar is None or calendar.organisation_id in (level.organisation_id, level.organisation.parent_id):
        return []
    return [OTHER_BODY]
