"""The promises of a request, given and moved by ``portal.calendars``."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Least

from portal.accounts.models import Organisation, Person
from portal.calendars.choices import Cause, Level, Target, Unit
from portal.calendars.models import Deadline
from portal.calendars.selectors.book import Book
from portal.calendars.services import change_kind, drop, meet, pick_up, promise, recompute, reopen, resume, wait
from portal.calendars.services import extend as extend_deadline
from tickets.choices import ENDED_STATES, TicketKind, TicketState
from tickets.models import Ticket

# Who closes, joins or throws out a request asks for nothing any more.
_ENDS_UNANSWERED = {TicketState.CLOSED, TicketState.MERGED, TicketState.SPAM}


def promises(kind: TicketKind, organisation: Organisation, *, at: datetime) -> tuple[Deadline, Deadline | None]:
    """Give the promise of a first reply, and that of a solution where the body has set one for this kind."""
    level, book = Level(kind), Book()
    first_reply = promise(level, body=organisation, start=at, book=book)
    if not book.promises_solution(organisation.pk, level):
        return first_reply, None
    return first_reply, promise(level, body=organisation, start=at, target=Target.SOLUTION, book=book)


def follow(ticket: Ticket, source: TicketState, *, at: datetime) -> None:
    """Let the promises of a locked request follow its new state, and set ``next_due_at``; saves the promises alone.

    What waits for the person stands still; what is solved is met; what ends without an answer is asked for no more,
    and a reopened request goes on with what was left. What was no spam after all keeps its promises as they were.
    """
    state = TicketState(ticket.state)
    for deadline in _promises(ticket):
        if source == TicketState.WAITING:
            resume(deadline, at=at)
        if state == TicketState.WAITING:
            wait(deadline, since=at)
        elif state == TicketState.SOLVED:
            meet(deadline, at=at)
        elif state in _ENDS_UNANSWERED:
            drop(deadline, at=at)
    if source == TicketState.SPAM:
        for deadline in _promises(ticket):
            pick_up(deadline)
    elif source in ENDED_STATES and state not in ENDED_STATES:
        _take_up(ticket, at=at)
    ticket.next_due_at = next_due(ticket)


def answered(ticket: Ticket, *, at: datetime) -> None:
    """Keep the first promise: somebody of ours has answered. A note or an automatic message never does."""
    meet(ticket.first_reply, at=at)
    ticket.next_due_at = next_due(ticket)
    ticket.save(update_fields=["next_due_at"])


def reckon_anew(ticket: Ticket, *, by: Person) -> None:
    """Reckon the promises that run by the kind and the body of now; none is moved later by it."""
    for deadline in _promises(ticket):
        if deadline.is_met or deadline.dropped_at is not None:
            continue
        if deadline.organisation_id != ticket.organisation_id:
            Deadline.objects.filter(pk=deadline.pk).update(organisation=ticket.organisation)
        if deadline.level == ticket.kind:
            recompute(deadline, cause=Cause.LEVEL, by=by)
        else:
            change_kind(deadline, Level(ticket.kind), by=by)
    ticket.next_due_at = next_due(ticket)


def extend(ticket: Ticket, *, days: int, reason: str, by: Person) -> None:
    """Give the promises that run more working days; the owners' registry has the person told."""
    running = [each for each in _promises(ticket) if not each.is_met and each.dropped_at is None]
    for deadline in running:
        extend_deadline(deadline, amount=days, unit=Unit.WORKING_DAYS, reason=reason, by=by)
    ticket.next_due_at = next_due(ticket)


def next_due(ticket: Ticket) -> datetime | None:
    """Return the earliest moment promised that is still to come or was missed; None while nothing runs."""
    running = [each.due_at for each in _promises(ticket) if _runs(each)]
    return min(running, default=None)


def claim_owners(deadlines: Sequence[int]) -> None:
    """Lock the requests to which these deadlines belong, as every act on a request does before it touches one."""
    owned = Ticket.objects.filter(_owners(deadlines)).order_by("pk").select_for_update(no_key=True, of=("self",))
    list(owned.values_list("pk", flat=True))


def follow_deadlines(deadlines: Sequence[int]) -> None:
    """Let the requests of these deadlines repeat when they are due now."""
    if deadlines:
        Ticket.objects.filter(_owners(deadlines)).update(next_due_at=next_due_now())


def next_due_now() -> Least:
    """Return what ``next_due`` reckons, for the database: the earlier of the promises that run, NULL without any."""
    running = Deadline.objects.running().filter(waiting_since=None)
    first, second = (
        Subquery(running.filter(pk=OuterRef(name)).values("due_at")) for name in ("first_reply_id", "solution_id")
    )
    return Least(first, second)


def _owners(deadlines: Sequence[int]) -> Q:
    return Q(first_reply__in=deadlines) | Q(solution__in=deadlines)


def _runs(deadline: Deadline) -> bool:
    return deadline.met_at is None and deadline.dropped_at is None and deadline.waiting_since is None


def _take_up(ticket: Ticket, *, at: datetime) -> None:
    """Go on with every promise that was given up; where all were kept, with the last."""
    promised = _promises(ticket)
    given_up = [each for each in promised if each.dropped_at is not None]
    kept = [each for each in promised[-1:] if each.is_met]
    for deadline in given_up or kept:
        reopen(deadline, at=at)


def _promises(ticket: Ticket) -> list[Deadline]:
    return [each for each in (ticket.first_reply, ticket.solution) if each is not None]
