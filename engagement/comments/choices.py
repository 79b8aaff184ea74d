"""States of a comment and ways to sort a thread."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CommentState(models.TextChoices):
    """Whether the text is shown. Nothing is deleted: a comment that is not shown keeps its place in the thread."""

    VISIBLE = "visible", _("visible")
    HELD = "held", _("held for review")
    HIDDEN = "hidden", _("hidden")
    REDACTED = "redacted", _("passage hidden")
    WITHDRAWN = "withdrawn", _("withdrawn by the author")
    ERASED = "erased", _("erased with the account")


# States in which the text is shown, and in which a comment may be answered and voted on.
SHOWN_STATES = [CommentState.VISIBLE, CommentState.REDACTED]


class Sort(models.TextChoices):
    """Orders of a thread."""

    BEST = "best", _("Best")
    NEWEST = "newest", _("Newest")
    DISCUSSED = "discussed", _("Most discussed")
