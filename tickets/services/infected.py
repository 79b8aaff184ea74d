"""Telling people that a virus was found in a file of a request."""

from portal.files.models import StoredFile
from tickets.choices import EntryKind
from tickets.emails import tell_infected, tell_staff_infected
from tickets.models import Entry
from tickets.selectors.staff import agents_of


def tell_of_infected(stored: StoredFile) -> None:
    """Tell who sent the file and who answers the request; what was never sent is told on its writer's page alone."""
    entries = Entry.objects.filter(files=stored).select_related(
        "ticket__person", "ticket__contact", "ticket__organisation", "ticket__assignee", "ticket__team"
    )
    for entry in entries:
        ticket = entry.ticket
        if entry.kind == EntryKind.MESSAGE:
            tell_infected(ticket, stored)
        for person in [ticket.assignee] if ticket.assignee else agents_of(ticket):
            tell_staff_infected(person, ticket, stored)
