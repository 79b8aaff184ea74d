"""Months of the calendar in the portal's zone."""

import re
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from portal.registry import Period
from portal.text import western_digits

MONTHS_PER_YEAR = 12
# Days into a month during which the month before is still taken again, so that its last hours are in.
FINALISING_DAYS = 3
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class FutureMonth(ValueError):
    """The month has not begun."""


def first_of(day: date) -> date:
    """Return the first day of the day's month."""
    return date(day.year, day.month, 1)


def this_month() -> date:
    """Return the first day of the running month, by the server's clock in the portal's zone."""
    return first_of(timezone.localdate())


def months_before(month: date, count: int) -> date:
    """Return the first day of the month that lies so many months back; ahead with a negative count."""
    months = month.year * MONTHS_PER_YEAR + month.month - 1 - count
    return date(months // MONTHS_PER_YEAR, months % MONTHS_PER_YEAR + 1, 1)


def months_up_to(month: date, count: int) -> list[date]:
    """Return so many months, the oldest first, ending with this one."""
    return [months_before(month, back) for back in reversed(range(count))]


def month_period(day: date) -> Period:
    """Return the calendar month of a day: from midnight of the first up to, not including, that of the next."""
    month = first_of(day)
    return Period(start=_midnight(month), end=_midnight(months_before(month, -1)))


def year_period(day: date) -> Period:
    """Return the calendar year of a day."""
    return Period(start=_midnight(date(day.year, 1, 1)), end=_midnight(date(day.year + 1, 1, 1)))


def parse_month(text: str) -> date:
    """Return the month written as 2026-10; raises ``ValueError`` for anything else, and for years before 2000."""
    found = _MONTH.fullmatch(western_digits(text.strip()))
    if not found or int(found[1]) < 2000:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), 1)


def is_running(month: date) -> bool:
    """Tell whether the month is not over yet."""
    return timezone.now() < month_period(month).end


def is_final(month: date) -> bool:
    """Tell whether the month was taken for the last time: its snapshots then stand for it."""
    return month_period(month).end + timedelta(days=FINALISING_DAYS) <= timezone.now()


def last_full_month() -> date:
    """Return the month that ended last."""
    return months_before(this_month(), 1)


def next_month(moment: datetime) -> datetime:
    """Return when the month of a moment ends, and with it what pages call “so far”."""
    return month_period(timezone.localdate(moment)).end


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
