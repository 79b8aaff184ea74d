"""How rows are cut out of time and bodies, and the median, for every indicator alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, FloatField, QuerySet
from django.utils import timezone

from portal.registry import Figure, Period

_known: ContextVar[dict[Any, Any] | None] = ContextVar("insight_known", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Let indicators that stand on the same rows ask the database for them once, as long as this lasts."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(key: Any, ask: Callable[[], Any]) -> Any:
    """Return what ``ask`` answers, within ``asked_once`` by key."""
    known = _known.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    return known[key]


class Median(Aggregate):
    """The continuous median, as PostgreSQL computes it; None without rows."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def during(rows: QuerySet, column: str, period: Period, body: str, scope: Any) -> QuerySet:
    """Return the rows whose moment lies in the half-open period, of one body or (scope None) of all."""
    rows = rows.filter(**{f"{column}__gte": period.start, f"{column}__lt": period.end})
    return rows if scope is None else rows.filter(**{body: scope})


def last_moment(period: Period) -> datetime:
    """Return the last instant of the period that is over: for a running one, the instant before now."""
    return min(period.end, timezone.now()) - timedelta(microseconds=1)


def counted(rows: QuerySet) -> list[Figure]:
    """Return the number of rows as a figure: a count may be zero."""
    return [Figure(value=float(rows.count()))]


def counted_by(rows: QuerySet, column: str) -> dict[str, int]:
    """Return the number of rows for each value of a column."""
    return dict(rows.order_by().values_list(column).annotate(rows=Count("pk")))


def share(numerator: int, denominator: int) -> list[Figure]:
    """Return a share in per cent; without a base there is no value."""
    value = 100 * numerator / denominator if denominator else None
    return [Figure(value=value, numerator=numerator, denominator=denominator)]


def median(value: float | None, cases: int) -> list[Figure]:
    """Return a median with the number of cases behind it; without cases there is no value."""
    return [Figure(value=value if cases else None, n=cases)]
