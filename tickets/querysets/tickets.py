"""Reads of requests: who may see which is decided here."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, IntegerField, Q, Value, When

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from tickets.choices import OPEN_STATES, PUBLIC_ENTRIES, URGENT_KINDS, WORK_STATES, TicketState


class TicketQuerySet(models.QuerySet):
    """Requests."""

    def visible_to(self, user: Any) -> Self:
        """Return a person's own requests, and those of the organisations they are the contact of.

        What staff may see is decided by ``for_desk``; what a secret link opens by ``opened_by``.
        """
        if not user.is_authenticated:
            return self.none()
        spoken_for = user.memberships.filter(role=Role.CONTACT).values("organisation")
        return self.filter(Q(person=user) | Q(speaks_for__in=spoken_for)).exclude(state=TicketState.SPAM)

    def for_desk(self, agent: Any) -> Self:
        """Return the requests of the bodies for which this person answers."""
        return self.filter(organisation__in=bodies_for(agent, Role.AGENT))

    def open(self) -> Self:
        """Return those that are not over."""
        return self.filter(state__in=OPEN_STATES)

    def to_work_on(self) -> Self:
        """Return those in which somebody of ours has to do something."""
        return self.filter(state__in=WORK_STATES)

    def leased(self, moment: datetime) -> Self:
        """Return those that somebody is answering at this moment."""
        return self.filter(claimed_until__gt=moment)

    def most_urgent_first(self) -> Self:
        """Order a queue: urgent kinds, then what is due first; what is breached is due before everything else."""
        lane = Case(When(kind__in=URGENT_KINDS, then=Value(0)), default=Value(1), output_field=IntegerField())
        return self.annotate(lane=lane).order_by("lane", "next_due_at", "pk")

    def newest_first(self) -> Self:
        """Order a person's own list."""
        return self.order_by("-last_activity_at", "-pk")

    def with_people(self) -> Self:
        """Load what a row shows in the same query."""
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
