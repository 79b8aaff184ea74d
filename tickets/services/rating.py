"""Saying how a request went."""

from django.db import transaction
from django.utils import timezone

from portal.audit.services import record
from portal.registry.asking import ask_after
from portal.text import clean_text
from tickets.choices import TicketState
from tickets.emails import goes_to_number
from tickets.models import Rating, Ticket
from tickets.services.moves import TicketRefused, locked

SCORES = range(1, 6)
WORDS_LENGTH = 1000
# What a survey can follow.
TRIGGER = "request_closed"


@transaction.atomic
def rate(ticket: Ticket, score: int, *, text: str = "") -> Rating:
    """Keep what the sender thinks of how it went, 1 (very poor) to 5 (very good); a second answer replaces the first.

    Raises ``TicketRefused`` with ``state`` for a request that is not solved or closed, and with ``score``.
    """
    if score not in SCORES:
        raise TicketRefused("score")
    ticket = locked(ticket)
    if ticket.state not in (TicketState.SOLVED, TicketState.CLOSED):
        raise TicketRefused("state")
    ended_at = ticket.solved_at or ticket.closed_at
    words = clean_text(text)[:WORDS_LENGTH]
    before = Rating.objects.filter(ticket=ticket, ended_at=ended_at).first()
    rating, _ = Rating.objects.update_or_create(
        ticket=ticket, ended_at=ended_at, defaults={"score": score, "text": words, "created_at": timezone.now()}
    )
    # The same again leaves no trace: whoever has the link cannot fill the trail with it.
    if before is None or before.score != score:
        record("ticket.rated", ticket, by=None, data={"score": score})
    return rating


def ask_how_it_went(ticket: Ticket) -> bool:
    """Have a survey ask about a closed request, where one follows requests; tell whether nobody else need ask.

    Whoever has said it already is asked by nobody, and whoever is told things by short messages gets no mail.
    """
    if Rating.objects.filter(ticket=ticket, ended_at=ticket.solved_at or ticket.closed_at).exists():
        return True
    recipient = None if goes_to_number(ticket) else ticket.recipient
    return ask_after(
        TRIGGER, ticket.code, recipient=recipient, language=ticket.language, organisation=ticket.organisation
    )
