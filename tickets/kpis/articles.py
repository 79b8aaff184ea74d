"""Indicators of help articles: how often they are read, whether they help and spare a request, and
what is searched for in vain."""

from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from portal.insight.querysets import share
from portal.registry import Figure, Period, kpis
from tickets.models import ArticleAnswer, ArticleReads, HelpOutcome, SearchCount
from tickets.services.figures import ASKED_WITHIN


def article_reads(period: Period, scope: Any) -> list[Figure]:
    """Count openings of articles."""
    found = _on_days(ArticleReads.objects.all(), period, scope).aggregate(reads=Sum("count"))
    return [Figure(value=float(found["reads"] or 0))]


def articles_useful(period: Period, scope: Any) -> list[Figure]:
    """Share of the answers that found the article useful."""
    found = _on_days(ArticleAnswer.objects.all(), period, scope).aggregate(
        all=Count("pk"), useful=Count("pk", filter=Q(is_useful=True))
    )
    return share(found["useful"], found["all"])


def searches_without_result(period: Period, scope: Any) -> list[Figure]:
    """Share of the searches that led to nothing; a search belongs to no body, so there is none of a body alone."""
    if scope is not None:
        return share(0, 0)
    found = _on_days(SearchCount.objects.all(), period, None).aggregate(
        in_vain=Sum("missed"), all=Sum(F("found") + F("missed"))
    )
    return share(found["in_vain"] or 0, found["all"] or 0)


def requests_spared(period: Period, scope: Any) -> list[Figure]:
    """Share of readers who sent no request by the end of the seventh day after; each counts when that day is over.

    Who reads belongs to no body, so there is none of a body alone.
    """
    if scope is not None:
        return share(0, 0)
    first, end = (timezone.localtime(at).date() for at in (period.start, min(period.end, timezone.now())))
    rows = HelpOutcome.objects.filter(day__gte=first - ASKED_WITHIN, day__lt=end - ASKED_WITHIN)
    found = rows.aggregate(readers=Sum("readers"), asked=Sum("asked"))
    readers, asked = found["readers"] or 0, found["asked"] or 0
    # A memory that was lost may have held readers of whom the request is known.
    return share(max(readers - asked, 0), readers)


def _on_days(rows: QuerySet, period: Period, scope: Any) -> QuerySet:
    """Return the rows of the days that begin in the period, of one body or (None) of all."""
    first, end = timezone.localtime(period.start), timezone.localtime(period.end)
    rows = rows.filter(day__gte=first.date(), day__lt=end.date())
    return rows if scope is None else rows.filter(article__organisation=scope)


def register() -> None:
    """Offer the indicators."""
    kpis.register("article_reads", article_reads)
    kpis.register("articles_useful", articles_useful)
    kpis.register("searches_without_result", searches_without_result)
    kpis.register("requests_spared", requests_spared)
