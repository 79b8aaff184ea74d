"""Reads of follows and notices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from portal.notifications.choices import NoticeState


class FollowQuerySet(models.QuerySet):
    """Follows."""

    def of_things(self, things: Iterable[tuple[str, str]]) -> Self:
        """Return the follows of any of these (kind, key)."""
        found = Q(pk__in=[])
        for kind, key in things:
            found |= Q(kind=kind, key=key)
        return self.filter(found)


class NoticeQuerySet(models.QuerySet):
    """Notices."""

    def due(self, moment: datetime) -> Self:
        """Return those that are to be looked at by now."""
        return self.filter(state=NoticeState.WAITING, due_at__lte=moment)

    def locked(self) -> Self:
        """Lock them in one order, so that two who change a person's notices do not wait for each other."""
        return self.order_by("pk").select_for_update(no_key=True)

    def shown(self) -> Self:
        """Return those that stand on the portal."""
        return self.exclude(state=NoticeState.LEFT_OUT)

    def unread(self) -> Self:
        """Return those that the person has not read."""
        return self.shown().filter(read_at=None)
