"""Calendars and service levels; deadlines and their ledgers."""

from portal.calendars.models.calendars import Calendar, DatedHours, Holiday, ServiceLevel, Window, minutes
from portal.calendars.models.deadlines import Breach, Deadline, Promise, Reason, Recount, Wait

__all__ = [
    "Breach",
    "Calendar",
    "DatedHours",
    "Deadline",
    "Holiday",
    "Promise",
    "Reason",
    "Recount",
    "ServiceLevel",
    "Wait",
    "Window",
    "minutes",
]
