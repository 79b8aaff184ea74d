"""Indicators of moderation. A thing reported again after its decision is a new case, with a time of its own."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Extract
from django.utils.translation import gettext_lazy

from moderation.choices import Outcome
from moderation.models import Case, Decision, Ground, Report
from portal.insight.querysets import Median, counted, counted_by, during, median, share
from portal.registry import Figure, PartedKpi, Period, kpis, participants
from portal.text import localised

SECONDS_PER_HOUR = 3600


def _reports(period: Period, scope: Any) -> QuerySet[Report]:
    return during(Report.objects.all(), "created_at", period, "case__organisation", scope)


def _decisions(period: Period, scope: Any) -> QuerySet[Decision]:
    return during(Decision.objects.all(), "decided_at", period, "case__organisation", scope)


def _decided(period: Period, scope: Any) -> QuerySet[Case]:
    """Return the cases whose first decision lies in the period: later ones correct it."""
    cases = Case.objects.annotate(first_decided_at=Min("decisions__decided_at"))
    return during(cases, "first_decided_at", period, "organisation", scope)


def reports(period: Period, scope: Any) -> list[Figure]:
    """Count reports received, with and without an account."""
    return counted(_reports(period, scope))


def decisions(period: Period, scope: Any) -> list[Figure]:
    """Count decisions to hide or to keep; showing again is the correction of one, and not counted."""
    return counted(_decisions(period, scope).filter(outcome__in=[Outcome.HIDE, Outcome.KEEP]))


def decisions_by_ground(period: Period, scope: Any) -> list[Figure]:
    """Count decisions to hide for each ground that was used."""
    found = counted_by(_decisions(period, scope).filter(outcome=Outcome.HIDE), "ground__code")
    grounds = Ground.objects.filter(code__in=found).order_by("number").values_list("code", flat=True)
    return [Figure(value=float(found[code]), dimension=code) for code in grounds]


def decision_hours(period: Period, scope: Any) -> list[Figure]:
    """Median of the hours from the opening of a case to its first decision, around the clock."""
    found = _decided(period, scope).aggregate(
        seconds=Median(Extract(F("first_decided_at") - F("opened_at"), "epoch")), n=Count("pk")
    )
    return median(found["seconds"] and found["seconds"] / SECONDS_PER_HOUR, found["n"])


def decisions_in_time(period: Period, scope: Any) -> list[Figure]:
    """Share of the decided cases whose first decision came at the due moment or before."""
    found = _decided(period, scope).aggregate(
        all=Count("pk"), in_time=Count("pk", filter=Q(first_decided_at__lte=F("deadline__due_at")))
    )
    return share(found["in_time"], found["all"])


def ground_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the grounds' titles."""
    return {ground.code: localised(ground, "title")[0] for ground in Ground.objects.filter(code__in=codes)}


def register() -> None:
    """Offer the indicators, and who took part by reporting."""
    kpis.register("reports", reports)
    kpis.register("decisions", decisions)
    by_ground = PartedKpi(decisions_by_ground, labels=ground_labels, of="decisions", heading=gettext_lazy("Ground"))
    kpis.register("decisions_by_ground", by_ground)
    kpis.register("decision_hours", decision_hours)
    kpis.register("decisions_in_time", decisions_in_time)
    participants.register(
        "reports", lambda period, scope: _reports(period, scope).filter(reporter__isnull=False).values("reporter_id")
    )
