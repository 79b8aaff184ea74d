"""All that stands beside a request at the desk, each in a fixed number of queries."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from portal.accounts.models import Person
from portal.calendars.models import Deadline
from portal.calendars.selectors.receipts import sentences
from tickets.models import Entry, Move, Rating, ReplyDraft, Ticket, TicketLink

# Linked requests shown beside one: nobody links more.
LINKED = 20


@dataclass(frozen=True)
class TicketFile:
    """A request with its conversation, notes included, and its history: for staff alone."""

    ticket: Ticket
    viewer: Any

    @cached_property
    def entries(self) -> list[Entry]:
        """The conversation as it was written."""
        return list(self.ticket.entries.in_order().select_related("author").prefetch_related("files"))

    @cached_property
    def moves(self) -> list[Move]:
        """Every change of state with the name of who made it, as ``by``."""
        moves = list(Move.objects.filter(ticket_id=self.ticket.pk).order_by("number"))
        people = Person.objects.in_bulk([move.by_id for move in moves if move.by_id])
        for move in moves:
            move.by = people.get(move.by_id)
        return moves

    @cached_property
    def promises(self) -> list[tuple[Deadline, list[str]]]:
        """First reply and, where one is promised, solution: each with the sentences of its receipt."""
        deadlines = (self.ticket.first_reply, self.ticket.solution)
        return [(each, sentences(each)) for each in deadlines if each is not None]

    @cached_property
    def rating(self) -> Rating | None:
        """What the sender said of how it went, the last time."""
        return self.ticket.ratings.order_by("-ended_at").first()

    @cached_property
    def linked(self) -> list[Ticket]:
        """Requests that were linked with this one, as far as the viewer may see them."""
        pairs = TicketLink.objects.filter(Q(one=self.ticket) | Q(other=self.ticket)).values_list("one", "other")
        found = Ticket.objects.for_desk(self.viewer).filter(pk__in={each for pair in pairs for each in pair})
        return list(found.exclude(pk=self.ticket.pk).order_by("-created_at", "-pk")[:LINKED])

    @cached_property
    def sent(self) -> list[str]:
        """The words by which replies of the viewer were sent once: what a browser kept of them is no draft."""
        return [entry.once for entry in self.entries if entry.once and entry.author_id == self.viewer.pk]


def reply_draft(ticket: Ticket, agent: Any) -> ReplyDraft | None:
    """Return what this agent has begun to write and not sent."""
    return ReplyDraft.objects.filter(ticket=ticket, author=agent).first()
