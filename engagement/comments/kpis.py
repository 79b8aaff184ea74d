"""Indicators of comments and votes on them. What was posted counts, whatever became of it later."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from engagement.comments.models import Comment, CommentVote
from portal.insight.querysets import counted, counted_by, during
from portal.insight.registry import PartedKpi
from portal.registry import Figure, Period, kpis, participants


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


def language_label(code: str) -> str:
    """Return the name of a language."""
    return str(dict(settings.LANGUAGES).get(code, code))


def register() -> None:
    """Offer the indicators, and who took part."""
    kpis.register("comments", comments)
    kpis.register("comment_votes", comment_votes)
    kpis.register("comment_languages", PartedKpi(comment_languages, language_label))
    participants.register("comments", lambda period, scope: _comments(period, scope).values("author_id"))
    participants.register("comment_votes", lambda period, scope: _votes(period, scope).values("person_id"))
