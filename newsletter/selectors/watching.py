"""Alarms of canaries that nobody has settled."""

from typing import Any

from django.urls import reverse

from newsletter.models import CanaryAlarm
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for, holds
from portal.registry import InboxItem


def open_alarms() -> float:
    """Return how many stand open, for Prometheus."""
    return float(CanaryAlarm.objects.filter(settled_at=None).count())


def inbox_count(user: Any) -> int | None:
    """Return how many stand open in bodies for which the user edits; None for others."""
    if not holds(user, Role.EDITOR):
        return None
    return _of(user).count()


def inbox_first(user: Any, count: int) -> list[InboxItem]:
    """Return the oldest of them."""
    found = _of(user).select_related("mailing").order_by("raised_at")[:count]
    return [
        InboxItem(title=str(one), url=reverse("admin:newsletter_canaryalarm_change", args=[one.pk])) for one in found
    ]


def _of(user: Any) -> Any:
    return CanaryAlarm.objects.filter(settled_at=None, organisation__in=bodies_for(user, Role.EDITOR))
