"""Lost and leaked links: what is sent goes to the address on the request alone."""

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from tickets.choices import TicketState
from tickets.emails import tell_link
from tickets.models import Ticket
from tickets.rules import read_reference
from tickets.services.links import replace_link


def mail_link(reference: str, email: str) -> None:
    """Send the link when reference and address belong together, at most once an hour; tell nobody whether it was."""
    known = read_reference(reference)
    if known is None:
        return
    found = Ticket.objects.with_people().exclude(state=TicketState.SPAM).filter(reference=known).first()
    if found is None or found.recipient is None or found.secret_hash is None:
        return
    if email_key(found.recipient.email) == email_key(email):
        tell_link(found, key=f"ticket-link-{found.pk}-{timezone.now():%Y%m%d%H}")


@transaction.atomic
def renew_link(ticket: Ticket, *, by: Person | None) -> str:
    """Make a new link, return its token, and send it to the sender: who had the old one cannot keep them out."""
    token = replace_link(ticket, by=by)
    tell_link(ticket)
    return token
