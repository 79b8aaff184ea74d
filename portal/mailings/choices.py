"""Where a mailing stands, where each of its deliveries stands, and why one was not made."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MailingState(models.TextChoices):
    """From written to sent. ``LATE`` waits for a person, who lets it go out or cancels it."""

    PREPARED = "prepared", pgettext_lazy("mailing", "Prepared")
    READY = "ready", pgettext_lazy("mailing", "Ready to be sent")
    SENDING = "sending", pgettext_lazy("mailing", "Being sent")
    PAUSED = "paused", pgettext_lazy("mailing", "Paused")
    LATE = "late", pgettext_lazy("mailing", "Too late: a person decides")
    SENT = "sent", pgettext_lazy("mailing", "Sent")
    CANCELLED = "cancelled", pgettext_lazy("mailing", "Cancelled")


# From where to where; what is not here is refused.
MAILING_MOVES = {
    MailingState.PREPARED: (MailingState.READY, MailingState.CANCELLED),
    MailingState.READY: (MailingState.PREPARED, MailingState.SENDING, MailingState.LATE, MailingState.CANCELLED),
    MailingState.SENDING: (MailingState.PAUSED, MailingState.LATE, MailingState.SENT, MailingState.CANCELLED),
    MailingState.PAUSED: (MailingState.SENDING, MailingState.CANCELLED),
    MailingState.LATE: (MailingState.SENDING, MailingState.CANCELLED),
    MailingState.SENT: (),
    MailingState.CANCELLED: (),
}
# Nothing goes out of these any more.
ENDED_STATES = frozenset({MailingState.SENT, MailingState.CANCELLED})


class DeliveryState(models.TextChoices):
    """What became of one recipient's copy."""

    QUEUED = "queued", pgettext_lazy("delivery", "Waiting")
    CLAIMED = "claimed", pgettext_lazy("delivery", "Being sent")
    SENT = "sent", pgettext_lazy("delivery", "Handed to the mail relay")
    DEFERRED = "deferred", pgettext_lazy("delivery", "Tried, to be tried again")
    BOUNCED = "bounced", pgettext_lazy("delivery", "Came back")
    COMPLAINED = "complained", pgettext_lazy("delivery", "Reported as unwanted")
    SKIPPED = "skipped", pgettext_lazy("delivery", "Not sent")


UNSENT_STATES = frozenset({DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.DEFERRED})


class Reason(models.TextChoices):
    """Why a copy was not sent, or came back."""

    SUPPRESSED = "suppressed", _("The address is on the suppression list")
    LANGUAGE = "language", _("There is no edition in this language")
    LEFT = "left", _("Unsubscribed before it was sent")
    CANCELLED = "cancelled", _("The mailing was cancelled")
    ADDRESS = "address", _("No mail can be sent to this address")
    REFUSED = "refused", _("The mail relay refused it")
    TRIES = "tries", _("The mail relay put it off too often")
    UNKNOWN = "unknown", _("The address does not exist any more")
    RETURNED = "returned", _("It came back as undeliverable")
    COMPLAINT = "complaint", _("The recipient reported it as unwanted")
    ERASED = "erased", _("Its owner asked to be forgotten")
    DOUBT = "doubt", _("It may have arrived twice already: it was not sent a third time")


# Those after which an address is never written to again.
FINAL_REASONS = frozenset({Reason.UNKNOWN, Reason.COMPLAINT})
# Why an address may stand on the suppression list.
SUPPRESSING_REASONS = (*sorted(FINAL_REASONS), Reason.ERASED)
