"""Reads of deadlines."""

from typing import Self

from django.db import models
from django.utils import timezone


class DeadlineQuerySet(models.QuerySet):
    """Deadlines by where they stand."""

    def running(self) -> Self:
        """Return those not met yet."""
        return self.filter(met_at=None)

    def overdue(self) -> Self:
        """Return those not met whose moment has passed."""
        return self.running().filter(due_at__lt=timezone.now())
