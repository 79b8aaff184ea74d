"""Who of the staff is told of a request."""

from portal.accounts.choices import Role
from portal.accounts.models import Person
from tickets.choices import Stage
from tickets.models import Ticket

# An alarm goes to one team's size of people at most, not to a whole ministry.
MOST_TOLD = 50


def whom_to_tell(ticket: Ticket, stage: Stage) -> list[Person]:
    """Return who is told: first whoever has the request, then the team as well, at a breach the lead, then managers.

    A request that nobody has is everybody's: the team's, or all agents of the body.
    """
    found = [ticket.assignee] if ticket.assignee else []
    if stage != Stage.HALF or not found:
        found += _team(ticket)
    if stage in (Stage.BREACH, Stage.AFTER) and ticket.team and ticket.team.lead:
        found.append(ticket.team.lead)
    if stage == Stage.AFTER:
        found += _holders(ticket, Role.MANAGER)
    unique = {person.pk: person for person in found if person.is_active}
    return list(unique.values())[:MOST_TOLD]


def agents_of(ticket: Ticket) -> list[Person]:
    """Return those who answer for the body, or for the team the request lies with."""
    return _team(ticket)[:MOST_TOLD]


def _team(ticket: Ticket) -> list[Person]:
    if ticket.team_id:
        members = Person.objects.filter(memberships__team=ticket.team_id, is_active=True)
        return list(members.distinct().order_by("pk")[:MOST_TOLD])
    return _holders(ticket, Role.AGENT)


def _holders(ticket: Ticket, role: Role) -> list[Person]:
    """Return who holds a role in the body; where nobody does, who holds it in the ministry above it."""
    for organisation_id in filter(None, (ticket.organisation_id, ticket.organisation.parent_id)):
        people = Person.objects.filter(
            memberships__organisation=organisation_id, memberships__role=role, is_active=True
        )
        if found := list(people.distinct().order_by("pk")[:MOST_TOLD]):
            return found
    return []
