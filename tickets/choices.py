"""Help articles: states and moves. Requests: kinds, states, channels, and who may move one from where to where."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ArticleState(models.TextChoices):
    """Where a help article stands."""

    DRAFT = "draft", pgettext_lazy("help article", "Draft")
    PUBLISHED = "published", pgettext_lazy("help article", "Published")
    RETIRED = "retired", pgettext_lazy("help article", "Retired")


# What was public once never becomes a draft again: links lead to it.
ARTICLE_MOVES = {
    ArticleState.DRAFT: (ArticleState.PUBLISHED,),
    ArticleState.PUBLISHED: (ArticleState.RETIRED,),
    ArticleState.RETIRED: (ArticleState.PUBLISHED,),
}


class Reason(models.TextChoices):
    """Why a reader found an article of no use."""

    ELSEWHERE = "elsewhere", _("It is not what I was looking for")
    MISSING = "missing", _("Something I need is missing")
    UNCLEAR = "unclear", _("It is hard to understand")
    OUTDATED = "outdated", _("It is out of date or wrong")
    LANGUAGE = "language", _("The translation is poor or missing")
    FAILED = "failed", _("I did what it says and it did not work")


class TicketKind(models.TextChoices):
    """What somebody asks for: the values are those of the service levels, so that each kind finds its own."""

    ENQUIRY = "enquiry", _("Enquiry")
    INFORMATION = "information_request", _("Information request")
    COMPLAINT = "complaint", _("Complaint")
    SUGGESTION = "suggestion", _("Suggestion")
    PRAISE = "praise", _("Praise")
    TECHNICAL = "technical", _("Technical problem")
    BARRIER = "accessibility", _("Accessibility barrier")
    EMERGENCY = "emergency", _("Technical emergency")


# Those that staff are told of at once, and that stand before all others in the queue.
URGENT_KINDS = frozenset({TicketKind.BARRIER, TicketKind.EMERGENCY})


class TicketState(models.TextChoices):
    """Where a request stands, in the words that its sender reads."""

    NEW = "new", _("New")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Awaiting you")
    ELSEWHERE = "elsewhere", _("Awaiting another body")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", pgettext_lazy("request", "Closed")
    REOPENED = "reopened", _("Reopened")
    MERGED = "merged", _("Joined with another request")
    SPAM = "spam", _("Not a request")


# Somebody of ours has to do something.
WORK_STATES = frozenset({TicketState.NEW, TicketState.OPEN, TicketState.REOPENED, TicketState.ELSEWHERE})
OPEN_STATES = WORK_STATES | {TicketState.WAITING}
ENDED_STATES = frozenset({TicketState.SOLVED, TicketState.CLOSED, TicketState.MERGED, TicketState.SPAM})


class Mover(models.TextChoices):
    """Who moves a request: the person who sent it, staff, or the portal by itself."""

    PERSON = "person", _("The person")
    STAFF = "staff", _("Staff")
    PORTAL = "portal", _("The portal")


_WORK = (TicketState.NEW, TicketState.OPEN, TicketState.REOPENED, TicketState.ELSEWHERE)
_LIVE = (*_WORK, TicketState.WAITING)


def _moves(sources: tuple[TicketState, ...], target: TicketState, *movers: Mover) -> dict:
    return {(source, target): frozenset(movers) for source in sources if source != target}


# (from, to): who may. What is not here is refused.
TRANSITIONS: dict[tuple[TicketState, TicketState], frozenset[Mover]] = {
    **_moves((TicketState.NEW, TicketState.REOPENED, TicketState.ELSEWHERE), TicketState.OPEN, Mover.STAFF),
    **_moves((TicketState.WAITING,), TicketState.OPEN, Mover.STAFF, Mover.PERSON),
    **_moves(_WORK, TicketState.WAITING, Mover.STAFF),
    **_moves(_LIVE, TicketState.ELSEWHERE, Mover.STAFF),
    **_moves(_LIVE, TicketState.SOLVED, Mover.STAFF),
    **_moves(_LIVE, TicketState.CLOSED, Mover.PERSON),
    # Waiting in vain, and solved without a word of doubt: both end by themselves.
    (TicketState.WAITING, TicketState.CLOSED): frozenset({Mover.PERSON, Mover.PORTAL}),
    (TicketState.SOLVED, TicketState.CLOSED): frozenset({Mover.PERSON, Mover.PORTAL}),
    **_moves((TicketState.SOLVED, TicketState.CLOSED), TicketState.REOPENED, Mover.PERSON, Mover.STAFF),
    **_moves(_LIVE, TicketState.MERGED, Mover.STAFF),
    **_moves(_LIVE, TicketState.SPAM, Mover.STAFF),
    (TicketState.SPAM, TicketState.OPEN): frozenset({Mover.STAFF}),
}


class EntryKind(models.TextChoices):
    """One contribution to the conversation."""

    MESSAGE = "message", _("Message")
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Internal note")


# What the person sees; a note is for staff alone.
PUBLIC_ENTRIES = frozenset({EntryKind.MESSAGE, EntryKind.REPLY})


class Channel(models.TextChoices):
    """How a request or a message came in, or how somebody wants to be answered."""

    WEB = "web", _("Portal")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    VISIT = "visit", _("Visit")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")


# Answers can be wished for by these; those to a number by message only where a gateway is set up.
REPLY_CHANNELS = (Channel.EMAIL, Channel.PHONE, Channel.SMS, Channel.WHATSAPP)


class IncomingState(models.TextChoices):
    """What became of something that came in by mail or from a number."""

    NEW = "new", _("not read yet")
    TAKEN = "taken", pgettext_lazy("message", "taken")
    HELD = "held", _("held back")
    IGNORED = "ignored", _("needs nothing")
    DISCARDED = "discarded", _("discarded")
    FAILED = "failed", _("could not be read")


# Staff have to say what becomes of these.
TO_DECIDE = frozenset({IncomingState.HELD, IncomingState.FAILED})


class Why(models.TextChoices):
    """Why something that came in was held back, left alone or discarded."""

    STRANGER = "stranger", _("It answers a request, but comes from an address that is not on it.")
    NO_SENDER = "no_sender", _("It names no sender who could be answered.")
    MANY = "many", _("Too much came from this sender within an hour.")
    CROWD = "crowd", _("Too much came from unknown senders within an hour.")
    SPAM = "spam", _("It looks like spam, or its sender sent some before.")
    LARGE = "large", _("It is larger than 25 MB: only its beginning is here, the whole is in the mailbox.")
    BROKEN = "broken", _("It is damaged and could not be read by the portal.")
    AUTOMATIC = "automatic", _("A machine wrote it.")
    OWN = "own", _("It is mail of this portal that came back.")
    REPEATED = "repeated", _("It came before.")
    NOT_OURS = "not_ours", _("It is not for us.")


# What a member of staff may give as the reason for discarding something.
DISCARD_REASONS = (Why.SPAM, Why.AUTOMATIC, Why.REPEATED, Why.NOT_OURS)


class Stage(models.TextChoices):
    """When staff are told of a promise, and how far up."""

    ARRIVED = "arrived", _("An urgent request has come in")
    HALF = "half", _("Half of the time is over")
    NEAR = "near", _("Four working hours are left")
    BREACH = "breach", _("The promise was missed")
    AFTER = "after", _("Missed for eight working hours")
