"""States of a message in the outbox."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """Queued until claimed by a sender; sent, or failed for good."""

    QUEUED = "queued", _("queued")
    CLAIMED = "claimed", _("claimed")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


UNSENT_STATES = [MessageState.QUEUED, MessageState.CLAIMED]
