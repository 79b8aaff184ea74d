"""Reads of cases: who may see which is decided here."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from moderation.choices import CaseState
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for


class CaseQuerySet(models.QuerySet):
    """Cases."""

    def for_moderator(self, user: Any) -> Self:
        """Return the cases of the bodies for which this person moderates."""
        return self.filter(organisation__in=bodies_for(user, Role.MODERATOR))

    def open(self) -> Self:
        """Return those that wait."""
        return self.filter(state=CaseState.OPEN)

    def decided(self) -> Self:
        """Return those that were decided, the last one first."""
        return self.filter(state=CaseState.DECIDED).order_by("-decided_at", "-pk")

    def about(self, kind: str, key: str) -> Self:
        """Return the cases of one thing."""
        return self.filter(kind=kind, key=key)

    def leased(self) -> Self:
        """Return those that somebody holds at this moment."""
        return self.filter(claimed_until__gt=timezone.now())

    def in_language(self, language: str) -> Self:
        """Return those written in this language; all without one."""
        return self.filter(language=language) if language else self

    def reported_for(self, ground_number: int | None) -> Self:
        """Return those with a report on this ground; all without one."""
        if ground_number is None:
            return self
        return self.filter(Exists(self._reports().filter(ground__number=ground_number)))

    def oldest_promise_first(self) -> Self:
        """Order the queue: what is due first comes first."""
        return self.order_by("deadline__due_at", "pk")

    def after(self, case: Any) -> Self:
        """Return those behind this case in the queue."""
        due = case.deadline.due_at
        return self.filter(Q(deadline__due_at__gt=due) | Q(deadline__due_at=due, pk__gt=case.pk))

    def for_rows(self) -> Self:
        """Load what a row shows in the same query, with the ground of the first report as ``first_ground``."""
        first = self._reports().order_by("pk").values("ground_id")[:1]
        related = ("deadline", "claimed_by", "organisation")
        return self.select_related(*related).annotate(first_ground=Subquery(first))

    def _reports(self) -> models.QuerySet:
        reports = self.model._meta.get_field("reports").related_model
        return reports.objects.filter(case=OuterRef("pk"))
