"""Figures of a period, measured now, and of earlier months, as they were last taken."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from portal.insight.models import KpiDefinition, Snapshot
from portal.insight.querysets import asked_once
from portal.insight.selectors.periods import is_final, month_period
from portal.registry import Figure, Period, kpis

Figures = dict[str, list[Figure]]


def figures(period: Period, scope: Any) -> Figures:
    """Measure every indicator of the registry for a period and a body (None for all): parts by code."""
    return measure_some(kpis, period, scope)


def measure_some(codes: Iterable[str], period: Period, scope: Any) -> Figures:
    """Measure these indicators alone, as far as they are registered."""
    with asked_once():
        return {code: kpis[code](period, scope) for code in codes if code in kpis}


def month_figures(month: date, scope: Any) -> tuple[Figures, datetime]:
    """Return every indicator of a month, and the moment of the data.

    A month that was taken for the last time is given as it was taken, with what is measured since; any other is
    measured now.
    """
    now = timezone.now()
    rows = Snapshot.objects.filter(month=month, organisation=scope) if is_final(month) else Snapshot.objects.none()
    taken: Figures = {}
    oldest = now
    for row in rows.order_by("position", "pk"):
        figure = Figure(row.value, row.numerator, row.denominator, row.n, row.dimension)
        taken.setdefault(row.code, []).append(figure)
        oldest = min(oldest, row.taken_at)
    if oldest < month_period(month).end:
        # The last turn did not come before the month was over: what happened in its last hours would be missing.
        taken, oldest = {}, now
    return taken | measure_some((code for code in kpis if code not in taken), month_period(month), scope), oldest


def whole(found: Figures, code: str) -> Figure:
    """Return the one figure of an undivided indicator; one without value where nothing measures it."""
    return next((figure for figure in found.get(code, []) if not figure.dimension), Figure(value=None))


def part_labels(code: str, dimensions: Collection[str]) -> dict[str, str]:
    """Return the words for parts of an indicator, in the active language; what has none keeps its code."""
    labels = getattr(kpis[code], "labels", None) if code in kpis else None
    found = labels(dimensions) if labels and dimensions else {}
    return {dimension: found.get(dimension) or dimension for dimension in dimensions}


def says_something(found: Figures, definitions: Iterable[KpiDefinition]) -> bool:
    """Tell whether a period saw any activity at all, or any duty that is overdue.

    Where every count is zero and every share and median is without a base, there is nothing to report on.
    """
    counts = {d.source for d in definitions if d.unit == "count"}
    for code in {d.source for d in definitions}:
        value = whole(found, code).value
        if value or (value is not None and code not in counts):
            return True
    return bool(found.get("overdue_responses"))


def values_by_month(months: list[date], scope: Any) -> dict[date, dict[str, float | None]]:
    """Return the undivided figures of months: as last taken, else (never taken) measured now."""
    taken = Snapshot.objects.filter(month__in=months, organisation=scope, dimension="")
    known: dict[date, dict[str, float | None]] = {month: {} for month in months}
    for snapshot in taken:
        known[snapshot.month][snapshot.code] = snapshot.value
    return {month: values or _measured(month, scope) for month, values in known.items()}


def _measured(month: date, scope: Any) -> dict[str, float | None]:
    found = figures(month_period(month), scope)
    return {code: whole(found, code).value for code in found if any(not f.dimension for f in found[code])}
