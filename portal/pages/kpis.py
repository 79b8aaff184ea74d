"""Indicators of pages and services: what their readers think of them.

Judgements know their week, not their day. A week counts for the month in which its last day lies, so that a month is
whole when it is over.
"""

from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from portal.pages.choices import Scale, Useful
from portal.pages.models import Tally
from portal.registry import Figure, MeasuredKpi, Period, kpis

_TO_LAST_DAY = timedelta(days=6)


def pages_useful(period: Period, scope: Any) -> list[Figure]:
    """Share of the answers that found the page useful."""
    found = _counted(Scale.USEFUL, period, scope).aggregate(
        all=Sum("count"), useful=Sum("count", filter=Q(value=Useful.YES))
    )
    useful, answers = found["useful"] or 0, found["all"] or 0
    value = 100 * useful / answers if answers else None
    return [Figure(value=value, numerator=useful, denominator=answers)]


def service_rating(period: Period, scope: Any) -> list[Figure]:
    """Mean of the stars given to services."""
    found = _counted(Scale.STARS, period, scope).aggregate(all=Sum("count"), stars=Sum(F("count") * F("value")))
    stars, ratings = found["stars"] or 0, found["all"] or 0
    return [Figure(value=stars / ratings if ratings else None, numerator=stars, denominator=ratings)]


def _counted(scale: Scale, period: Period, scope: Any) -> QuerySet[Tally]:
    """Return the counts of the weeks that end in the period, of one body or (None) of all."""
    first, end = timezone.localtime(period.start).date(), timezone.localtime(period.end).date()
    rows = Tally.objects.filter(scale=scale, week__gte=first - _TO_LAST_DAY, week__lt=end - _TO_LAST_DAY)
    return rows if scope is None else rows.filter(subject__organisation=scope)


def register() -> None:
    """Offer the indicators. Whose a page was may have changed since its figures were taken."""
    kpis.register("pages_useful", MeasuredKpi(pages_useful, as_taken=True))
    kpis.register("service_rating", MeasuredKpi(service_rating, as_taken=True))
