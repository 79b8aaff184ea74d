"""Reads of cases: who may see which is decided here."""

from typing import Any, Self

from django.db import models

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

    def oldest_promise_first(self) -> Self:
        """Order the queue: what is due first comes first."""
        return self.order_by("deadline__due_at", "pk")
