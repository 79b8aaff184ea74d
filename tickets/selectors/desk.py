"""The desk's queue: which requests, in which order, and how many of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.registry import InboxItem
from tickets.choices import TicketState
from tickets.models import Ticket

# Counting goes no further: “1,000+” tells an agent the same, and costs nothing on a million rows.
COUNT_TO = 1000
SOON = timedelta(hours=24)
PER_PAGE = 20
VIEWS = ("work", "mine", "unassigned", "breached", "soon", "waiting", "ended")

# The attribute of a user under which this number is kept for as long as the object lives, which is the request.
_WAITING = "_requests_waiting"


@dataclass(frozen=True)
class Tally:
    """A number of requests, or at least so many."""

    number: int

    @property
    def is_more(self) -> bool:
        """True when there are more than were counted."""
        return self.number > COUNT_TO

    @property
    def shown(self) -> int:
        """The number to show, before a plus where there are more."""
        return min(self.number, COUNT_TO)


def queue(agent: Any, view: str, *, moment: datetime | None = None) -> QuerySet[Ticket]:
    """Return the requests of one view of the desk, most urgent first; those that ended, the last first."""
    moment = moment or timezone.now()
    found = _view(Ticket.objects.for_desk(agent), agent, view, moment)
    if view == "ended":
        return found.order_by("-last_activity_at", "-pk")
    if view == "waiting":
        return found.order_by("state_since", "pk")
    return found.most_urgent_first()


def next_in_queue(agent: Any, ticket: Ticket, view: str) -> Ticket | None:
    """Return what comes first in this view besides this request; what a colleague holds is passed by."""
    moment = timezone.now()
    held = Q(claimed_until__gt=moment) & ~Q(claimed_by=agent)
    return queue(agent, view, moment=moment).exclude(pk=ticket.pk).exclude(held).first()


def tallies(agent: Any, *, moment: datetime | None = None) -> dict[str, Tally]:
    """Count each view of the desk, each as far as it is worth counting, in one query each."""
    moment = moment or timezone.now()
    base = Ticket.objects.for_desk(agent)
    found = {
        view: Tally(_view(base, agent, view, moment).order_by()[: COUNT_TO + 1].count())
        for view in VIEWS
        if view != "ended"
    }
    # The menu beside the desk shows the same number, and need not count it again for this page.
    setattr(agent, _WAITING, found["work"].number)
    return found


def inbox_count(agent: Any) -> int | None:
    """Return how many requests wait for this person's bodies, None for who answers none."""
    if not holds(agent, Role.AGENT):
        return None
    counted = getattr(agent, _WAITING, None)
    return (
        Ticket.objects.for_desk(agent).to_work_on().order_by()[: COUNT_TO + 1].count() if counted is None else counted
    )


def inbox_first(agent: Any, limit: int) -> list[InboxItem]:
    """Return the requests that are due first, overdue ones before all, for the start page of staff."""
    waiting = Ticket.objects.for_desk(agent).to_work_on().order_by(F("next_due_at").asc(nulls_last=True), "pk")
    return [
        InboxItem(
            title=Truncator(ticket.subject).chars(90) or ticket.reference,
            url=reverse("admin:tickets_ticket_desk", args=[ticket.code]),
            language=ticket.language if ticket.subject else "",
            due_at=ticket.next_due_at,
        )
        for ticket in waiting[:limit]
    ]


def _view(found: Any, agent: Any, view: str, moment: datetime) -> Any:
    if view == "ended":
        return found.ended()
    if view == "waiting":
        return found.filter(state=TicketState.WAITING)
    found = found.to_work_on()
    if view == "mine":
        return found.filter(assignee=agent)
    if view == "unassigned":
        return found.filter(assignee=None)
    if view == "breached":
        return found.filter(next_due_at__lt=moment)
    if view == "soon":
        return found.filter(next_due_at__gte=moment, next_due_at__lte=moment + SOON)
    return found
