"""Indicators that unite what several apps know: who took part, and how many of them are verified."""

from typing import Any

from django.db.models import Count, Q

from portal.accounts.choices import Verification
from portal.accounts.models import Person
from portal.insight.querysets import share
from portal.registry import Figure, Period, kpis
from portal.registry import participants as who_took_part


def _taking_part(period: Period, scope: Any) -> dict[str, int]:
    # One set of ids: with an OR over several sets the database asks each of them anew for every person.
    first, *others = [entry(period, scope).order_by() for entry in who_took_part.values()] or [Person.objects.none()]
    people = Person.objects.filter(pk__in=first.union(*others))
    return people.aggregate(all=Count("pk"), verified=Count("pk", filter=Q(verification=Verification.IDENTITY)))


def participants(period: Period, scope: Any) -> list[Figure]:
    """Count people, each once however often they took part."""
    return [Figure(value=float(_taking_part(period, scope)["all"]))]


def verified_share(period: Period, scope: Any) -> list[Figure]:
    """Share of them whose identity is verified."""
    found = _taking_part(period, scope)
    return share(found["verified"], found["all"])


def register() -> None:
    """Offer the indicators."""
    kpis.register("participants", participants)
    kpis.register("verified_share", verified_share)
