"""Reads of mailings and their deliveries."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from portal.mailings.choices import UNSENT_STATES, DeliveryState, MailingState


class MailingQuerySet(models.QuerySet):
    """Mailings."""

    def going_out(self, moment: datetime) -> Self:
        """Return those with something to do now: on their way, or ready since their start."""
        return self.filter(Q(state=MailingState.SENDING) | Q(state=MailingState.READY, start_at__lte=moment))


class DeliveryQuerySet(models.QuerySet):
    """Copies for recipients."""

    def due(self, moment: datetime) -> Self:
        """Return those to be sent by now, and those whose sender took them and never came back."""
        waits = Q(state__in=[DeliveryState.QUEUED, DeliveryState.DEFERRED], due_at__lte=moment)
        return self.filter(waits | Q(state=DeliveryState.CLAIMED, claimed_until__lte=moment))

    def unsent(self) -> Self:
        """Return those of which nobody knows yet how they end."""
        return self.filter(state__in=UNSENT_STATES)

    def in_doubt(self) -> Self:
        """Return those that were in flight when their sender was killed: their recipients may have two copies."""
        return self.filter(doubts__gt=0)
