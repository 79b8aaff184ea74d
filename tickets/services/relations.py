"""Linking requests that have to do with each other, and undoing it."""

from django.db import transaction

from portal.accounts.models import Person
from portal.audit.services import record
from tickets.models import Ticket, TicketLink
from tickets.services.desk import of_ours
from tickets.services.moves import TicketRefused


@transaction.atomic
def link(ticket: Ticket, other: Ticket, *, by: Person) -> None:
    """Link two requests of bodies for which this person answers; linking them twice changes nothing.

    Raises ``TicketRefused`` with ``link`` for a request and itself, ``forbidden`` for another body's.
    """
    if ticket.pk == other.pk:
        raise TicketRefused("link")
    first, second = _both(ticket, other, by=by)
    _made, is_new = TicketLink.objects.get_or_create(one=first, other=second)
    if is_new:
        record("ticket.linked", ticket, by=by, data={"with": other.reference})


@transaction.atomic
def unlink(ticket: Ticket, other: Ticket, *, by: Person) -> None:
    """Undo a link; nothing happens where there is none. Raises ``TicketRefused("forbidden")``."""
    first, second = _both(ticket, other, by=by)
    if TicketLink.objects.filter(one=first, other=second).delete()[0]:
        record("ticket.unlinked", ticket, by=by, data={"from": other.reference})


def _both(ticket: Ticket, other: Ticket, *, by: Person) -> tuple[Ticket, Ticket]:
    """Return both, locked, always in the same order, so that two acts at once do not wait for each other."""
    first, second = sorted((ticket, other), key=lambda each: each.pk)
    return of_ours(first, by=by), of_ours(second, by=by)
