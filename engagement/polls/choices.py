"""When results are shown, and the three answers of a vote question."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Results(models.TextChoices):
    """When everybody sees the results: the owner's published choice."""

    ALWAYS = "always", _("at once")
    AFTER_CLOSE = "after_close", _("after the close")


class Stance(models.TextChoices):
    """The answers of a consultation's question."""

    SUPPORT = "support", _("Support")
    NEUTRAL = "neutral", _("Neutral")
    OPPOSE = "oppose", _("Oppose")
