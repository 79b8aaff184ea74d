"""Reads of answers."""

from datetime import date
from typing import Self

from django.db import models

from surveys.choices import SheetState


class DraftQuerySet(models.QuerySet):
    """Unfinished answers."""

    def unfinished(self) -> Self:
        """Return those that can be gone on with."""
        return self.filter(is_done=False)

    def untouched_since(self, day: date) -> Self:
        """Return those that nobody has gone on with since this day, and those that are done."""
        return self.filter(models.Q(touched_on__lt=day) | models.Q(is_done=True))


class SheetQuerySet(models.QuerySet):
    """Sheets of answers."""

    def counted(self) -> Self:
        """Return those that are in the results."""
        return self.exclude(state=SheetState.REFUSED)
