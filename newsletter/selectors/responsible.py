"""Who writes and approves an issue."""

from newsletter.models import Issue
from portal.accounts.choices import Role
from portal.accounts.models import Person

# Mail to those responsible goes to a handful, not to a whole ministry.
MOST_TOLD = 50


def editors(issue: Issue) -> list[Person]:
    """Return who may write it or approve it."""
    return _holders(issue, (Role.EDITOR, Role.MANAGER))


def approvers(issue: Issue) -> list[Person]:
    """Return who may approve it now: all but the one who submitted it."""
    return [person for person in editors(issue) if person.pk != issue.submitted_by_id]


def _holders(issue: Issue, roles: tuple[Role, ...]) -> list[Person]:
    found = Person.objects.filter(
        memberships__organisation=issue.organisation, memberships__role__in=roles, is_active=True
    )
    return list(found.distinct().order_by("pk")[:MOST_TOLD])
