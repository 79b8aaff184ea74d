"""Saying how a request went."""

from django.db import transaction
from django.utils import timezone

from portal.audit.services import record
from portal.text import clean_text
from tickets.choices import TicketState
from tickets.models import Rating, Ticket
from tickets.services.moves import TicketRefused, locked

SCORES = range(1, 6)
WORDS_LENGTH = 1000


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
