"""Columns of a chart, month by month: shapes for the eye, a sentence for everybody, and the same numbers as a table.

Positions are whole numbers in units of the picture, written from the reader's side: in Arabic time runs to the left.
"""

from dataclasses import dataclass
from datetime import date
from math import floor, log10

from django.utils import formats
from django.utils.translation import get_language, get_language_bidi, gettext

from portal.insight.choices import Unit

HEIGHT = 100
_SLOT, _BAR = 20, 12
# Every so many months one is named on a narrow screen.
_NAMED = 4


@dataclass(frozen=True)
class Point:
    """A month to be drawn. ``shown`` is its value in words, ``note`` what is to be said of it."""

    month: date
    value: float | None
    shown: str
    detail: str = ""
    note: str = ""
    is_running: bool = False


@dataclass(frozen=True)
class Column:
    """A point with its place in the picture."""

    point: Point
    x: str
    y: str
    height: str
    is_named: bool

    @property
    def month_name(self) -> str:
        """The month in little room: Oct, أكتوبر, 10月."""
        return formats.date_format(self.point.month, "n月" if get_language() == "zh-hans" else "M")


@dataclass(frozen=True)
class Chart:
    """What the template draws. ``target_y`` is empty where there is no target to draw."""

    columns: list[Column]
    box: str
    top: str
    middle: str
    zero: str
    target_y: str
    width: str
    summary: str

    @property
    def points(self) -> list[Point]:
        """The rows of the table, the newest first."""
        return [column.point for column in reversed(self.columns)]

    @property
    def has_values(self) -> bool:
        """True when any month has a value."""
        return any(column.point.value is not None for column in self.columns)


def chart(name: str, unit: Unit, points: list[Point], target: float | None = None) -> Chart:
    """Lay out a chart from the oldest month to the newest."""
    highest = max((point.value for point in points if point.value is not None), default=0)
    top = _round_top(max(highest, target or 0), unit)
    width = _SLOT * len(points)
    columns = [_column(place, point, top, len(points)) for place, point in enumerate(points)]
    return Chart(
        columns=columns,
        box=f"0 0 {width} {HEIGHT}",
        top=_axis(top, unit),
        middle=_axis(top / 2, unit),
        zero=_axis(0, unit),
        target_y="" if target is None else str(HEIGHT - round(HEIGHT * target / top)),
        width=str(width),
        summary=_summary(name, points),
    )


def _column(place: int, point: Point, top: float, count: int) -> Column:
    slot = count - 1 - place if get_language_bidi() else place
    # A value other than zero is seen as one.
    height = max(1 if point.value else 0, round(HEIGHT * (point.value or 0) / top))
    x = slot * _SLOT + (_SLOT - _BAR) // 2
    return Column(point, str(x), str(HEIGHT - height), str(height), (count - 1 - place) % _NAMED == 0)


def _round_top(highest: float, unit: Unit) -> float:
    """Return the end of the scale: 1, 2 or 5 with zeros; 100 for shares of which one is above a half."""
    if unit == Unit.PERCENT and 50 < highest <= 100:
        return 100
    if highest <= 0:
        return 1
    power = 10.0 ** floor(log10(highest))
    return next(step * power for step in (1, 2, 5, 10) if highest <= step * power)


def _axis(value: float, unit: Unit) -> str:
    return unit.show(value) if unit == Unit.PERCENT else unit.number(value)


def _summary(name: str, points: list[Point]) -> str:
    with_value = [point for point in points if point.value is not None]
    if not with_value:
        return gettext("%(name)s: no data yet") % {"name": name}
    low, high = (choose(with_value, key=lambda point: point.value) for choose in (min, max))
    return gettext(
        "%(name)s by month, %(first)s to %(last)s. Lowest: %(low)s in %(low_month)s. Highest: %(high)s in"
        " %(high_month)s."
    ) % {
        "name": name,
        "first": _month(points[0]),
        "last": _month(points[-1]),
        "low": low.shown,
        "low_month": _month(low),
        "high": high.shown,
        "high_month": _month(high),
    }


def _month(point: Point) -> str:
    return formats.date_format(point.month, "YEAR_MONTH_FORMAT")
