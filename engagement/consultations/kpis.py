"""Indicators of consultations, recounted from the ledger of statuses and from their dates.

What is said of a past period holds at its last moment: a later withdrawal or response does not change it.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Extract, Greatest, Least, TruncDate
from django.utils import timezone

from engagement.consultations.choices import PUBLIC_STATES, PUBLIC_STATUSES, State, Status
from engagement.consultations.models import Consultation, StatusChange
from portal.insight.querysets import Median, counted, during, last_moment, median, share
from portal.insight.registry import PartedKpi
from portal.registry import Figure, Period, kpis
from portal.text import localised

SECONDS_PER_DAY = 24 * 3600


def _of(scope: Any) -> QuerySet[Consultation]:
    return Consultation.objects.all() if scope is None else Consultation.objects.filter(organisation=scope)


def _as_of(moment: datetime, scope: Any) -> QuerySet[Consultation]:
    """Return the consultations that were public at a moment, with the status they had."""
    changes = StatusChange.objects.filter(consultation=OuterRef("pk"), at__lte=moment).order_by("-at", "-pk")
    return (
        _of(scope).annotate(status_then=Subquery(changes.values("status")[:1])).filter(status_then__in=PUBLIC_STATUSES)
    )


def _first_change(*statuses: Status) -> Subquery:
    changes = StatusChange.objects.filter(consultation=OuterRef("pk"), status__in=statuses).order_by("at", "pk")
    return Subquery(changes.values("at")[:1])


def consultations_open(period: Period, scope: Any) -> list[Figure]:
    """Count those that took comments at any moment of the period; a withdrawn one, until it was withdrawn."""
    spans = _of(scope).annotate(
        published=_first_change(Status.PUBLISHED), ended=_first_change(Status.CONCLUDED, Status.WITHDRAWN)
    )
    spans = spans.annotate(began=Greatest("opens_at", "published"), over=Least("closes_at", "ended"))
    return counted(
        spans.filter(
            published__isnull=False, began__lte=last_moment(period), over__gt=period.start, began__lt=F("over")
        )
    )


def consultations_by_state(period: Period, scope: Any) -> list[Figure]:
    """Count the public ones in each state at the last moment of the period (now, while it runs)."""
    moment = last_moment(period)
    state = Case(
        When(status_then=Status.PUBLISHED, opens_at__gt=moment, then=Value(State.UPCOMING)),
        When(status_then=Status.PUBLISHED, closes_at__gt=moment, then=Value(State.OPEN)),
        When(status_then=Status.PUBLISHED, then=Value(State.ANALYSING)),
        default=F("status_then"),
    )
    found = Counter(_as_of(moment, scope).annotate(state_then=state).values_list("state_then", flat=True))
    return [Figure(value=float(found[state]), dimension=state.value) for state in PUBLIC_STATES]


def response_share(period: Period, scope: Any) -> list[Figure]:
    """Of those due in the period or answered in it, the share answered at the due moment or before.

    A due moment still to come is not held against a running period. Withdrawn ones are left out.
    """
    moment = last_moment(period)
    due = Q(response_deadline__due_at__gte=period.start, response_deadline__due_at__lte=moment)
    answered = Q(responded_at__gte=period.start, responded_at__lt=period.end)
    found = (
        _as_of(moment, scope)
        .exclude(status_then=Status.WITHDRAWN)
        .filter(due | answered)
        .aggregate(all=Count("pk"), in_time=Count("pk", filter=Q(responded_at__lte=F("response_deadline__due_at"))))
    )
    return share(found["in_time"], found["all"])


def response_days(period: Period, scope: Any) -> list[Figure]:
    """Median of the days between the day of the close and the day of the response, in the portal's zone."""
    span = Extract(TruncDate("responded_at") - TruncDate("closes_at"), "epoch")
    found = during(Consultation.objects.all(), "responded_at", period, "organisation", scope).aggregate(
        seconds=Median(span), n=Count("pk")
    )
    return median(found["seconds"] and found["seconds"] / SECONDS_PER_DAY, found["n"])


def overdue_responses(period: Period, scope: Any) -> list[Figure]:
    """Return one figure for each that waited, past its due moment, at the end of the period: the days it was late."""
    moment = last_moment(period)
    waiting = (
        _as_of(moment, scope)
        .filter(status_then=Status.PUBLISHED, response_deadline__due_at__lte=moment)
        .exclude(responded_at__lte=moment)
        .order_by("response_deadline__due_at", "pk")
        .values_list("code", "response_deadline__due_at")
    )
    today = timezone.localdate(moment)
    return [Figure(value=float((today - timezone.localdate(due)).days), dimension=code) for code, due in waiting]


def state_label(code: str) -> str:
    """Return the words for a state."""
    return str(State(code).label)


def consultation_label(code: str) -> str:
    """Return the title, in another language where it is not in the reader's."""
    consultation = Consultation.objects.filter(code=code).first()
    return localised(consultation, "title")[0] if consultation else code


def register() -> None:
    """Offer the indicators."""
    kpis.register("consultations_open", consultations_open)
    kpis.register("consultations_by_state", PartedKpi(consultations_by_state, state_label))
    kpis.register("response_share", response_share)
    kpis.register("response_days", response_days)
    kpis.register("overdue_responses", PartedKpi(overdue_responses, consultation_label))
