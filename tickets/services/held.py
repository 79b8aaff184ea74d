"""What staff decide about what was held back: part of a request, a new request, or nothing. Each is in the trail."""

import json
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from portal.accounts.choices import Role
from portal.accounts.models import Person
from portal.accounts.rules import holds
from portal.audit.services import record
from portal.text import clean_text
from tickets.choices import DISCARD_REASONS, Channel, IncomingState, Why
from tickets.models import Incoming, Ticket
from tickets.selectors.letters import Letter, Unreadable, first_look, read_letter
from tickets.services.asking import TEXT_LENGTH, Sender, add_message, open_ticket
from tickets.services.mail_in import addresses_on, join, open_from, read_raw
from tickets.services.moves import TicketRefused
from tickets.services.text_in import asked_by


@transaction.atomic
def accept_into(row: Incoming, ticket: Ticket, *, by: Person) -> Ticket:
    """Make a held message part of a request of a body one answers for; return the request in which it stands.

    The words of somebody who is not on the request are put down in the name of whoever accepts them. Raises
    ``TicketRefused`` with ``forbidden``, ``settled``, ``over`` or ``blank``.
    """
    row = _locked(row, by=by)
    if not holds(by, Role.AGENT, organisation=ticket.organisation):
        raise TicketRefused("forbidden")
    if row.is_mail:
        is_theirs = row.sender in addresses_on(ticket)
        join(row, letter_of(row), ticket, person=ticket.person if is_theirs else by)
    else:
        entry = add_message(ticket, text_of(row), person=by, channel=Channel(row.channel), once=f"text-{row.sha256}")
        row.state, row.ticket, row.entry = IncomingState.TAKEN, entry.ticket, entry
    _settle(row)
    record("mail.joined", row, by=by, data={"into": row.ticket.reference})
    return row.ticket


@transaction.atomic
def open_request(row: Incoming, *, by: Person) -> Ticket:
    """Open a request for a held message; its sender is told, unless a machine wrote it.

    Raises ``TicketRefused`` with ``forbidden``, ``settled``, ``sender`` where nobody could be answered.
    """
    row = _locked(row, by=by)
    if not row.sender:
        raise TicketRefused("sender")
    if row.is_mail:
        # What it seemed to answer is not its sender's: the new request has nothing to do with it.
        open_from(row, letter_of(row), by=by)
    else:
        receipt = open_ticket(asked_by(row, text_of(row)), Sender(phone=row.sender), by=by)
        row.state, row.ticket = IncomingState.TAKEN, receipt.ticket
        row.entry = receipt.ticket.entries.order_by("pk").first()
    _settle(row)
    record("mail.opened", row, by=by, data={"as": row.ticket.reference})
    return row.ticket


@transaction.atomic
def discard(row: Incoming, *, why: Why, by: Person) -> Incoming:
    """Say that nothing becomes of a held message, and why; its raw bytes are kept for 90 days.

    Raises ``TicketRefused`` with ``forbidden``, ``settled`` or ``reason``.
    """
    if why not in DISCARD_REASONS:
        raise TicketRefused("reason")
    row = _locked(row, by=by)
    row.state, row.why = IncomingState.DISCARDED, why
    _settle(row)
    record("mail.discarded", row, by=by, data={"reason": str(why)})
    return row


def letter_of(row: Incoming) -> Letter:
    """Return a mail as it is taken; of one that is not whole or not readable only what its headers say."""
    raw = read_raw(row)
    try:
        if row.is_whole:
            return read_letter(raw)
    except Unreadable:
        pass
    return replace(first_look(raw), text="")


def text_of(row: Incoming) -> str:
    """Return the words of a message from a number."""
    return clean_text(json.loads(read_raw(row))["text"])[:TEXT_LENGTH]


def _locked(row: Incoming, *, by: Person) -> Incoming:
    row = Incoming.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation").get(pk=row.pk)
    if row.organisation is None or not holds(by, Role.AGENT, organisation=row.organisation):
        raise TicketRefused("forbidden")
    if not row.to_decide:
        raise TicketRefused("settled")
    return row


def _settle(row: Incoming) -> None:
    row.settled_at = timezone.now()
    row.save()
