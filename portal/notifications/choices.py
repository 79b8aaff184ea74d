"""What people are told of, when, and where a notice stands."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.messaging.choices import Way


class Subject(models.TextChoices):
    """What a notice is about; people choose for each how and when they are told."""

    REPLIES = "replies", _("Replies to my comments")
    DECISIONS = "decisions", _("Decisions on what I wrote")
    FOLLOWED = "followed", _("What I follow")
    OUTCOMES = "outcomes", _("What came of what I took part in")
    REQUESTS = "requests", _("My requests")


class Rhythm(models.TextChoices):
    """When somebody is told. ``NEVER`` goes with the portal alone: the notice stands there and nothing is sent."""

    AT_ONCE = "at_once", pgettext_lazy("notices", "At once")
    DAILY = "daily", pgettext_lazy("notices", "Once a day, together")
    WEEKLY = "weekly", pgettext_lazy("notices", "Once a week, together")
    NEVER = "never", pgettext_lazy("notices", "Never: on the portal only")


class NoticeState(models.TextChoices):
    """How a notice stands. ``TOLD``: a message of its own has said it; ``LEFT_OUT``: hidden before it was sent."""

    WAITING = "waiting", pgettext_lazy("notice", "Waiting to be sent")
    SITE = "site", pgettext_lazy("notice", "On the portal only")
    SENT = "sent", pgettext_lazy("notice", "Sent")
    TOLD = "told", pgettext_lazy("notice", "Told by a message of its own")
    LEFT_OUT = "left_out", pgettext_lazy("notice", "Hidden before it was sent")


class Stage(models.TextChoices):
    """How far a happening has been handed round."""

    TOOK_PART = "took_part", pgettext_lazy("happening", "To those who took part")
    FOLLOWERS = "followers", pgettext_lazy("happening", "To followers")
    DONE = "done", pgettext_lazy("happening", "Done")


@dataclass(frozen=True)
class Choice:
    """How and when somebody wants to be told of one subject."""

    way: Way
    rhythm: Rhythm


ON_SITE = Choice(Way.WEB, Rhythm.NEVER)
DEFAULTS = {
    Subject.REPLIES: Choice(Way.EMAIL, Rhythm.AT_ONCE),
    Subject.DECISIONS: Choice(Way.EMAIL, Rhythm.AT_ONCE),
    Subject.FOLLOWED: Choice(Way.EMAIL, Rhythm.DAILY),
    Subject.OUTCOMES: Choice(Way.EMAIL, Rhythm.AT_ONCE),
    Subject.REQUESTS: Choice(Way.EMAIL, Rhythm.AT_ONCE),
}
# These reach people in any case: a decision has to come to whom it concerns, and a request was asked to be answered.
ALWAYS_SENT = frozenset({Subject.DECISIONS, Subject.REQUESTS})
# Rhythms that gather notices until an hour of the day.
GATHERED = frozenset({Rhythm.DAILY, Rhythm.WEEKLY})
