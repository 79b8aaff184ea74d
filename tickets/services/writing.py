"""A message or a reply with files, as one act."""

from collections.abc import Sequence

from django.db import transaction

from portal.accounts.models import Person
from portal.files.services import Accepted, keep_all
from tickets.choices import TicketState
from tickets.models import Entry, Ticket
from tickets.services import desk
from tickets.services.asking import add_message
from tickets.services.reply_drafts import forget_reply


@transaction.atomic
def write_message(
    ticket: Ticket, text: str, *, person: Person | None, language: str, files: Sequence[Accepted], once: str
) -> Entry:
    """Store checked files and add a message with them; the same ``once`` again stores nothing.

    Raises what ``add_message`` refuses, and ``FileRefused`` when a file cannot be stored: then nothing is written.
    """
    is_known = bool(once) and ticket.entries.filter(once=once).exists()
    stored = [] if is_known else keep_all(files)
    return add_message(ticket, text, person=person, language=language, files=stored, once=once)


@transaction.atomic
def write_reply(
    ticket: Ticket,
    text: str,
    *,
    by: Person,
    then: TicketState,
    files: Sequence[Accepted] = (),
    once: str = "",
    prepared: Sequence[str] = (),
) -> Entry:
    """Store checked files and answer with them; the draft of the reply goes.

    Raises what ``desk.reply`` refuses, and ``FileRefused`` when a file cannot be stored: then nothing is sent.
    """
    is_known = bool(once) and ticket.entries.filter(once=once).exists()
    stored = [] if is_known else keep_all(files)
    entry = desk.reply(ticket, text, by=by, then=then, files=stored, once=once, prepared=prepared)
    forget_reply(ticket, by=by)
    return entry
