"""States of a message in the outbox, and the ways by which messages go and come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """Queued until claimed by a sender; sent, or failed for good; what was sent may come back or be reported."""

    QUEUED = "queued", _("queued")
    CLAIMED = "claimed", _("claimed")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    BOUNCED = "bounced", _("came back")
    COMPLAINED = "complained", _("reported as unwanted")


class Way(models.TextChoices):
    """By what messages go out and come in; the values are those of a request's channels."""

    WEB = "web", _("Portal")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")


# Those that go to a telephone number instead of an address.
BY_NUMBER = frozenset({Way.SMS, Way.WHATSAPP})
UNSENT_STATES = [MessageState.QUEUED, MessageState.CLAIMED]
