"""Requests from texts that were written elsewhere on the portal: what support offers to moderation."""

from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.text import Truncator

from portal.registry import Intake, Passed
from portal.text import clean_line
from tickets.choices import TicketKind
from tickets.models import SUBJECT_LENGTH, Ticket
from tickets.services.asking import Asked, Sender, open_ticket

_SUBJECT = min(90, SUBJECT_LENGTH)


def open_from(
    *, choice: str, text: str, language: str, author: Any, organisation: Any, source: tuple[str, str], by: Any
) -> Passed:
    """Open a request in the name of who wrote the text, once for each source; its author gets the receipt."""
    asked = Asked(
        kind=TicketKind(choice),
        subject=Truncator(clean_line(text)).chars(_SUBJECT),
        text=text,
        language=language,
        organisation=organisation,
        once=_once(source),
        passed_on=True,
    )
    receipt = open_ticket(asked, Sender(person=author), by=by)
    return Passed(receipt.ticket.reference, receipt.ticket.created_at, receipt.is_new)


def passed(source: tuple[str, str]) -> Passed | None:
    """Return the request that was opened from this source, None where none was."""
    found = Ticket.objects.filter(once=_once(source)).only("reference", "created_at").first()
    return Passed(found.reference, found.created_at, is_new=False) if found else None


def _choices() -> list[tuple[str, Any]]:
    return [(kind.value, kind.label) for kind in TicketKind]


def _once(source: tuple[str, str]) -> str:
    # Forms carry such a word too, and anybody can send one: nobody may take this place, or ask whose it is.
    return f"from-{salted_hmac('tickets.intake', ':'.join(source), algorithm='sha256').hexdigest()}"


INTAKE = Intake(choices=_choices, default=TicketKind.COMPLAINT, open=open_from, passed=passed)
