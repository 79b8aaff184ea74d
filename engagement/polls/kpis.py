"""The indicator of votes on polls: who took part, never what they chose."""

from typing import Any

from django.db.models import QuerySet

from engagement.polls.models import Turnout
from portal.insight.querysets import counted, during
from portal.registry import Figure, Period, kpis, participants


def _turnout(period: Period, scope: Any) -> QuerySet[Turnout]:
    return during(Turnout.objects.all(), "voted_at", period, "poll__organisation", scope)


def poll_votes(period: Period, scope: Any) -> list[Figure]:
    """Count those who voted, added up over all questions; a changed vote counts once."""
    return counted(_turnout(period, scope))


def register() -> None:
    """Offer the indicator, and who took part."""
    kpis.register("poll_votes", poll_votes)
    participants.register("polls", lambda period, scope: _turnout(period, scope).values("person_id"))
