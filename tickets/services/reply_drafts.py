"""Keeping what an agent is writing, and the request for them while they write."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.text import clean_text, is_blank
from tickets.models import ReplyDraft, Ticket
from tickets.services.asking import TEXT_LENGTH
from tickets.services.desk import TicketTaken, claim, of_ours

# Nobody comes back to a reply begun so long ago, and it holds what people told us.
KEPT_FOR = timedelta(days=30)
# More than a reply may have, so that what is too long can still be shortened.
MOST = 2 * TEXT_LENGTH


@transaction.atomic
def keep_reply(ticket: Ticket, text: str, *, by: Person, once: str = "") -> Ticket:
    """Keep the draft in the place of the earlier one, and begin the lease anew; an empty text forgets it.

    Where a colleague holds the request the draft is kept all the same. What was sent already, by the same ``once``, is
    no draft any more. Raises ``TicketRefused("forbidden")``.
    """
    text = clean_text(text)[:MOST]
    ticket = of_ours(ticket, by=by)
    if once and ticket.entries.filter(once=once).exists():
        return ticket
    if is_blank(text):
        forget_reply(ticket, by=by)
        return ticket
    values = {"text": text, "saved_at": timezone.now()}
    ReplyDraft.objects.update_or_create(ticket=ticket, author=by, defaults=values)
    try:
        return claim(ticket, by=by) if ticket.is_open else ticket
    except TicketTaken:
        return ticket


def forget_reply(ticket: Ticket, *, by: Person) -> None:
    """Delete this person's draft in a request."""
    ReplyDraft.objects.filter(ticket=ticket, author=by).delete()


def purge_replies() -> int:
    """Delete drafts of replies that nobody touched for thirty days; return how many."""
    return ReplyDraft.objects.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()[0]
