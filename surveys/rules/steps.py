"""Steps of a histogram: which numbers or days stand together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from math import floor, log10
from typing import Any, Generic, TypeVar

Value = TypeVar("Value", bound=Any)

# At most so many steps; with so few different values each is a step of its own.
MOST = 12


class Size(StrEnum):
    """How wide a step of days is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Step(Generic[Value]):
    """From ``low`` on and below ``high``; just ``low`` where both are the same. Ends may be open."""

    low: Value
    high: Value
    is_open_below: bool = False
    is_open_above: bool = False

    def holds(self, value: Value) -> bool:
        """Tell whether a value belongs to it."""
        return value == self.low if self.low == self.high else self.low <= value < self.high


def number_steps(values: Iterable[float]) -> list[Step[float]]:
    """Return steps of one width (1, 2 or 5 with noughts), or one for each value where these are few."""
    distinct = sorted(set(values))
    if len(distinct) <= MOST:
        return [Step(value, value) for value in distinct]
    lowest, highest = distinct[0], distinct[-1]
    power = 10.0 ** floor(log10((highest - lowest) / MOST))
    for factor in (1, 2, 5, 10, 20):
        width = factor * power
        first, last = floor(lowest / width), floor(highest / width)
        if last - first < MOST:
            break
    return [Step(_clean(place * width), _clean((place + 1) * width)) for place in range(first, last + 1)]


def _clean(value: float) -> float:
    return float(f"{value:.10g}")


def day_steps(values: Iterable[date]) -> tuple[Size, list[Step[date]]]:
    """Return days, weeks, months or years, whichever gives few enough steps; many years stand side by side."""
    distinct = sorted(set(values))
    if not distinct:
        return Size.DAY, []
    for size in Size:
        steps = list(islice(_days(size, distinct[0], distinct[-1]), MOST + 1))
        if len(steps) <= MOST:
            return size, steps
    steps = list(_days(Size.YEAR, distinct[0], distinct[-1]))
    many = -(-len(steps) // MOST)
    parts = [steps[at : at + many] for at in range(0, len(steps), many)]
    return Size.YEAR, [Step(part[0].low, part[-1].high) for part in parts]


def _days(size: Size, first: date, last: date) -> Iterator[Step[date]]:
    low = _begin(size, first)
    while low <= last and low.year < date.max.year:
        high = _next(size, low)
        yield Step(low, high)
        low = high


def _begin(size: Size, day: date) -> date:
    if size == Size.WEEK:
        return day - timedelta(days=day.weekday())
    return day if size == Size.DAY else day.replace(day=1, month=day.month if size == Size.MONTH else 1)


def _next(size: Size, day: date) -> date:
    if size in (Size.DAY, Size.WEEK):
        return day + timedelta(days=1 if size == Size.DAY else 7)
    months = day.month + (1 if size == Size.MONTH else 12)
    return date(day.year + (months - 1) // 12, (months - 1) % 12 + 1, 1)


def widened(steps: list[Step[Value]], values: Mapping[Value, int], least: int) -> list[Step[Value]]:
    """Return steps of which each holds at least so many answers, neighbours put together, and the ends open.

    Whoever gave the least or the most is not told by where the steps begin and end.
    """
    found: list[tuple[Step[Value], int]] = []
    for step in _touching(steps):
        count = sum(number for value, number in values.items() if step.holds(value))
        if found and found[-1][1] < least:
            last, before = found[-1]
            found[-1] = (Step(last.low, step.high), before + count)
        else:
            found.append((step, count))
    if len(found) > 1 and found[-1][1] < least:
        (last, count), (before, number) = found.pop(), found.pop()
        found.append((Step(before.low, last.high), number + count))
    ends = (0, len(found) - 1)
    return [
        _alone(replace(step, is_open_below=place == ends[0], is_open_above=place == ends[1]), values)
        for place, (step, _count) in enumerate(found)
    ]


def _touching(steps: list[Step[Value]]) -> list[Step[Value]]:
    """Return steps of single numbers as steps up to the next number."""
    if not steps or steps[0].low != steps[0].high:
        return steps
    lows = [step.low for step in steps]
    return [Step(low, high) for low, high in zip(lows, [*lows[1:], lows[-1] + 1], strict=True)]


def _alone(step: Step[Value], values: Mapping[Value, int]) -> Step[Value]:
    """Return a step in which only one number was given as that number, which then many gave."""
    inside = [value for value, count in values.items() if count and step.holds(value)]
    return Step(inside[0], inside[0]) if len(inside) == 1 and not isinstance(inside[0], date) else step
