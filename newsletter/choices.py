"""Subscriptions and issues: where they stand, and who may move them from where to where."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SubscriptionState(models.TextChoices):
    """Where a subscription stands. Only ``ACTIVE`` ones are written to."""

    PENDING = "pending", pgettext_lazy("subscription", "Waiting for confirmation")
    ACTIVE = "active", pgettext_lazy("subscription", "Active")
    PAUSED = "paused", pgettext_lazy("subscription", "Paused")
    LEFT = "left", pgettext_lazy("subscription", "Unsubscribed")
    ENDED = "ended", pgettext_lazy("subscription", "Ended: the address takes no mail")
    ERASED = "erased", pgettext_lazy("subscription", "Erased")


SUBSCRIPTION_MOVES = {
    SubscriptionState.PENDING: (SubscriptionState.ACTIVE, SubscriptionState.LEFT, SubscriptionState.ERASED),
    SubscriptionState.ACTIVE: (
        SubscriptionState.PAUSED,
        SubscriptionState.LEFT,
        SubscriptionState.ENDED,
        SubscriptionState.ERASED,
    ),
    SubscriptionState.PAUSED: (
        SubscriptionState.ACTIVE,
        SubscriptionState.LEFT,
        SubscriptionState.ENDED,
        SubscriptionState.ERASED,
    ),
    # Whoever left may change their mind; whoever comes back through the form confirms anew.
    SubscriptionState.LEFT: (SubscriptionState.ACTIVE, SubscriptionState.PENDING, SubscriptionState.ERASED),
    SubscriptionState.ENDED: (SubscriptionState.PENDING, SubscriptionState.ERASED),
    SubscriptionState.ERASED: (),
}


class Frequency(models.TextChoices):
    """How often a reader wants an issue."""

    WEEKLY = "weekly", _("Every Monday")
    MONTHLY = "monthly", _("The first Monday of the month")


class Source(models.TextChoices):
    """How somebody came to be on a list."""

    FORM = "form", _("The form on the portal")
    ACCOUNT = "account", _("Their account")
    CONTACT = "contact", _("The contact of their organisation")
    IMPORT = "import", _("Imported with a stated consent")
    STAFF = "staff", _("Staff, on request")


class ConsentAct(models.TextChoices):
    """What a person said or did about being written to, or what was done for them."""

    ASKED = "asked", _("Asked for it")
    CONFIRMED = "confirmed", _("Confirmed")
    IMPORTED = "imported", _("Imported, consent stated by the importer")
    CHANGED = "changed", _("Changed their choices")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Took it up again")
    LEFT = "left", _("Unsubscribed")
    RETURNED = "returned", _("Took the unsubscribing back")
    ENDED = "ended", _("Ended by the portal")
    ERASED = "erased", _("Erased")


class ImportState(models.TextChoices):
    """Where an import stands. Between ``CHECKED`` and ``APPLYING`` a person decides."""

    READING = "reading", pgettext_lazy("import", "Being read")
    REFUSED = "refused", pgettext_lazy("import", "Cannot be read")
    CHECKING = "checking", pgettext_lazy("import", "Being checked")
    CHECKED = "checked", pgettext_lazy("import", "Checked: waits for you")
    APPLYING = "applying", pgettext_lazy("import", "Being applied")
    DONE = "done", pgettext_lazy("import", "Applied")
    DISCARDED = "discarded", pgettext_lazy("import", "Discarded")


IMPORT_MOVES = {
    ImportState.READING: (ImportState.REFUSED, ImportState.CHECKING, ImportState.DISCARDED),
    ImportState.CHECKING: (ImportState.CHECKED, ImportState.DISCARDED),
    ImportState.CHECKED: (ImportState.APPLYING, ImportState.DISCARDED),
    ImportState.APPLYING: (ImportState.DONE,),
    ImportState.REFUSED: (),
    ImportState.DONE: (),
    ImportState.DISCARDED: (),
}


class Silence(models.TextChoices):
    """Why the copy of a canary is not known to have arrived."""

    MISSING = "missing", _("It did not arrive within an hour")
    MAILBOX = "mailbox", _("The mailbox in which it should be cannot be read")


class Verdict(models.TextChoices):
    """What becomes of a row of an import. Nobody but ``NEW`` ones is subscribed."""

    NEW = "new", _("New: is subscribed")
    KNOWN = "known", _("Subscribed already: nothing changes")
    LEFT = "left", _("Unsubscribed before: is never added again by others")
    SUPPRESSED = "suppressed", _("On the suppression list: is never written to")
    ADDRESS = "address", _("No e-mail address")
    LANGUAGE = "language", _("A language that the newsletter does not have")
    DUPLICATE = "duplicate", _("The same address stands in an earlier row")


class IssueState(models.TextChoices):
    """Where the issue of a week stands."""

    DRAFT = "draft", pgettext_lazy("newsletter issue", "Being written")
    SUBMITTED = "submitted", pgettext_lazy("newsletter issue", "Waiting for approval")
    APPROVED = "approved", pgettext_lazy("newsletter issue", "Approved")
    SENT = "sent", pgettext_lazy("newsletter issue", "Sent")
    MISSED = "missed", pgettext_lazy("newsletter issue", "Not approved in time: nothing went out")
    CANCELLED = "cancelled", pgettext_lazy("newsletter issue", "Cancelled")


# An approved issue goes back to be written until it begins to go out; a missed one may still be approved by hand.
ISSUE_MOVES = {
    IssueState.DRAFT: (IssueState.SUBMITTED, IssueState.MISSED, IssueState.CANCELLED),
    IssueState.SUBMITTED: (IssueState.DRAFT, IssueState.APPROVED, IssueState.MISSED, IssueState.CANCELLED),
    IssueState.APPROVED: (IssueState.DRAFT, IssueState.SENT, IssueState.CANCELLED),
    IssueState.MISSED: (IssueState.DRAFT, IssueState.SUBMITTED, IssueState.CANCELLED),
    IssueState.SENT: (),
    IssueState.CANCELLED: (),
}
# What may be edited.
WRITING_STATES = frozenset({IssueState.DRAFT, IssueState.MISSED})


class BlockKind(models.TextChoices):
    """What a part of an issue is."""

    LEAD = "lead", _("Opening")
    TEXT = "text", pgettext_lazy("part of an issue", "Text")
    QUESTION = "question", _("Question and answer")
    CALL = "call", _("Call to take part")
    FIGURE = "figure", pgettext_lazy("part of an issue", "Figure")
    LINKS = "links", _("List of links")
    IMAGE = "image", pgettext_lazy("part of an issue", "Image")
