"""Reads of announcements: which of them everybody sees is decided here and nowhere else."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Min, Q


class AnnouncementQuerySet(models.QuerySet):
    """Announcements."""

    def begun(self, moment: datetime) -> Self:
        """Return those everybody may read who has the address, the expired ones too."""
        return self.filter(is_public=True, shown_from__lte=moment)

    def current(self, moment: datetime) -> Self:
        """Return those that are shown at this moment, pinned ones first, then the newest."""
        lasting = self.begun(moment).filter(Q(expires_at=None) | Q(expires_at__gt=moment))
        return lasting.order_by("-is_pinned", "-shown_from", "-id")

    def next_turn(self, moment: datetime) -> datetime | None:
        """Return when the next one appears or expires after this moment; None when none does."""
        found = self.filter(is_public=True).aggregate(
            appears=Min("shown_from", filter=Q(shown_from__gt=moment)),
            expires=Min("expires_at", filter=Q(expires_at__gt=moment)),
        )
        return min((turn for turn in found.values() if turn is not None), default=None)
