"""Who gets the next request."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Person
from tickets.choices import TicketState
from tickets.models import Ticket
from tickets.services.desk import assign, claim


@transaction.atomic
def take_next(*, by: Person) -> Ticket | None:
    """Give this person the most urgent request that nobody has, and hold it for them; None when there is none.

    A row that another agent is being given at this moment is passed by, so two never get the same. What lies with a
    team goes to its members, and what waits for another body to nobody.
    """
    moment = timezone.now()
    teams = by.memberships.filter(team__isnull=False).values("team")
    free = (
        Ticket.objects.for_desk(by)
        .to_work_on()
        .exclude(state=TicketState.ELSEWHERE)
        .filter(
            Q(team=None) | Q(team__in=teams),
            Q(claimed_until=None) | Q(claimed_until__lte=moment) | Q(claimed_by=by),
            assignee=None,
        )
    )
    found = free.most_urgent_first().select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if found is None:
        return None
    return claim(assign(found, to=by, team=found.team, by=by), by=by)
