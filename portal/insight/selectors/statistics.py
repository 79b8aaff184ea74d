"""What the public statistics pages show, ready for their templates, in the active language."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext, ngettext

from portal.insight.choices import Unit
from portal.insight.models import KpiDefinition
from portal.insight.selectors.charts import Chart, Point, chart
from portal.insight.selectors.figures import part_labels
from portal.insight.selectors.periods import is_running, last_full_month, months_before, months_up_to, this_month
from portal.insight.selectors.published import (
    Key,
    Published,
    body_names,
    parts_of_whole,
    public_definitions,
    published,
    small_words,
)
from portal.insight.selectors.tables import TREND_MONTHS, Row
from portal.registry import Figure, PartedKpi, kpis
from portal.text import localised

HEADLINES = ("participants", "comments", "response_share", "responses_overdue")
PARTS_SHOWN = 10


@dataclass(frozen=True)
class Bars:
    """Parts, or bodies, of one month beside each other. ``left_out`` is how many more there are."""

    heading: str
    rows: list[dict[str, Any]]
    left_out: int = 0

    @property
    def headings(self) -> tuple[str, str]:
        """The headings of the table."""
        return self.heading, gettext("Value")

    @property
    def note(self) -> str:
        """What is not shown here."""
        words = ngettext("%(count)s more is in the download.", "%(count)s more are in the download.", self.left_out)
        return words % {"count": Unit.COUNT.number(self.left_out)} if self.left_out else ""


@dataclass(frozen=True)
class Indicator:
    """A published indicator: its last full month, its history and, on its own page, its parts and bodies."""

    definition: KpiDefinition
    row: Row
    shown: str
    so_far: str
    chart: Chart | None
    parts: list[Bars] = field(default_factory=list)
    history: "History | None" = None
    bodies: Bars | None = None

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return self.row.name

    @property
    def month_name(self) -> str:
        """The last full month, in words."""
        return formats.date_format(last_full_month(), "YEAR_MONTH_FORMAT")

    @property
    def has_basis(self) -> bool:
        """True when its values are made of other numbers: a share of two, a median of cases."""
        return self.chart is not None and any(point.detail for point in self.chart.points)

    @property
    def is_measured(self) -> bool:
        """True when this version has what it takes to compute it."""
        return self.definition.source in kpis


@dataclass(frozen=True)
class History:
    """The months of an indicator that has parts alone: a column for each part."""

    columns: list[str]
    rows: list[tuple[date, list[str]]]


@dataclass(frozen=True)
class Overview:
    """The page of all of them."""

    month: date
    headlines: list[Indicator]
    measured: list[Indicator]
    unmeasured: list[KpiDefinition]
    updated: datetime | None


def overview() -> Overview:
    """Gather all that is published: three queries, however many there are."""
    definitions = list(public_definitions())
    measured = [each for each in definitions if each.source in kpis]
    found = published(measured, _months())
    cards = [_card(each, found) for each in measured]
    by_source = {card.definition.source: card for card in cards}
    return Overview(
        month=last_full_month(),
        headlines=[by_source[code] for code in HEADLINES if code in by_source],
        measured=cards,
        unmeasured=[each for each in definitions if each.source not in kpis],
        updated=found.updated,
    )


def indicator(definition: KpiDefinition) -> tuple[Indicator, datetime | None]:
    """Gather one of them, and the moment its figures were last taken."""
    if definition.source not in kpis:
        return Indicator(definition, _row(definition, Published()), "", "", None), None
    found = published([definition], _months())
    source, month = definition.source, last_full_month()
    card = _card(definition, found)
    whole = [code for code in parts_of_whole(source) if found.parts(code, month)]
    made = Indicator(
        definition=definition,
        row=card.row,
        shown=card.shown,
        so_far=_shown(found, (source, None, ""), this_month(), Unit(definition.unit)),
        chart=card.chart,
        parts=[_parts(code, found, Unit(kpis[code].unit or definition.unit)) for code in whole],
        history=_history(source, found, Unit(definition.unit)) if isinstance(kpis[source], PartedKpi) else None,
        bodies=_bodies(definition, found),
    )
    return made, found.updated


def _months() -> list[date]:
    return months_up_to(this_month(), TREND_MONTHS + 1)


def _shown(found: Published, key: Key, month: date, unit: Unit) -> str:
    if found.is_small(key, month):
        return small_words()
    return unit.show(found.figure(key, month).value)


def _row(definition: KpiDefinition, found: Published) -> Row:
    key: Key = (definition.source, None, "")
    month = last_full_month()
    before = months_before(month, 1)
    return Row(definition, found.figure(key, month), found.figure(key, before).value, before)


def _card(definition: KpiDefinition, found: Published) -> Indicator:
    unit, month = Unit(definition.unit), last_full_month()
    row = _row(definition, found)
    if isinstance(kpis[definition.source], PartedKpi):
        return Indicator(definition, row, "", "", None, [_parts(definition.source, found, unit)])
    key: Key = (definition.source, None, "")
    points = [_point(found, key, each, unit) for each in _months()]
    target = None if definition.target is None else float(definition.target)
    return Indicator(definition, row, _shown(found, key, month, unit), "", chart(row.name, unit, points, target))


def _point(found: Published, key: Key, month: date, unit: Unit) -> Point:
    figure = found.figure(key, month)
    running = is_running(month)
    return Point(
        month=month,
        value=figure.value,
        shown=_shown(found, key, month, unit),
        detail=_basis(figure),
        note=gettext("so far") if running else "",
        is_running=running,
    )


def _basis(figure: Figure) -> str:
    basis = Row(KpiDefinition(unit=Unit.COUNT), figure, None, date.min)
    return basis.fraction or basis.cases


def _parts(code: str, found: Published, unit: Unit) -> Bars:
    month = last_full_month()
    parts = found.parts(code, month)
    labels = part_labels(code, parts[:PARTS_SHOWN])
    keys: list[tuple[str, Key]] = [(labels[part], (code, None, part)) for part in parts[:PARTS_SHOWN]]
    left_out = max(0, len(parts) - PARTS_SHOWN)
    return Bars(str(kpis[code].heading), _bar_rows(found, keys, month, unit), left_out)


def _bodies(definition: KpiDefinition, found: Published) -> Bars | None:
    names = body_names(found.bodies(definition.source))
    keys: list[tuple[str, Key]] = [
        (localised(body, "name")[0] or body.code, (definition.source, pk, "")) for pk, body in names.items()
    ]
    rows = _bar_rows(found, keys, last_full_month(), Unit(definition.unit))
    return Bars(gettext("Body"), rows) if len(rows) > 1 else None


def _bar_rows(found: Published, keys: list[tuple[str, Key]], month: date, unit: Unit) -> list[dict[str, Any]]:
    values = [found.figure(key, month).value or 0 for _label, key in keys]
    widest = max(values, default=0)
    return [
        {
            "label": label,
            "percent": round(100 * value / widest) if widest else 0,
            "value": _shown(found, key, month, unit),
        }
        for (label, key), value in zip(keys, values, strict=True)
    ]


def _history(code: str, found: Published, unit: Unit) -> History:
    months = list(reversed(_months()))
    parts = list(dict.fromkeys(part for month in months for part in found.parts(code, month)))
    labels = part_labels(code, parts)
    rows = [
        (month, [_shown(found, (code, None, part), month, unit) for part in parts])
        for month in months
        if found.parts(code, month)
    ]
    return History([labels[part] for part in parts], rows)
