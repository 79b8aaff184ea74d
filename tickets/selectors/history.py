"""What somebody asked here before, for the agents of the bodies that were asked."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import Contact, Person
from portal.accounts.querysets import email_key
from portal.registry import Deed, Tie, Whom
from portal.text import world_number
from tickets.models import Ticket


def whom_of(ticket: Ticket) -> Whom:
    """Return who sent a request, by all that is known of them."""
    recipient = ticket.recipient
    return Whom(
        person=ticket.person, email=recipient.email if recipient else "", phone=ticket.phone, besides=(ticket.code,)
    )


def requests_of(whom: Whom, viewer: Any, limit: int) -> list[Deed]:
    """Return the requests of this person, address or number at the viewer's desk, the newest first: three queries."""
    key, phone = _key(whom.email), world_number(whom.phone) or ""
    people = {whom.person.pk} if whom.person else set()
    same_address = set(Person.objects.filter(email_key=key).values_list("pk", flat=True)) if key else set()
    contacts = set(Contact.objects.filter(email_key=key).values_list("pk", flat=True)) if key else set()
    sender = Q(person__in=people | same_address) | Q(contact__in=contacts)
    if phone:
        sender |= Q(phone=phone)
    tickets = Ticket.objects.for_desk(viewer).filter(sender).exclude(code__in=whom.besides)
    found = tickets.order_by("-created_at", "-pk")[:limit]

    def tie(ticket: Ticket) -> Tie:
        if ticket.person_id in people:
            return Tie.ACCOUNT
        return Tie.EMAIL if ticket.person_id in same_address or ticket.contact_id in contacts else Tie.PHONE

    return [_deed(ticket, tie(ticket)) for ticket in found]


def _deed(ticket: Ticket, tie: Tie) -> Deed:
    return Deed(
        title=ticket.subject or ticket.reference,
        language=ticket.language if ticket.subject else "",
        url=reverse("admin:tickets_ticket_desk", args=[ticket.code]),
        at=ticket.created_at,
        note=ticket.get_state_display(),
        tie=tie,
    )


def _key(address: str) -> str:
    return email_key(address) if "@" in address else ""
