"""Reads of requests: who may see which is decided here."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from portal.accounts.choices import Role
from portal.accounts.rules import reach_of, spoken_for
from tickets.choices import ENDED_STATES, OPEN_STATES, PUBLIC_ENTRIES, WORK_STATES, TicketState
from tickets.querysets.lanes import lane


class TicketQuerySet(models.QuerySet):
    """Requests."""

    def visible_to(self, user: Any) -> Self:
        """Return a person's own requests, and those of the organisations they are the contact of.

        What staff may see is decided by ``for_desk``; what a secret link opens by ``opened_by``.
        """
        if not user.is_authenticated:
            return self.none()
        mine = Q(person=user)
        # Ids, not a query within the query: so the two parts are read from an index each.
        if organisations := spoken_for(user):
            mine |= Q(speaks_for__in=organisations)
        return self.filter(mine).exclude(state=TicketState.SPAM)

    def for_desk(self, agent: Any) -> Self:
        """Return the requests of the bodies for which this person answers."""
        reach = reach_of(agent, Role.AGENT)
        return self if reach is None else self.filter(organisation__in=reach)

    def open(self) -> Self:
        """Return those that are not over."""
        return self.filter(state__in=OPEN_STATES)

    def to_work_on(self) -> Self:
        """Return those in which somebody of ours has to do something."""
        return self.filter(state__in=WORK_STATES)

    def ended(self) -> Self:
        """Return those that are over."""
        return self.filter(state__in=ENDED_STATES)

    def leased(self, moment: datetime) -> Self:
        """Return those that somebody is answering at this moment."""
        return self.filter(claimed_until__gt=moment)

    def most_urgent_first(self) -> Self:
        """Order a queue: urgent kinds, then what is due first; what is breached is due before everything else."""
        return self.annotate(lane=lane()).order_by("lane", "next_due_at", "pk")

    def newest_first(self) -> Self:
        """Order a person's own list."""
        return self.order_by("-last_activity_at", "-pk")

    def for_queue(self) -> Self:
        """Load what a row of the desk's list shows: with each further table, planning takes twice as long."""
        return self.select_related("first_reply", "solution", "assignee", "claimed_by")

    def for_own_list(self) -> Self:
        """Load what a row of a person's own list shows."""
        return self.select_related("organisation", "person")

    def with_people(self) -> Self:
        """Load what the page of one request shows in the same query."""
        related = ("organisation", "person", "contact", "assignee", "first_reply", "solution", "claimed_by")
        return self.select_related(*related)


class EntryQuerySet(models.QuerySet):
    """Contributions to conversations."""

    def public(self) -> Self:
        """Return what the person sees: never a note."""
        return self.filter(kind__in=PUBLIC_ENTRIES)

    def in_order(self) -> Self:
        """Order them as they were written."""
        return self.order_by(F("created_at"), "pk")
