"""What is kept of one person in requests."""

from typing import Any

from portal.accounts.models import Person
from tickets.models import Entry, Ticket


def requests_of(person: Person) -> list[dict[str, Any]]:
    """Return a person's requests with the conversations as they see them: never a note among staff."""
    tickets = Ticket.objects.filter(person=person).select_related("organisation").order_by("pk")
    entries: dict[int, list[Entry]] = {}
    for entry in Entry.objects.filter(ticket__in=tickets).public().in_order().prefetch_related("files"):
        entries.setdefault(entry.ticket_id, []).append(entry)
    return [
        {
            "reference": ticket.reference,
            "kind": ticket.kind,
            "state": ticket.state,
            "body": ticket.organisation.code,
            "subject": ticket.subject,
            "phone": ticket.phone,
            "created_at": ticket.created_at.isoformat(),
            "conversation": [
                {
                    "kind": entry.kind,
                    "at": entry.created_at.isoformat(),
                    "text": entry.text,
                    "files": [stored.name for stored in entry.files.all()],
                }
                for entry in entries.get(ticket.pk, [])
            ],
        }
        for ticket in tickets
    ]
