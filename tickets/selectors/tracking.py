"""What the sender of a request sees of it: never a note among staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.calendars.models import Deadline
from portal.calendars.selectors import sentences
from portal.text import localised
from tickets.choices import ENDED_STATES, OPEN_STATES, EntryKind, Mover, TicketState
from tickets.models import Entry, Move, Ticket

PER_PAGE = 20
# What stands behind each state for its sender.
IN_WORDS = {
    TicketState.NEW: gettext_lazy("Your request has arrived, and nobody has begun to work on it yet."),
    TicketState.OPEN: gettext_lazy("Somebody is working on your request."),
    TicketState.WAITING: gettext_lazy("We asked you something and cannot go on without your answer."),
    TicketState.ELSEWHERE: gettext_lazy("We need something from another body before we can go on."),
    TicketState.SOLVED: gettext_lazy("We have answered and take your request to be solved."),
    TicketState.CLOSED: gettext_lazy("Your request is closed."),
    TicketState.REOPENED: gettext_lazy("Your request was taken up again, and somebody will work on it."),
    TicketState.MERGED: gettext_lazy("Your request goes on together with another one about the same matter."),
    TicketState.SPAM: gettext_lazy(
        "We took this for something that is no request. If that is wrong, please ask again."
    ),
}
_BY_STAFF = {
    TicketState.OPEN: gettext_lazy("We began to work on it"),
    TicketState.WAITING: gettext_lazy("We asked you something"),
    TicketState.ELSEWHERE: gettext_lazy("We asked another body"),
    TicketState.SOLVED: gettext_lazy("Solved"),
    TicketState.CLOSED: pgettext_lazy("request", "Closed"),
    TicketState.REOPENED: gettext_lazy("Taken up again"),
    TicketState.MERGED: gettext_lazy("Joined with another request"),
    TicketState.SPAM: gettext_lazy("Taken for no request"),
}
_BY_PERSON = _BY_STAFF | {
    TicketState.OPEN: gettext_lazy("You answered"),
    TicketState.CLOSED: gettext_lazy("You closed it"),
    TicketState.REOPENED: gettext_lazy("You took it up again"),
}


@dataclass(frozen=True)
class Contribution:
    """One part of the conversation, with who says it in the reader's words."""

    entry: Entry
    is_reply: bool
    is_mine: bool
    name: str

    @property
    def files(self) -> list[Any]:
        """The files that came with it."""
        return list(self.entry.files.all())


@dataclass(frozen=True)
class Expected:
    """The promise that stands for the sender: ``reasons`` says in sentences how its moment came about."""

    deadline: Deadline
    is_solution: bool
    reasons: list[str]


def conversation(ticket: Ticket, *, reader: Any | None) -> list[Contribution]:
    """Return what was said between the sender and the body, as it was written; ``reader`` is None for a link."""
    body = localised(ticket.organisation, "name")[0]
    entries = ticket.entries.public().in_order().select_related("author").prefetch_related("files")
    return [_contribution(entry, ticket, body, reader) for entry in entries]


def _contribution(entry: Entry, ticket: Ticket, body: str, reader: Any | None) -> Contribution:
    if entry.kind == EntryKind.REPLY:
        return Contribution(entry, is_reply=True, is_mine=False, name=body)
    author = entry.author or ticket.person
    # By a link only the sender comes; in an account a colleague may, who must not take another's words for their own.
    is_mine = reader is None or author is None or author == reader
    name = _("You") if is_mine else author.public_name
    return Contribution(entry, is_reply=False, is_mine=is_mine, name=name)


def file_of(ticket: Ticket, code: str) -> Any | None:
    """Return a file of the conversation as the sender sees it, or None."""
    entry = ticket.entries.public().filter(files__code=code).prefetch_related("files").first()
    return next((stored for stored in entry.files.all() if stored.code == code), None) if entry else None


def expected(ticket: Ticket) -> Expected | None:
    """Return the promise that the sender may still wait for, with its reasons; None when nothing is due."""
    if ticket.state in ENDED_STATES:
        return None
    for deadline in (ticket.first_reply, ticket.solution):
        if deadline is not None and not deadline.is_met and deadline.dropped_at is None:
            return Expected(deadline, deadline == ticket.solution, sentences(deadline))
    return None


def timeline(ticket: Ticket, due: Expected | None) -> list[dict[str, Any]]:
    """Return the steps of a request in the order of time, and what is expected next."""
    moves = list(Move.objects.filter(ticket_id=ticket.pk).order_by("number"))
    steps = []
    if ticket.first_reply.met_at is not None:
        kept = ticket.first_reply.was_kept
        steps.append((ticket.first_reply.met_at, _("First reply") if kept else _("First reply, later than promised")))
    # Of one moment, the reply comes before what it led to.
    steps += [(move.at, _label(move)) for move in moves]
    shown = [{"label": label, "state": "past", "date": at} for at, label in sorted(steps, key=lambda step: step[0])]
    return [*shown, *_coming(due)]


def _label(move: Move) -> str:
    if not move.source:
        return _("Received")
    by_person = move.mover == Mover.PERSON
    if move.target == TicketState.OPEN and move.source == TicketState.WAITING and not by_person:
        return _("We went on with it")
    return str((_BY_PERSON if by_person else _BY_STAFF).get(TicketState(move.target), move.get_target_display()))


def _coming(due: Expected | None) -> list[dict[str, Any]]:
    if due is None:
        return []
    if due.deadline.is_waiting:
        return [{"label": _("We wait for your answer"), "state": "now", "date": due.deadline.waiting_since}]
    label = _("Solution expected") if due.is_solution else _("Reply expected")
    if due.deadline.is_overdue:
        label = _("Solution is late") if due.is_solution else _("Reply is late")
    state = "late" if due.deadline.is_overdue else "next"
    return [{"label": label, "state": state, "date": due.deadline.due_at}]


@dataclass(frozen=True)
class OwnPage:
    """One page of somebody's requests; ``after`` names the last of them where there are more."""

    tickets: list[Ticket]
    after: str


def counts(user: Any) -> dict[str, int]:
    """Return how many of a person's requests are open, ended, and all."""
    is_open = Q(state__in=OPEN_STATES)
    return Ticket.objects.visible_to(user).aggregate(
        all=Count("pk"), open=Count("pk", filter=is_open), ended=Count("pk", filter=~is_open)
    )


def own_page(user: Any, *, state: str, after: str) -> OwnPage:
    """Return up to twenty of a person's requests, the last active first, after the one with this code."""
    tickets = Ticket.objects.visible_to(user).newest_first().for_own_list()
    if state:
        tickets = tickets.filter(state__in=OPEN_STATES if state == "open" else ENDED_STATES)
    last = Ticket.objects.visible_to(user).filter(code=after).first() if after else None
    if last is not None:
        tickets = tickets.filter(
            Q(last_activity_at__lt=last.last_activity_at) | Q(last_activity_at=last.last_activity_at, pk__lt=last.pk)
        )
    found = list(tickets[: PER_PAGE + 1])
    return OwnPage(found[:PER_PAGE], found[PER_PAGE - 1].code if len(found) > PER_PAGE else "")


def reopens_until(ticket: Ticket, within: Any) -> datetime | None:
    """Return until when writing takes an ended request up again; None when it is not over."""
    ended_at = ticket.closed_at or ticket.solved_at
    return ended_at + within if ended_at is not None else None
