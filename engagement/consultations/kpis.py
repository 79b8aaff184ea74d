"""Indicators of consultations, recounted from the ledger of statuses and from their dates.

What is said of a past period holds at its last moment: a later withdrawal or response does not change it.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Extract, Greatest, Least, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy

from engagement.comments.models import Comment, CommentVote, Thread
from engagement.consultations.choices import PUBLIC_STATES, PUBLIC_STATUSES, ConsultationKind, State, Status
from engagement.consultations.models import Consultation, StatusChange
from engagement.polls.models import Turnout
from portal.accounts.models import Person
from portal.insight.querysets import Median, counted, counted_by, during, last_moment, median, share
from portal.registry import Figure, MeasuredKpi, PartedKpi, Period, kpis
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
    return counted(_open(period, scope))


def _open(period: Period, scope: Any) -> QuerySet[Consultation]:
    spans = _of(scope).annotate(
        published=_first_change(Status.PUBLISHED), ended=_first_change(Status.CONCLUDED, Status.WITHDRAWN)
    )
    spans = spans.annotate(began=Greatest("opens_at", "published"), over=Least("closes_at", "ended"))
    return spans.filter(
        published__isnull=False, began__lte=last_moment(period), over__gt=period.start, began__lt=F("over")
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


def _overdue(period: Period, scope: Any) -> QuerySet[Consultation]:
    """Return those that waited for their response, past its due moment, at the end of the period."""
    moment = last_moment(period)
    waiting = _as_of(moment, scope).filter(status_then=Status.PUBLISHED, response_deadline__due_at__lte=moment)
    return waiting.exclude(responded_at__lte=moment)


def responses_overdue(period: Period, scope: Any) -> list[Figure]:
    """Count them."""
    return counted(_overdue(period, scope))


def overdue_responses(period: Period, scope: Any) -> list[Figure]:
    """Return one figure for each: the days it was late."""
    today = timezone.localdate(last_moment(period))
    waiting = _overdue(period, scope).order_by("response_deadline__due_at", "pk")
    return [
        Figure(value=float((today - timezone.localdate(due)).days), dimension=code)
        for code, due in waiting.values_list("code", "response_deadline__due_at")
    ]


def _posted(period: Period, scope: Any) -> Counter[str]:
    """Return the comments of people by the code of the consultation, on it as a whole or on one of its articles."""
    posted = during(Comment.objects.filter(official_for=None), "created_at", period, "thread__organisation", scope)
    found: Counter[str] = Counter()
    for column in ("thread__consultation__code", "thread__section__consultation__code"):
        found.update(counted_by(posted.filter(**{f"{column}__isnull": False}), column))
    return found


def comments_per_consultation(period: Period, scope: Any) -> list[Figure]:
    """Comments of people on consultations, over the consultations that were open in the period."""
    comments, consultations = sum(_posted(period, scope).values()), _open(period, scope).count()
    value = comments / consultations if consultations else None
    return [Figure(value=value, numerator=comments, denominator=consultations)]


def consultation_comments(period: Period, scope: Any) -> list[Figure]:
    """Count the comments of people on each consultation that had any, the most first."""
    found = sorted(_posted(period, scope).items(), key=lambda item: (-item[1], item[0]))
    return [Figure(value=float(count), dimension=code) for code, count in found]


def service_participation(period: Period, scope: Any) -> list[Figure]:
    """Share of those with an account at the end of the period who took part in consultations on services in it."""
    moment = last_moment(period)
    services = _of(scope).filter(kind=ConsultationKind.SERVICE)
    of_whole, of_articles = Q(consultation__in=services), Q(section__consultation__in=services)
    threads = Thread.objects.filter(of_whole).values("pk").union(Thread.objects.filter(of_articles).values("pk"))
    comments = Comment.objects.filter(official_for=None, thread__in=threads)
    votes = CommentVote.objects.filter(comment__thread__in=threads)
    ballots = Turnout.objects.filter(poll__consultation__in=services)
    took_part = during(comments, "created_at", period, "", None).values("author_id")
    took_part = took_part.union(
        during(votes, "created_at", period, "", None).values("person_id"),
        during(ballots, "voted_at", period, "", None).values("person_id"),
    )
    here = Person.objects.filter(date_joined__lte=moment).exclude(erased_at__lte=moment)
    return share(here.filter(pk__in=took_part).count(), here.count())


def state_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the words for states."""
    return {state.value: str(state.label) for state in State}


def consultation_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the titles, each in another language where it is not in the reader's."""
    return {found.code: localised(found, "title")[0] for found in Consultation.objects.filter(code__in=codes)}


def register() -> None:
    """Offer the indicators."""
    kpis.register("consultations_open", consultations_open)
    kpis.register(
        "consultations_by_state",
        PartedKpi(consultations_by_state, labels=state_labels, heading=gettext_lazy("State")),
    )
    kpis.register("comments_per_consultation", comments_per_consultation)
    consultation = gettext_lazy("Consultation")
    kpis.register(
        "consultation_comments",
        PartedKpi(
            consultation_comments, labels=consultation_labels, of="comments_per_consultation", heading=consultation
        ),
    )
    kpis.register("response_share", response_share)
    kpis.register("response_days", response_days)
    kpis.register("responses_overdue", responses_overdue)
    kpis.register(
        "overdue_responses",
        PartedKpi(
            overdue_responses,
            labels=consultation_labels,
            of="responses_overdue",
            heading=consultation,
            unit="days",
        ),
    )
    kpis.register("service_participation", MeasuredKpi(service_participation, about_people=True))
