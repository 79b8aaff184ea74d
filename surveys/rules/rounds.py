"""Periods of rounds. Plain functions of days."""

from datetime import date

from surveys.choices import Every


def period_of(day: date, every: Every | str) -> str:
    """Return the name of the period in which a day lies: “2026-11”, or “2026-Q4”."""
    return f"{day:%Y-%m}" if every == Every.MONTH else f"{day.year}-Q{(day.month + 2) // 3}"


def start_of(day: date, every: Every | str, start_day: int) -> date:
    """Return the day on which the round of this day's period begins."""
    month = day.month if every == Every.MONTH else 3 * ((day.month - 1) // 3) + 1
    return date(day.year, month, start_day)


def is_due(day: date, every: Every | str, start_day: int, begins_on: date) -> bool:
    """Tell whether by this day the round of its period should be there; what was missed before is not made up for."""
    return day >= max(start_of(day, every, start_day), begins_on)


def next_start(day: date, every: Every | str, start_day: int, begins_on: date) -> date:
    """Return the first start of a round after this day, and not before the series begins."""
    found = start_of(day, every, start_day)
    while found <= day or found < begins_on:
        months = found.year * 12 + found.month - 1 + (1 if every == Every.MONTH else 3)
        found = date(months // 12, months % 12 + 1, start_day)
    return found
