"""Indicators of comments and votes on them. What was posted counts, whatever became of it later."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from engagement.comments.models import Comment, CommentVote
from portal.insight.querysets import counted, counted_by, during
from portal.registry import Figure, PartedKpi, Period, kpis, participants


def _comments(period: Period, scope: Any) -> QuerySet[Comment]:
    return during(Comment.objects.all(), "created_at", period, "thread__organisation", scope)


def _votes(period: Period, scope: Any) -> QuerySet[CommentVote]:
    return during(CommentVote.objects.all(), "created_at", period, "comment__thread__organisation", scope)


def comments(period: Period, scope: Any) -> list[Figure]:
    """Count comments and replies by the time they were posted."""
    return counted(_comments(period, scope))


def comment_votes(period: Period, scope: Any) -> list[Figure]:
    """Count standing votes by the time they were first given."""
    return counted(_votes(period, scope))


def comment_languages(period: Period, scope: Any) -> list[Figure]:
    """Count comments of each of the portal's languages; together they equal ``comments``."""
    found = counted_by(_comments(period, scope), "language")
    return [Figure(value=float(found.get(code, 0)), dimension=code) for code, _ in settings.LANGUAGES]


def official_replies(period: Period, scope: Any) -> list[Figure]:
    """Count replies in the name of a body by the time they were posted."""
    return counted(_comments(period, scope).filter(official_for__isnull=False))


def language_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the names of the portal's languages."""
    return {code: str(name) for code, name in settings.LANGUAGES}


def _authors(period: Period, scope: Any) -> QuerySet[Comment]:
    # Whoever replies in a body's name does their work: they do not take part.
    return _comments(period, scope).filter(official_for__isnull=True).values("author_id")


def register() -> None:
    """Offer the indicators, and who took part."""
    by_language = PartedKpi(comment_languages, labels=language_labels, of="comments", heading=gettext_lazy("Language"))
    kpis.register("comments", comments)
    kpis.register("comment_votes", comment_votes)
    kpis.register("comment_languages", by_language)
    kpis.register("official_replies", official_replies)
    participants.register("comments", _authors)
    participants.register("comment_votes", lambda period, scope: _votes(period, scope).values("person_id"))
