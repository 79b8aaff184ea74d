"""A message with files, as one act."""

from collections.abc import Sequence

from django.db import transaction

from portal.accounts.models import Person
from portal.files.services import Accepted, keep_all
from tickets.models import Entry, Ticket
from tickets.services.asking import add_message


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
