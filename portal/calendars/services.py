"""Giving a promise, and keeping it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from portal.calendars.choices import Level
from portal.calendars.models import Deadline


def promise(level: Level, *, start: datetime) -> Deadline:
    """Store a deadline of this level that runs from ``start``."""
    due_at, receipt = due_moment(level, start)
    return Deadline.objects.create(level=level, started_at=start, due_at=due_at, receipt=receipt)


def restart(deadline: Deadline, *, start: datetime) -> None:
    """Let a promise that nobody was given yet run from another moment."""
    deadline.started_at = start
    deadline.due_at, deadline.receipt = due_moment(Level(deadline.level), start)
    deadline.save(update_fields=["started_at", "due_at", "receipt"])


def meet(deadline: Deadline, *, at: datetime) -> None:
    """Mark it met; the first moment counts, a second call changes nothing."""
    if deadline.met_at is None:
        deadline.met_at = at
        deadline.save(update_fields=["met_at"])


def due_moment(level: Level, start: datetime) -> tuple[datetime, dict[str, object]]:
    """Return (due, receipt): clock hours for reports; weeks by the portal's wall clock for responses."""
    if level == Level.REPORT_OF_CONTENT:
        hours = settings.MODERATION_DECISION_HOURS
        return start + timedelta(hours=hours), {"rule": "clock", "amount": hours, "unit": "hours"}
    weeks = settings.CONSULTATION_RESPONSE_WEEKS
    local = start.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local + timedelta(weeks=weeks), {"rule": "calendar", "amount": weeks, "unit": "weeks"}
