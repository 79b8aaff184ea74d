"""Reads of the outbox."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from portal.messaging.choices import MessageState


class MessageQuerySet(models.QuerySet):
    """Messages."""

    def due(self, moment: datetime) -> Self:
        """Return those to be sent by now, and those whose sender took them and never came back."""
        return self.filter(
            Q(state=MessageState.QUEUED, due_at__lte=moment) | Q(state=MessageState.CLAIMED, claimed_until__lte=moment)
        )
