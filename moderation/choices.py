"""States of a case and outcomes of a decision."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseState(models.TextChoices):
    """A case waits, or has been decided."""

    OPEN = "open", _("waiting")
    DECIDED = "decided", _("decided")


class Outcome(models.TextChoices):
    """What a decision does."""

    HIDE = "hide", _("Hide")
    KEEP = "keep", _("Keep")
    RESTORE = "restore", _("Show again")
