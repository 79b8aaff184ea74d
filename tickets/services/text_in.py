"""What becomes of a message from a telephone number: part of the request that this number follows, or a new one."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.messaging.channels import is_on
from portal.text import clean_line, clean_text, is_blank
from tickets.choices import Channel, IncomingState, TicketKind, TicketState, Why
from tickets.models import SUBJECT_LENGTH, Incoming, Ticket
from tickets.rules import may_write
from tickets.selectors.letters import language_of
from tickets.services.asking import TEXT_LENGTH, Asked, Sender, add_message, open_ticket
from tickets.services.bodies import default_body
from tickets.services.mail_in import HOUR, MOST_ACKNOWLEDGED, MOST_ANSWERS, MOST_NEW, read_raw

BY_NUMBER = (Channel.SMS, Channel.WHATSAPP)
_RECENT = timedelta(days=400)


def take_text(row: Incoming) -> None:
    """Decide about a locked row and act; the caller saves it."""
    said = json.loads(read_raw(row))
    row.identity, row.organisation = row.sha256, default_body()
    row.sender = row.sender_key = said["from"]
    text = clean_text(said["text"])[:TEXT_LENGTH]
    row.subject = clean_line(text)[:SUBJECT_LENGTH]
    if is_blank(text):
        row.state, row.why = IncomingState.IGNORED, Why.BROKEN
        return
    ticket = _followed_by(row.sender)
    recent = Incoming.objects.since(timezone.now() - HOUR).filter(sender_key=row.sender, state=IncomingState.TAKEN)
    if recent.count() >= (MOST_NEW if ticket is None else MOST_ANSWERS):
        row.state, row.why, row.ticket = IncomingState.HELD, Why.MANY, ticket
    elif ticket is not None:
        entry = add_message(
            ticket, text, person=ticket.person, channel=Channel(row.channel), once=f"text-{row.identity}"
        )
        row.state, row.ticket, row.entry = IncomingState.TAKEN, entry.ticket, entry
    else:
        _open(row, text)


def _open(row: Incoming, text: str) -> None:
    receipt = open_ticket(asked_by(row, text), Sender(phone=row.sender))
    row.state, row.ticket = IncomingState.TAKEN, receipt.ticket
    row.entry = receipt.ticket.entries.order_by("pk").first()


def asked_by(row: Incoming, text: str) -> Asked:
    """Return what a message from a number asks."""
    told = Incoming.objects.filter(sender_key=row.sender, acknowledged_at__gt=timezone.now() - HOUR).count()
    acknowledge = is_on(row.channel) and told < MOST_ACKNOWLEDGED
    row.acknowledged_at = timezone.now() if acknowledge else None
    return Asked(
        kind=TicketKind.ENQUIRY,
        subject=row.subject,
        text=text,
        language=language_of(text),
        organisation=row.organisation,
        channel=Channel(row.channel),
        reply_by=Channel(row.channel),
        acknowledge=acknowledge,
        once=f"text-{row.identity}",
    )


def _followed_by(number: str) -> Ticket | None:
    """Return the request that its sender follows by this number, the last active; none that only names it.

    A number typed into a form may be somebody else's. One to which the portal's messages went knows of the request.
    """
    theirs = Ticket.objects.with_people().filter(phone=number, reply_by__in=BY_NUMBER)
    recent: Any = theirs.exclude(state=TicketState.SPAM).filter(last_activity_at__gt=timezone.now() - _RECENT)
    found = recent.order_by("-last_activity_at", "-pk").first()
    return found if found is not None and may_write(_last(found), timezone.now()) else None


def _last(ticket: Ticket) -> Ticket:
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket
