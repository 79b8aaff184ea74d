"""Units of a figure, which way is better, and states of a report."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.TextChoices):
    """What a value counts."""

    COUNT = "count", _("number")
    PERCENT = "percent", _("per cent")
    DAYS = "days", _("days")
    HOURS = "hours", _("hours")


class Direction(models.TextChoices):
    """Which way is better."""

    UP = "up", _("more is better")
    DOWN = "down", _("less is better")
    NONE = "none", _("neither")


class ReportState(models.TextChoices):
    """Where a report stands."""

    QUEUED = "queued", _("queued")
    BUILDING = "building", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
