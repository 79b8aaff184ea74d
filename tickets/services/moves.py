"""Moving a request from one state to another, with its clock: the only place that writes ``state``."""

from datetime import datetime

from portal.accounts.models import Person
from portal.audit.services import record
from tickets.choices import ENDED_STATES, WORK_STATES, Mover, TicketState
from tickets.models import Move, Ticket
from tickets.rules import may_move
from tickets.services import clock


class TicketRefused(Exception):
    """The act cannot be done. ``reason`` is a short word that forms turn into a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def locked(ticket: Ticket) -> Ticket:
    """Return the request with its row locked until the transaction ends."""
    return Ticket.objects.select_for_update(no_key=True, of=("self",)).with_people().get(pk=ticket.pk)


def move(ticket: Ticket, to: TicketState, *, mover: Mover, by: Person | None, at: datetime, reason: str = "") -> bool:
    """Move a locked request; False when it stands there already.

    Raises ``TicketRefused("state")`` when the table does not allow it. Waiting for the person and the end of a request
    stop the clock; reopening lets it go on with what was left.
    """
    source = TicketState(ticket.state)
    if source == to:
        return False
    if not may_move(ticket, to, mover):
        raise TicketRefused("state")
    ticket.state, ticket.state_since = to, at
    ticket.solved_at = at if to == TicketState.SOLVED else ticket.solved_at
    ticket.closed_at = at if to == TicketState.CLOSED else ticket.closed_at
    if to not in ENDED_STATES:
        ticket.solved_at = ticket.closed_at = None
    if source not in WORK_STATES:
        # Whoever answered, or took it up again, knows how it stands: notices of progress begin from here.
        ticket.told_at = at
    clock.follow(ticket, source, at=at)
    # What it was joined with belongs to the state: the table holds the two together.
    changed = ["state", "state_since", "merged_into", "solved_at", "closed_at", "next_due_at", "told_at"]
    ticket.save(update_fields=changed)
    write_move(ticket, source, mover=mover, by=by, at=at, reason=reason)
    return True


def write_move(
    ticket: Ticket, source: TicketState | str, *, mover: Mover, by: Person | None, at: datetime, reason: str = ""
) -> None:
    """Write the row and the trail of a change of state; the first one has no source."""
    last = Move.objects.filter(ticket_id=ticket.pk).order_by("-number").values_list("number", flat=True).first()
    Move.objects.create(
        ticket_id=ticket.pk,
        number=(last or 0) + 1,
        source=source,
        target=ticket.state,
        mover=mover,
        by_id=by.pk if by else None,
        reason=reason,
        at=at,
    )
    data = {"mover": str(mover)} | ({"reason": reason} if reason else {})
    if source:
        record("ticket.moved", ticket, by=by, data={"state": [str(source), str(ticket.state)], **data})
    else:
        record("ticket.opened", ticket, by=by, data=data)
