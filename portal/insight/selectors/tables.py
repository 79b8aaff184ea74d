"""The monthly table: this month, last month, target and trend of every indicator."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import get_language, gettext, ngettext

from portal.insight.choices import Direction, Unit, left_to_right, rounded
from portal.insight.models import KpiDefinition
from portal.insight.selectors.figures import Figures, figures, measure_some, part_labels, values_by_month, whole
from portal.insight.selectors.periods import is_final, month_period, months_before, months_up_to
from portal.registry import Figure, PartedKpi, kpis
from portal.text import localised

TREND_MONTHS = 13


@dataclass(frozen=True)
class Bar:
    """One month of a trend; ``height`` is in per cent of the highest."""

    month: date
    shown: str
    height: int

    @property
    def month_name(self) -> str:
        """The month in little room: Oct, أكتوبر, 10月."""
        return formats.date_format(self.month, "n月" if get_language() == "zh-hans" else "M")


@dataclass(frozen=True)
class Part:
    """One part of an indicator; ``percent`` is its share of the whole, ``width`` is in per cent of the widest."""

    label: str
    shown: str
    percent: str
    width: int


@dataclass(frozen=True)
class Row:
    """An indicator in a month."""

    definition: KpiDefinition
    figure: Figure
    previous: float | None
    month_before: date
    trend: list[tuple[date, float | None]] = field(default_factory=list)

    @property
    def unit(self) -> Unit:
        """The unit of its values."""
        return Unit(self.definition.unit)

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return localised(self.definition, "name")[0]

    @property
    def shown(self) -> str:
        """This month's value with its unit."""
        return self.unit.show(self.figure.value)

    @property
    def shown_previous(self) -> str:
        """Last month's value with its unit."""
        return self.unit.show(self.previous)

    @property
    def shown_target(self) -> str:
        """The target with its unit; empty where there is none."""
        return "" if self.definition.target is None else self.unit.show(self.definition.target)

    @property
    def fraction(self) -> str:
        """What a share was made of: “5 / 6”; empty where it has no base."""
        if not self.figure.denominator:
            return ""
        return left_to_right(f"{self.figure.numerator:,} / {self.figure.denominator:,}")

    @property
    def cases(self) -> str:
        """How many cases stand behind a median; empty for other figures."""
        if not self.figure.n:
            return ""
        words = ngettext("%(count)s case", "%(count)s cases", self.figure.n)
        return words % {"count": self.unit.number(self.figure.n)}

    @property
    def attainment(self) -> int | None:
        """How much of the target is reached, in whole per cent up to 100; None without target or value."""
        target, value = self.definition.target, self.figure.value
        if target is None or value is None:
            return None
        if self.definition.direction == Direction.DOWN:
            return 100 if value <= target else _floor_percent(float(target), value)
        return 100 if value >= target else _floor_percent(value, float(target))

    @property
    def is_met(self) -> bool:
        """True when the target is reached."""
        return self.attainment == 100

    @property
    def change(self) -> str:
        """Last month compared, in words; empty where one of the two is missing."""
        if not self.movement:
            return ""
        names = {"month": formats.date_format(self.month_before, "YEAR_MONTH_FORMAT"), "amount": self._amount()}
        if self.movement == "same":
            return gettext("Unchanged from %(month)s") % names
        if self.movement == "up":
            return gettext("Up by %(amount)s from %(month)s") % names
        return gettext("Down by %(amount)s from %(month)s") % names

    @property
    def movement(self) -> str:
        """``up``, ``down`` or ``same`` by the values as they are shown; empty where one of the two is missing."""
        if self.figure.value is None or self.previous is None:
            return ""
        now, before = rounded(self.figure.value), rounded(self.previous)
        return "same" if now == before else "up" if now > before else "down"

    @property
    def is_better(self) -> bool | None:
        """True or False where a direction is better and the value moved; else None."""
        if self.movement in ("", "same") or self.definition.direction == Direction.NONE:
            return None
        return self.movement == self.definition.direction

    @property
    def bars(self) -> list[Bar]:
        """The trend as bars, from the oldest month."""
        highest = max((value for _, value in self.trend if value), default=0)
        return [Bar(month, self.unit.number(value), _rounded_share(value, highest)) for month, value in self.trend]

    @property
    def has_trend(self) -> bool:
        """True when any month has a value other than zero."""
        return any(value for _, value in self.trend)

    def _amount(self) -> str:
        before = rounded(self.previous)
        difference = abs(rounded(self.figure.value) - before)
        if self.unit == Unit.COUNT and before:
            return Unit.PERCENT.show(100 * difference / before)
        return self.unit.show_difference(difference)


def measured_definitions() -> QuerySet[KpiDefinition]:
    """Return the indicators that something measures."""
    return KpiDefinition.objects.exclude(source="").select_related("owner")


def monthly_table(month: date, scope: Any, found: Figures | None = None) -> list[Row]:
    """Return a row for each undivided indicator that is measured for the body, in the order of the definitions.

    ``found`` are this month's figures, measured now where they are not given. The month before is measured now while
    its last hours may not be in; older months of the trend are as last taken.
    """
    found = figures(month_period(month), scope) if found is None else found
    before = months_before(month, 1)
    definitions = [each for each in measured_definitions() if _is_whole(each.source) and found.get(each.source)]
    taken = values_by_month(months_up_to(month, TREND_MONTHS)[: -1 if is_final(before) else -2], scope)
    if before not in taken:
        now = measure_some([each.source for each in definitions], month_period(before), scope)
        taken[before] = {code: whole(now, code).value for code in now}
    return [
        Row(
            definition,
            whole(found, definition.source),
            taken[before].get(definition.source),
            before,
            [(each, values.get(definition.source)) for each, values in taken.items()]
            + [(month, whole(found, definition.source).value)],
        )
        for definition in definitions
    ]


def _is_whole(code: str) -> bool:
    return not (code in kpis and isinstance(kpis[code], PartedKpi))


def parts_of(found: Figures, code: str, most: int | None = None) -> list[Part]:
    """Return the parts of a divided count, each with its share of the sum: the first so many where there are more."""
    values = [(figure.dimension, figure.value or 0) for figure in found.get(code, []) if figure.dimension]
    total, widest = sum(value for _, value in values), max((value for _, value in values), default=0)
    values = values[:most]
    labels = part_labels(code, [dimension for dimension, _ in values])
    return [
        Part(
            label=labels[dimension],
            shown=Unit.COUNT.number(value),
            percent=Unit.PERCENT.show(100 * value / total if total else None),
            width=_rounded_share(value, widest),
        )
        for dimension, value in values
    ]


def _floor_percent(part: float, base: float) -> int:
    return max(0, int(100 * part / base)) if base else 0


def _rounded_share(value: float | None, base: float) -> int:
    return round(100 * value / base) if value and base else 0
