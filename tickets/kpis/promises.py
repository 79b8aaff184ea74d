"""Which first promises a period has to answer for, and whether they were kept.

Read in a few flat queries and decided here: as one statement, PostgreSQL would find when a request was answered anew
for every condition that asks for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from portal.calendars.choices import Cause
from portal.calendars.models import Breach, Promise, Wait
from portal.registry import Period
from tickets.models import Ticket

# Deadlines whose ledgers are read at once.
STRIDE = 10_000

Ledger = dict[int, list[Any]]


class Asked(NamedTuple):
    """A request that a period may have to answer for; ``answered_at`` is its first answer, whenever that was."""

    pk: int
    channel: str
    organisation: int
    created_at: datetime
    answered_at: datetime | None
    deadline: int
    calendar: int | None
    due_at: datetime
    waiting_since: datetime | None
    dropped_at: datetime | None


@dataclass(frozen=True)
class FirstPromise:
    """What became of a first promise by a period's end. ``fell_due``: its due moment, or a breach of it, lay in it."""

    ticket: int
    channel: str
    fell_due: bool
    is_kept: bool
    is_missed: bool


def asked(rows: QuerySet[Ticket], period: Period, *, beside: Sequence[QuerySet]) -> list[Asked]:
    """Return the requests whose first promise may have fallen due in the period, and those ``beside``, by their ids.

    ``rows`` know ``answered_at``.
    """
    standing = ("first_reply__due_at", "first_reply__waiting_since", "first_reply__dropped_at")
    columns = ("pk", "channel", "organisation_id", "created_at", "answered_at", "first_reply_id")
    found = rows.filter(any_of(*_may_fall_due(period), *beside))
    return [Asked(*row) for row in found.values_list(*columns, "first_reply__calendar_id", *standing)]


def first_promises(requests: Iterable[Asked], period: Period) -> Iterator[FirstPromise]:
    """Give what became of each first promise that fell due in the period or was answered in it.

    A promise is missed when a breach of it is recorded, when it was answered after its due moment, or when that passed
    without an answer; waiting for the person, and asked for no more, is neither kept nor missed. Whatever came after
    the period is not looked at.
    """
    requests = list(requests)
    for first in range(0, len(requests), STRIDE):
        claim = requests[first : first + STRIDE]
        deadlines = [each.deadline for each in claim]
        given = _by_deadline(Promise, deadlines, "number", "cause", "given_at", "due_at")
        breached = _by_deadline(Breach, deadlines, "due_at")
        waited = _by_deadline(Wait, deadlines, "since", "until")
        for request in claim:
            stood = _stood(request, given[request.deadline], period.end)
            missed = [due for (due,) in breached[request.deadline]]
            rests = _rests(request, stood, waited[request.deadline], period.end)
            found = _judge(request, period, stood=stood, breaches=missed, rests=rests)
            if found is not None:
                yield found


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


def _by_deadline(model: type[Model], deadlines: list[int], *columns: str) -> Ledger:
    found: Ledger = defaultdict(list)
    rows = model.objects.filter(deadline_id__in=deadlines).order_by(columns[0])
    for deadline, *row in rows.values_list("deadline_id", *columns).iterator():
        found[deadline].append(row)
    return found


def _stood(request: Asked, given: list[Any], end: datetime) -> datetime:
    """Return the due moment that stood when the answer came, or else at this end: reopening gives another promise."""
    stood = request.due_at
    for _number, cause, given_at, due_at in given:
        if given_at >= end:
            continue
        if request.answered_at and cause == Cause.REOPENED and given_at > request.answered_at:
            break
        stood = due_at
    return stood


def _rests(request: Asked, stood: datetime, waits: list[Any], end: datetime) -> bool:
    """Tell whether the clock stood still at this end, from the due moment or before."""
    open_ends = [since for since in (request.waiting_since, request.dropped_at) if since is not None]
    since_when = open_ends + [since for since, until in waits if until >= end]
    return any(since <= stood and since < end for since in since_when)


def _judge(
    request: Asked, period: Period, *, stood: datetime, breaches: list[datetime], rests: bool
) -> FirstPromise | None:
    answered = request.answered_at if request.answered_at and request.answered_at < period.end else None
    breaches = [due for due in breaches if due < (answered or period.end)]
    breached_now = any(due >= period.start for due in breaches)
    fell_due = period.start <= stood < period.end
    if not (fell_due or breached_now or (answered is not None and answered >= period.start)):
        return None
    if answered is not None:
        is_missed = bool(breaches) or answered > stood
    else:
        is_missed = breached_now or (fell_due and not rests and stood < min(period.end, timezone.now()))
    return FirstPromise(
        ticket=request.pk,
        channel=request.channel,
        fell_due=fell_due or breached_now,
        is_kept=answered is not None and not is_missed,
        is_missed=is_missed,
    )
