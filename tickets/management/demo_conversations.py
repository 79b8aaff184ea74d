"""One request of the demonstration from its first message to where it stands: rows of the past, unsaved but promises.

Services date everything now, and tell people; here each step has its moment, and nobody is told anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.accounts.models import Organisation, Person
from portal.calendars import arithmetic
from portal.calendars.choices import Level, Target
from portal.calendars.models import Deadline, ServiceLevel
from portal.calendars.selectors.book import Book
from portal.calendars.services import meet, promise
from portal.registry import DemoStage
from portal.text import new_code
from tickets.choices import Channel, EntryKind, Mover, TicketState
from tickets.models import Entry, Move, Rating, Ticket
from tickets.selectors.links import hash_of, token_of
from tickets.services import clock
from tickets.services.reminders import CLOSE_AFTER, REMIND_AFTER

# Staff write down what is said by these.
TAKEN_DOWN = (Channel.PHONE, Channel.VISIT)
# Of what has ended: how many are answered late, rated, solved late where a solution was promised.
_LATE, _RATED, _SOLVED_LATE = 0.08, 0.5, 0.06
_SCORES, _SCORES_LATE = (4, 5, 10, 31, 50), (30, 28, 22, 14, 6)


@dataclass
class Office:
    """What all requests share: the stage, hours and terms looked up once, and the staff who answer."""

    stage: DemoStage
    staff: list[Person]
    book: Book = field(default_factory=Book)
    solutions: dict[tuple[str, int], bool] = field(default_factory=dict)

    def promises(self, ticket: Ticket) -> tuple[Deadline, Deadline | None]:
        """Give the promises of a request from its first moment."""
        level, body, start = Level(ticket.kind), ticket.organisation, ticket.created_at
        first = promise(level, body=body, start=start, book=self.book)
        if not self._promises_solution(level, body):
            return first, None
        return first, promise(level, body=body, start=start, target=Target.SOLUTION, book=self.book)

    def _promises_solution(self, level: Level, body: Organisation) -> bool:
        key = (level, body.pk)
        if key not in self.solutions:
            own = ServiceLevel.objects.filter(level=level).nearest(body.pk).first()
            self.solutions[key] = own is not None and own.solution_amount is not None
        return self.solutions[key]

    def at_work(self, body: Organisation, moment: datetime) -> datetime:
        """Return this moment, or one soon after the body's next opening."""
        opened = arithmetic.deemed(self.book.hours(self.book.main_calendar(body.pk)), moment)
        if opened == moment:
            return moment
        return opened + timedelta(minutes=self.stage.random.randint(3, 110))


class Conversation:
    """A request, and what was said and done in it, in order of time; no step ever lies after the anchor."""

    def __init__(self, office: Office, ticket: Ticket, words: dict[str, Any], fill: Callable[[str], str]) -> None:
        self.office, self.ticket, self.words, self.fill = office, ticket, words, fill
        self.random, self.anchor = office.stage.random, office.stage.anchor
        self.staff = self.random.choices(office.staff, [4, 1])[0]
        self.entries: list[Entry] = []
        self.moves: list[Move] = []
        self.rating: Rating | None = None
        self.at = ticket.created_at
        ticket.first_reply, ticket.solution = office.promises(ticket)
        ticket.next_due_at = clock.next_due(ticket)
        ticket.secret_salt = new_code(16)
        ticket.secret_hash = hash_of(token_of(ticket))
        self.is_taken_down = ticket.channel in TAKEN_DOWN
        self.mover = Mover.STAFF if self.is_taken_down else Mover.PERSON
        self._write_move("", self.mover, self.staff if self.is_taken_down else ticket.person)

    def message(self, text: str) -> None:
        """The sender writes, by the channel of the request."""
        is_logged = self.is_taken_down and bool(self.entries)
        self._say(EntryKind.MESSAGE, text, self.staff if is_logged else self.ticket.person, self.ticket.channel)

    def reply(self, text: str, then: TicketState) -> None:
        """Staff answer, and leave the request in this state."""
        self._say(EntryKind.REPLY, text, self.staff, Channel.WEB)
        meet(self.ticket.first_reply, at=self.at)
        self.ticket.assignee = self.staff
        self.move(then, Mover.STAFF)
        self.ticket.next_due_at = clock.next_due(self.ticket)

    def note(self, text: str) -> None:
        """Staff write a note among themselves, in their own language."""
        self._say(EntryKind.NOTE, text, self.staff, Channel.WEB, language=self.staff.language)

    def move(self, to: TicketState, mover: Mover, *, reason: str = "") -> None:
        """Move it, and let the promises follow; nothing happens to one that stands there."""
        ticket, source = self.ticket, TicketState(self.ticket.state)
        if source == to:
            return
        ticket.state, ticket.state_since = to, self.at
        ticket.solved_at = self.at if to == TicketState.SOLVED else ticket.solved_at
        ticket.closed_at = self.at if to == TicketState.CLOSED else ticket.closed_at
        if to == TicketState.REOPENED:
            ticket.solved_at = ticket.closed_at = None
        clock.follow(ticket, source, at=self.at)
        by = {Mover.STAFF: self.staff, Mover.PERSON: ticket.person, Mover.PORTAL: None}[mover]
        self._write_move(source, mover, by, reason)

    def first_answer(self, *, late: bool | None = None) -> None:
        """Go on to the moment of the first answer: mostly within the promise, seldom after it."""
        ticket, due_at = self.ticket, self.ticket.first_reply.due_at
        if late is None:
            late = self.random.random() < _LATE
        if late:
            self.at = due_at
            self.later(2, 40)
            return
        moment = self.at + (due_at - self.at) * (self.random.betavariate(1.3, 2.6) * 0.9 + 0.04)
        moment = min(self.office.at_work(ticket.organisation, moment), due_at - timedelta(minutes=1))
        self.at = self._before_anchor(moment)

    def later(self, low: float, high: float, *, by_staff: bool = True) -> None:
        """Go on by some hours, staff to a moment at which they work."""
        moment = self.at + timedelta(hours=self.random.uniform(low, high))
        if by_staff:
            moment = self.office.at_work(self.ticket.organisation, moment)
        self.at = self._before_anchor(moment)

    def _before_anchor(self, moment: datetime) -> datetime:
        if moment < self.anchor:
            return moment
        return self.at + (self.anchor - self.at) * self.random.uniform(0.2, 0.6)

    def ask_back(self, request: dict[str, Any]) -> None:
        """Ask the person something, which stops the clock; each text has its own question, or a common one is asked."""
        self.reply(self.fill(request.get("question", self.words["question"])), TicketState.WAITING)

    def answer_back(self, request: dict[str, Any]) -> None:
        """Let the person answer, so that staff go on."""
        self.later(2, 70, by_staff=self.is_taken_down)
        self.message(self.fill(request.get("answer", self.words["answer"])))
        self.move(TicketState.OPEN, self.mover)

    def acknowledge(self) -> None:
        """Answer that somebody is at it."""
        self.reply(self.fill(self.random.choice(self.words["received"])), TicketState.OPEN)

    def solve(self, request: dict[str, Any], *, late: bool | None = None) -> None:
        """Answer the person, after a question or a first word where the text or chance wants one, and solve it."""
        self.first_answer(late=late)
        if "question" in request:
            self.ask_back(request)
            self.answer_back(request)
            self._to_solution()
        elif self.ticket.solution is not None or self.random.random() < 0.2:
            self.acknowledge()
            self._to_solution()
        self.reply(self.fill(request["reply"]), TicketState.SOLVED)

    def _to_solution(self) -> None:
        solution = self.ticket.solution
        if solution is None:
            self.later(3, 50)
        elif self.random.random() < _SOLVED_LATE:
            self.at = max(self.at, solution.due_at)
            self.later(4, 90)
        else:
            earlier = self.at
            self.later(4, 60)
            if self.at > solution.due_at:
                self.at = max(earlier, solution.due_at - timedelta(minutes=1))

    def doubt(self) -> None:
        """Let the person take up again what was solved."""
        self.later(5, 60, by_staff=self.is_taken_down)
        self.message(self.fill(self.random.choice(self.words["doubt"])))
        self.move(TicketState.REOPENED, self.mover)

    def redo(self) -> None:
        """Solve what was taken up again."""
        self.later(3, 30)
        self.reply(self.fill(self.words["redone"]), TicketState.SOLVED)

    def close(self) -> None:
        """Close it: its sender now and then, else the portal two weeks later."""
        rested = self.at + CLOSE_AFTER
        if rested < self.anchor and self.random.random() < 0.8:
            self.at = rested + timedelta(minutes=self.random.randint(0, 4))
            self.move(TicketState.CLOSED, Mover.PORTAL, reason="resting")
            return
        self.later(1, 90, by_staff=False)
        self.ticket.last_activity_at = self.at
        self.move(TicketState.CLOSED, Mover.PERSON)

    def rate(self) -> None:
        """Let about half of the senders say how it went: worse where a promise was missed."""
        ended_at = self.ticket.solved_at or self.ticket.closed_at
        if ended_at is None or self.random.random() > _RATED:
            return
        said_at = ended_at + timedelta(hours=self.random.uniform(0.5, 70))
        missed = not self.ticket.first_reply.was_kept
        score = self.random.choices(range(1, 6), _SCORES_LATE if missed else _SCORES)[0]
        words = self.words["pleased" if score > 3 else "displeased"] if score != 3 else [""]
        text = self.random.choice(words) if self.random.random() < 0.4 else ""
        if said_at < self.anchor:
            self.rating = Rating(ticket=self.ticket, ended_at=ended_at, score=score, text=text, created_at=said_at)

    def finish(self) -> None:
        """Note what the tick has done already: whom we wait for longer than a week was reminded, all others told."""
        ticket = self.ticket
        ticket.told_at = self.anchor
        if ticket.state == TicketState.WAITING and ticket.state_since <= self.anchor - REMIND_AFTER:
            ticket.reminded_for = ticket.state_since

    def _say(self, kind: EntryKind, text: str, author: Person | None, channel: str, *, language: str = "") -> None:
        ticket = self.ticket
        self.entries.append(
            Entry(
                ticket=ticket,
                kind=kind,
                channel=channel,
                author=author,
                language=language or ticket.language,
                text=text,
                created_at=self.at,
            )
        )
        if kind != EntryKind.NOTE:
            ticket.last_activity_at = self.at

    def _write_move(self, source: str, mover: Mover, by: Person | None, reason: str = "") -> None:
        by_id, target = by.pk if by else None, self.ticket.state
        number = len(self.moves) + 1
        self.moves.append(
            Move(number=number, source=source, target=target, mover=mover, by_id=by_id, reason=reason, at=self.at)
        )
