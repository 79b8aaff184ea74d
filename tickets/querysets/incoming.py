"""Reads of what came in from outside."""

from datetime import datetime
from typing import Any, Self

from django.db import models

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from tickets.choices import TO_DECIDE, IncomingState


class IncomingQuerySet(models.QuerySet):
    """Messages from outside."""

    def for_desk(self, agent: Any) -> Self:
        """Return what came in for the bodies for which this person answers."""
        return self.filter(organisation__in=bodies_for(agent, Role.AGENT))

    def to_decide(self) -> Self:
        """Return what waits for a decision of staff."""
        return self.filter(state__in=TO_DECIDE)

    def due(self, moment: datetime) -> Self:
        """Return what nothing was made of yet and is to be tried by now."""
        return self.filter(state=IncomingState.NEW, due_at__lte=moment)

    def since(self, moment: datetime) -> Self:
        """Return what came in after this moment."""
        return self.filter(received_at__gt=moment)
