"""Which first promises a period has to answer for, and whether they were kept."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from portal.calendars.choices import Cause
from portal.calendars.models import Breach, Promise, Wait
from portal.registry import Period
from tickets.choices import Channel
from tickets.models import Ticket

DIGITAL_CHANNELS = (Channel.WEB, Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
KEPT = Q(is_answered=True, is_missed=False)
MISSED = Q(is_missed=True)
FELL_DUE = Q(fell_due=True) | Q(is_breached_now=True)


def promised(rows: QuerySet[Ticket], period: Period, *, beside: Sequence[QuerySet] = ()) -> QuerySet[Ticket]:
    """Return the requests whose first promise fell due in the period, or that ``beside`` gives, and what became of it.

    ``rows`` know ``answered_at``. A promise is missed when a breach of it is recorded, when it was answered after its
    due moment, or when that passed without an answer; waiting for the person, and asked for no more, is neither kept
    nor missed. Whatever came after the period is not looked at.
    """
    rows = rows.filter(any_of(*_may_fall_due(period), *beside)).annotate(
        asked_until=Least(F("answered_at"), Value(period.end)),
        is_answered=_true(Q(answered_at__lt=period.end)),
        stood_due_at=_standing(period.end),
    )
    breaches = Breach.objects.filter(deadline_id=OuterRef("first_reply_id"), due_at__lt=OuterRef("asked_until"))
    rows = rows.annotate(
        is_breached=Exists(breaches),
        is_breached_now=Exists(breaches.filter(due_at__gte=period.start)),
        fell_due=_true(Q(stood_due_at__gte=period.start, stood_due_at__lt=period.end)),
        was_answered_now=_true(Q(answered_at__gte=period.start, answered_at__lt=period.end)),
        rests=_rests(period.end),
    )
    late = Q(is_answered=True) & (Q(is_breached=True) | Q(answered_at__gt=F("stood_due_at")))
    overdue = Q(is_answered=False, rests=False, fell_due=True, stood_due_at__lt=min(period.end, timezone.now()))
    missed = late | overdue | Q(is_answered=False, is_breached_now=True)
    return rows.annotate(is_missed=_true(missed)).filter(FELL_DUE | Q(was_answered_now=True))


def any_of(first: QuerySet, *others: QuerySet) -> Q:
    """Return the condition of being among some ids or others.

    They are united first: as one condition with “or” it would be looked up for each of a million requests.
    """
    return Q(pk__in=first.union(*others))


def _may_fall_due(period: Period) -> list[QuerySet]:
    """Return a wide and cheap choice, by ids: some promise, or the last one, lay in the period, or a breach."""
    within = {"due_at__gte": period.start, "due_at__lt": period.end}
    ledgers = [each.objects.filter(**within).values("deadline_id") for each in (Promise, Breach)]
    last = Ticket.objects.filter(first_reply__due_at__gte=period.start, first_reply__due_at__lt=period.end)
    return [last.values("pk"), *(Ticket.objects.filter(first_reply__in=each).values("pk") for each in ledgers)]


def _standing(end: datetime) -> Coalesce:
    """Return the due moment that stood when the answer came, or else at this end: reopening gives another promise."""
    after_answer = Promise.objects.filter(
        deadline_id=OuterRef("deadline_id"),
        cause=Cause.REOPENED,
        number__lte=OuterRef("number"),
        given_at__gt=OuterRef(OuterRef("answered_at")),
    )
    given = Promise.objects.filter(deadline_id=OuterRef("first_reply_id"), given_at__lt=end)
    last = given.filter(~Exists(after_answer)).order_by("-number").values("due_at")[:1]
    return Coalesce(Subquery(last), F("first_reply__due_at"))


def _rests(end: datetime) -> Case:
    """Tell whether the clock stood still at this end, from the due moment or before."""
    waits = Wait.objects.filter(
        deadline_id=OuterRef("first_reply_id"), since__lte=OuterRef("stood_due_at"), since__lt=end, until__gte=end
    )
    running = Q()
    for column in ("first_reply__waiting_since", "first_reply__dropped_at"):
        running |= Q(**{f"{column}__lte": F("stood_due_at"), f"{column}__lt": end})
    return _true(running | Q(Exists(waits)))


def _true(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
