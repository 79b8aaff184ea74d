"""States of a file."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """What is known of a file's safety. Only files made or sent by staff are stored so far, without a scanner."""

    NOT_CONFIGURED = "none", _("not scanned")
    CLEAN = "clean", _("clean")
    INFECTED = "infected", _("infected")
