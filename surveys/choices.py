"""What a survey can be and ask, where it stands, and who may move it from where to where."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The name under which surveys own urns, whose codes are theirs: see docs/decisions/0024.
URN = "surveys"


class Status(models.TextChoices):
    """What staff decided: stored. Scheduled, open and closed follow from dates and quota of a published one."""

    DRAFT = "draft", pgettext_lazy("survey", "Draft")
    LIVE = "live", pgettext_lazy("survey", "Published")
    PAUSED = "paused", pgettext_lazy("survey", "Paused")
    CLOSED = "closed", pgettext_lazy("survey", "Closed")
    RESULTS = "results", pgettext_lazy("survey", "Results published")


class State(models.TextChoices):
    """Where it stands for everybody."""

    DRAFT = "draft", pgettext_lazy("survey", "Draft")
    SCHEDULED = "scheduled", pgettext_lazy("survey", "Scheduled")
    OPEN = "open", pgettext_lazy("survey", "Open")
    PAUSED = "paused", pgettext_lazy("survey", "Paused")
    CLOSED = "closed", pgettext_lazy("survey", "Closed")
    RESULTS = "results", pgettext_lazy("survey", "Results published")


PUBLIC_STATES = [State.SCHEDULED, State.OPEN, State.PAUSED, State.CLOSED, State.RESULTS]
PUBLIC_STATUSES = [Status.LIVE, Status.PAUSED, Status.CLOSED, Status.RESULTS]


class Act(models.TextChoices):
    """What staff do with a survey; each is a move of the table below."""

    PUBLISH = "publish", _("Publish")
    TAKE_BACK = "take_back", _("Take back to draft")
    PAUSE = "pause", _("Pause")
    RESUME = "resume", _("Resume")
    CLOSE = "close", _("Close now")
    REOPEN = "reopen", _("Open again")
    PUBLISH_RESULTS = "publish_results", _("Publish the results")
    WITHDRAW_RESULTS = "withdraw_results", _("Withdraw the results")


@dataclass(frozen=True)
class Move:
    """From which states an act leads to which status, and the word under which the trail keeps it."""

    states: frozenset[State]
    status: Status
    verb: str


MOVES = {
    Act.PUBLISH: Move(frozenset({State.DRAFT}), Status.LIVE, "published"),
    # Only before it opens: nobody can have answered yet.
    Act.TAKE_BACK: Move(frozenset({State.SCHEDULED}), Status.DRAFT, "draft"),
    Act.PAUSE: Move(frozenset({State.OPEN}), Status.PAUSED, "paused"),
    Act.RESUME: Move(frozenset({State.PAUSED}), Status.LIVE, "resumed"),
    Act.CLOSE: Move(frozenset({State.OPEN, State.PAUSED}), Status.CLOSED, "closed"),
    Act.REOPEN: Move(frozenset({State.CLOSED}), Status.LIVE, "reopened"),
    Act.PUBLISH_RESULTS: Move(frozenset({State.CLOSED}), Status.RESULTS, "results_published"),
    Act.WITHDRAW_RESULTS: Move(frozenset({State.RESULTS}), Status.CLOSED, "results_withdrawn"),
}


class Audience(models.TextChoices):
    """Who may answer."""

    EVERYONE = "everyone", _("Everyone")
    SIGNED_IN = "signed_in", _("People with an account")
    VERIFIED = "verified", _("People whose identity is verified")
    INVITED = "invited", _("Those who were invited")
    MEMBERS = "members", _("Members of organisations")


class Mode(models.TextChoices):
    """Whether answers are tied to the person who gave them."""

    ANONYMOUS = "anonymous", _("Anonymous")
    IDENTIFIED = "identified", _("With the name of the person")


class QuestionKind(models.TextChoices):
    """What a question asks for. Never changes once the question was published."""

    SINGLE = "single", _("One choice")
    MULTIPLE = "multiple", _("Several choices")
    DROPDOWN = "dropdown", _("Drop-down list")
    SCALE = "scale", _("Five-point scale")
    MATRIX = "matrix", _("Table of choices")
    RATING = "rating", _("Stars")
    NPS = "nps", _("Would you recommend us (0 to 10)")
    CES = "ces", _("How easy was it (1 to 7)")
    NUMBER = "number", pgettext_lazy("kind of question", "Number")
    DATE = "date", pgettext_lazy("kind of question", "Date")
    EMAIL = "email", pgettext_lazy("kind of question", "E-mail address")
    SHORT = "short", _("Short text")
    LONG = "long", _("Long text")
    FILE = "file", pgettext_lazy("kind of question", "File")
    SECTION = "section", _("Text between questions")


# Those that offer options of the editor's own, and the widest ranges of those that count.
OPTION_KINDS = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.DROPDOWN, QuestionKind.MATRIX})
ONE_OPTION_KINDS = frozenset({QuestionKind.SINGLE, QuestionKind.DROPDOWN})
POINTS = {
    QuestionKind.SCALE: range(1, 6),
    QuestionKind.RATING: range(1, 6),
    QuestionKind.NPS: range(0, 11),
    QuestionKind.CES: range(1, 8),
}
TEXT_KINDS = frozenset({QuestionKind.EMAIL, QuestionKind.SHORT, QuestionKind.LONG})
# What tells who answered: never asked in an anonymous survey.
TELLING_KINDS = frozenset({QuestionKind.EMAIL, QuestionKind.FILE})
# What asks nothing.
SILENT_KINDS = frozenset({QuestionKind.SECTION})


class Scale(models.TextChoices):
    """What the five points of a scale say; their words come from the catalogues, in every language."""

    AGREEMENT = "agreement", _("Agreement")
    SATISFACTION = "satisfaction", _("Satisfaction")
    QUALITY = "quality", _("Quality")
    EASE = "ease", _("Ease")
    FREQUENCY = "frequency", _("Frequency")


# From 1 to 5.
SCALE_WORDS: dict[str, tuple[Promise, ...]] = {
    Scale.AGREEMENT: (
        _("Strongly disagree"),
        _("Disagree"),
        _("Neither agree nor disagree"),
        _("Agree"),
        _("Strongly agree"),
    ),
    Scale.SATISFACTION: (
        _("Very dissatisfied"),
        _("Dissatisfied"),
        _("Neither satisfied nor dissatisfied"),
        _("Satisfied"),
        _("Very satisfied"),
    ),
    Scale.QUALITY: (
        pgettext_lazy("quality", "Very poor"),
        pgettext_lazy("quality", "Poor"),
        pgettext_lazy("quality", "Acceptable"),
        pgettext_lazy("quality", "Good"),
        pgettext_lazy("quality", "Very good"),
    ),
    Scale.EASE: (_("Very difficult"), _("Difficult"), _("Neither easy nor difficult"), _("Easy"), _("Very easy")),
    Scale.FREQUENCY: (_("Never"), _("Rarely"), _("Sometimes"), _("Often"), _("Always")),
}
# The ends of the scales that are numbered.
ENDS: dict[str, tuple[Promise, Promise]] = {
    QuestionKind.NPS: (_("Not at all likely"), _("Extremely likely")),
    QuestionKind.CES: (_("Very difficult"), _("Very easy")),
}


class Operator(models.TextChoices):
    """How a condition compares an earlier answer. Where there is no answer, none of them holds."""

    EQUAL = "equal", _("is")
    NOT_EQUAL = "not_equal", _("is not")
    CONTAINS = "contains", pgettext_lazy("condition", "contains")
    LACKS = "lacks", _("does not contain")
    GREATER = "greater", _("is greater than")
    LESS = "less", _("is less than")


EQUALITY = frozenset({Operator.EQUAL, Operator.NOT_EQUAL})
HOLDING = frozenset({Operator.CONTAINS, Operator.LACKS})
ORDER = frozenset({Operator.GREATER, Operator.LESS})
# Which comparisons an answer allows; what is not named here cannot be compared with.
OPERATORS: dict[str, frozenset[Operator]] = {
    QuestionKind.SINGLE: EQUALITY,
    QuestionKind.DROPDOWN: EQUALITY,
    QuestionKind.MATRIX: EQUALITY,
    QuestionKind.MULTIPLE: HOLDING,
    QuestionKind.EMAIL: EQUALITY | HOLDING,
    QuestionKind.SHORT: EQUALITY | HOLDING,
    QuestionKind.LONG: EQUALITY | HOLDING,
    **dict.fromkeys((*POINTS, QuestionKind.NUMBER, QuestionKind.DATE), EQUALITY | ORDER),
}


class Channel(models.TextChoices):
    """How answers came in."""

    WEB = "web", _("On the portal")
    MAIL = "mail", _("From a message")
    PAPER = "paper", _("On paper")
    PHONE = "phone", _("By telephone")
    COUNTER = "counter", _("At a counter")


# What staff write down for others.
ENTERED = frozenset({Channel.PAPER, Channel.PHONE, Channel.COUNTER})


class SheetState(models.TextChoices):
    """What became of a sheet of answers that staff entered. Only ``COUNTED`` ones are in the results."""

    COUNTED = "counted", pgettext_lazy("answers", "Counted")
    LOOKED_FOR = "looked_for", pgettext_lazy("answers", "Counted, waits for a second look")
    REFUSED = "refused", pgettext_lazy("answers", "Taken out after the second look")


class SendingKind(models.TextChoices):
    """What a sending is for those who get it."""

    FIRST = "first", _("Invitation")
    REMINDER = "reminder", _("Reminder")


class SendingState(models.TextChoices):
    """Where a sending stands. Once it is sent, how far it is says its mailing."""

    DRAWING = "drawing", _("Being drawn up")
    DRAWN = "drawn", _("Drawn up: waits for you")
    SENT = "sent", _("Confirmed")
    DISCARDED = "discarded", _("Given up")


class LeftOut(models.TextChoices):
    """Why somebody of an audience is not written to; the first that holds."""

    BLOCKED = "blocked", _("Their account is closed")
    SUPPRESSED = "suppressed", _("On the suppression list: is never written to")
    STOPPED = "stopped", _("They want no invitations to surveys")
    ANSWERED = "answered", _("They have answered already")
    INVITED = "invited", _("They were invited to this survey already")
    BOUNCED = "bounced", _("Their invitation came back")
    LANGUAGE = "language", _("The survey is not offered in their language")
    WEEK = "week", _("They had an invitation to a survey within the last seven days")


# What could tell of one person whether they have answered an anonymous survey: told as one sum there.
TELLING_LEFT_OUT = frozenset({LeftOut.BLOCKED, LeftOut.SUPPRESSED, LeftOut.STOPPED, LeftOut.ANSWERED, LeftOut.BOUNCED})


class JobKind(models.TextChoices):
    """Work that is done behind the page."""

    THEMES = "themes", _("Themes")
    PDF = "pdf", _("PDF")


class JobState(models.TextChoices):
    """How far it is."""

    QUEUED = "queued", pgettext_lazy("work", "Waits")
    RUNNING = "running", pgettext_lazy("work", "Is being done")
    DONE = "done", pgettext_lazy("work", "Done")
    FAILED = "failed", pgettext_lazy("work", "Failed")


WAITING_JOBS = [JobState.QUEUED, JobState.RUNNING]


class Every(models.TextChoices):
    """How often a round is asked."""

    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")


class SeriesState(models.TextChoices):
    """Whether a series goes on. An ended one stays so."""

    ACTIVE = "active", pgettext_lazy("series", "Goes on")
    PAUSED = "paused", pgettext_lazy("series", "Paused")
    ENDED = "ended", pgettext_lazy("series", "Ended")


SERIES_MOVES = {
    SeriesState.ACTIVE: (SeriesState.PAUSED, SeriesState.ENDED),
    SeriesState.PAUSED: (SeriesState.ACTIVE, SeriesState.ENDED),
    SeriesState.ENDED: (),
}


class RoundState(models.TextChoices):
    """What came of a round that was due."""

    PUBLISHED = "published", pgettext_lazy("round", "Published, its audience invited")
    HELD = "held", pgettext_lazy("round", "Held back: waits for an editor")
