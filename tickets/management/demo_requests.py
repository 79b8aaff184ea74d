"""The demonstration's requests: 400 over 13 months, in every state and by every channel, late ones among them.

Few texts, each sent by several people from different places on different days. Nobody is written to. Once there are
some, nothing is added.
"""

import random
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils import timezone

from portal.accounts.choices import ParticipantKind, Role
from portal.accounts.models import Contact, Membership, Organisation, Person
from portal.accounts.querysets import email_key
from portal.calendars.services import record_breaches
from portal.pages.models import Service
from portal.registry import DemoStage
from tickets.choices import Channel, Mover, TicketKind, TicketState
from tickets.management.demo_conversations import TAKEN_DOWN, Conversation, Office
from tickets.models import Alarm, Entry, Move, Rating, Ticket
from tickets.rules import new_reference
from tickets.services.reminders import set_alarms

CONTENT = Path(__file__).resolve().parent.parent / "demo" / "requests"
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}
_SHARES = {"ar": 6, "en": 3, "zh": 2}
MARK = "demo-request-"
DAYS = 396
S = TicketState
# How many stand in which state, and how many days ago they came in, from and to.
PLAN: list[tuple[TicketState, int, tuple[float, float]]] = [
    (S.CLOSED, 338, (21, DAYS)),
    (S.SOLVED, 15, (4, 12)),
    (S.SPAM, 12, (2, DAYS)),
    (S.NEW, 4, (0.2, 1.2)),
    # Nobody has answered these in time.
    (S.NEW, 2, (13, 15)),
    (S.OPEN, 6, (1, 6)),
    # The time for their solution is over.
    (S.OPEN, 2, (32, 40)),
    (S.WAITING, 4, (3, 12)),
    (S.ELSEWHERE, 4, (2, 9)),
    (S.REOPENED, 3, (5, 20)),
    # Joined with an earlier one, some time after which they came in.
    (S.MERGED, 10, (0, 0)),
]
_CHANNELS = {
    Channel.WEB: 58,
    Channel.EMAIL: 14,
    Channel.PHONE: 14,
    Channel.VISIT: 5,
    Channel.SMS: 4,
    Channel.WHATSAPP: 5,
}
_SPOKEN = (Channel.PHONE, Channel.VISIT, Channel.SMS, Channel.WHATSAPP)
_FOR_ORGANISATIONS = 0.2
_OF_ORGANISATIONS = (TicketKind.INFORMATION, TicketKind.TECHNICAL)
_OWN_SIGN_IN = 0.05
# Of each of these the citizen who can sign in has one.
_SHOWN = (S.NEW, S.OPEN, S.WAITING, S.SOLVED, S.REOPENED)
# What a second request about the same thing has in common with the first.
_REPEATED = (
    *("kind", "language", "organisation", "service", "person", "contact", "speaks_for"),
    *("sender_name", "phone", "channel", "reply_by", "subject"),
)
_HAS_ACCOUNT = 0.6


def load(stage: DemoStage) -> None:
    """Load all requests with their promises, conversations and ratings, unless there are some already."""
    if not Ticket.objects.filter(once__startswith=MARK).exists():
        written = _Loader(stage).load()
        record_breaches()
        _quieten(stage, written)
    stage.say(f"{Ticket.objects.filter(once__startswith=MARK).count()} requests")


def _quieten(stage: DemoStage, tickets: list[Ticket]) -> None:
    """Reckon the reminders, and take those of the past for told: the first tick would mail them all at once."""
    now = timezone.now()
    set_alarms(now)
    ours = Q(deadline__first_reply_of__in=tickets) | Q(deadline__solution_of__in=tickets)
    past = Alarm.objects.filter(ours, told_at=None, at__lte=max(now, stage.anchor)).values_list("pk", flat=True)
    Alarm.objects.filter(pk__in=list(past)).update(told_at=now)


class _Loader:
    """Writes them all."""

    def __init__(self, stage: DemoStage) -> None:
        self.stage, self.random = stage, stage.random
        self.texts = {
            short: tomllib.loads((CONTENT / f"{short}.toml").read_text(encoding="utf-8")) for short in _SHARES
        }
        self.turns = {short: 0 for short in _SHARES}
        staff = [Person.objects.get(email=f"{name}@demo.example") for name in ("agent", "admin")]
        self.office = Office(stage, staff)
        people = Person.objects.filter(email__endswith="@people.demo.example", kind=ParticipantKind.INDIVIDUAL)
        self.people = list(people.order_by("pk"))
        self.citizen = Person.objects.get(email="citizen@demo.example")
        contacts = Membership.objects.filter(role=Role.CONTACT).select_related("person", "organisation")
        self.contacts = list(contacts.order_by("pk"))
        self.bodies = {body.code: body for body in Organisation.objects.public_bodies()}
        self.services = {each.code: each for each in Service.objects.select_related("organisation")}
        self.sent: list[Conversation] = []
        self.repeated: list[Conversation] = []

    def load(self) -> list[Ticket]:
        """Write what the plan says, joined ones after those they are joined with."""
        for state, count, days in PLAN:
            for number in range(count):
                is_own = number == 0 and state in _SHOWN
                conversation = self.again() if state == S.MERGED else self.send(state, days, is_own=is_own)
                conversation.finish()
                self.sent.append(conversation)
        return self._store(self.sent)

    def _store(self, conversations: list[Conversation]) -> list[Ticket]:
        tickets = [each.ticket for each in conversations]
        for number, ticket in enumerate(tickets, start=1):
            ticket.once = f"{MARK}{number:03}"
        Ticket.objects.bulk_create([ticket for ticket in tickets if ticket.merged_into is None])
        joined = [ticket for ticket in tickets if ticket.merged_into is not None]
        Ticket.objects.bulk_create(joined)
        for conversation in conversations:
            for move in conversation.moves:
                move.ticket_id = conversation.ticket.pk
        Entry.objects.bulk_create([entry for each in conversations for entry in each.entries])
        Move.objects.bulk_create([move for each in conversations for move in each.moves])
        Rating.objects.bulk_create([each.rating for each in conversations if each.rating])
        return tickets

    def send(self, state: TicketState, days: tuple[float, float], *, is_own: bool = False) -> Conversation:
        """Write one request and bring it to its state; ``is_own`` gives it to the citizen who can sign in."""
        short = "ar" if is_own else self.random.choices(list(_SHARES), list(_SHARES.values()))[0]
        texts, at = self.texts[short], self._moment(days)
        request = self._request(short, state, days)
        sender = self._advertiser(short) if state == S.SPAM else self._sender(short, request["kind"], at, is_own=is_own)
        fill = self._fill(texts)
        about = self._about(request, short)
        if sender["channel"] in TAKEN_DOWN:
            opened = self.office.at_work(about["organisation"], at)
            at = opened if opened < self.stage.anchor else at
        ticket = Ticket(
            **about,
            **sender,
            reference=new_reference(),
            subject=fill(request["subject"]),
            created_at=at,
            state_since=at,
            last_activity_at=at,
        )
        conversation = Conversation(self.office, ticket, texts, fill)
        parts = (self.random.choice(texts["greetings"]), fill(request["text"]), self.random.choice(texts["closings"]))
        conversation.message("\n\n".join(part for part in parts if part))
        self._go(conversation, request, state)
        return conversation

    def _request(self, short: str, state: TicketState, days: tuple[float, float]) -> dict[str, Any]:
        """Return the next text in turn, so that all are used about equally."""
        texts = self.texts[short]
        if state == S.SPAM:
            return {"kind": "enquiry", "body": "ministry", **texts["spam"]}
        while True:
            request = texts["requests"][self.turns[short] % len(texts["requests"])]
            self.turns[short] += 1
            if _is_fit(request, state, is_old=days[0] > 30):
                return request

    def _about(self, request: dict[str, Any], short: str) -> dict[str, Any]:
        service = self.services.get(request.get("service", ""))
        organisation = service.organisation if service else self.bodies[request["body"]]
        language = LANGUAGES[short]
        return {"kind": request["kind"], "language": language, "organisation": organisation, "service": service}

    def _moment(self, days: tuple[float, float]) -> datetime:
        """Return when it came in: more of them lately, and most by day."""
        low, high = days
        ago = low + (high - low) * self.random.random() ** 1.25
        if high < 2:
            return self.stage.anchor - timedelta(days=ago)
        hour = min(23.9, max(0.2, self.random.gauss(13, 4)))
        return self.stage.anchor - timedelta(days=int(ago) + 1) + timedelta(hours=hour)

    def _sender(self, short: str, kind: str, at: datetime, *, is_own: bool) -> dict[str, Any]:
        """Return who sends it and how: somebody with an account, a guest, or a caller with a number only."""
        luck, language = self.random.random(), LANGUAGES[short]
        web = {"channel": Channel.WEB, "reply_by": Channel.EMAIL}
        contacts = [each for each in self.contacts if each.person.language == language]
        if is_own or (luck > 1 - _OWN_SIGN_IN and language == self.citizen.language):
            return {**web, "person": self.citizen}
        if luck < _FOR_ORGANISATIONS and contacts and kind in _OF_ORGANISATIONS:
            membership = self.random.choice(contacts)
            return {**web, "person": membership.person, "speaks_for": membership.organisation}
        channel = self.random.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]
        if channel in _SPOKEN:
            values = {"channel": channel, "reply_by": Channel.PHONE}
            return {**values, "sender_name": self._name(short), "phone": f"+966550{self.random.randint(0, 999999):06}"}
        values = {"channel": channel, "reply_by": Channel.EMAIL}
        ours = [each for each in self.people if each.language == language and each.date_joined < at]
        if ours and self.random.random() < _HAS_ACCOUNT:
            return {**values, "person": self.random.choice(ours)}
        name = self._name(short)
        number = self.texts[short]["names"].index(name) + 1
        contact = self._contact(f"{short}{number}@guests.demo.example", name, short)
        return {**values, "contact": contact, "sender_name": name}

    def _advertiser(self, short: str) -> dict[str, Any]:
        contact = self._contact(f"offers-{short}@promotion.example", "", short)
        return {"channel": Channel.EMAIL, "reply_by": Channel.EMAIL, "contact": contact}

    def _name(self, short: str) -> str:
        return self.random.choice(self.texts[short]["names"])

    def _contact(self, email: str, name: str, short: str) -> Contact:
        values = {"email": email, "display_name": name, "language": LANGUAGES[short]}
        values["created_at"] = self.stage.anchor - timedelta(days=DAYS)
        return Contact.objects.get_or_create(email_key=email_key(email), defaults=values)[0]

    def _fill(self, texts: dict[str, Any]) -> Callable[[str], str]:
        """Return what puts the place and number of this request into its texts."""
        places = {"street": self.random.choice(texts["streets"]), "quarter": self.random.choice(texts["quarters"])}
        number = self.random.randint(1200, 9800)
        return lambda text: text.format(**places, number=number)

    def _go(self, conversation: Conversation, request: dict[str, Any], state: TicketState) -> None:
        """Bring a request to its state by steps that the table of moves allows."""
        if state == S.SPAM:
            conversation.later(1, 20)
            conversation.move(S.SPAM, Mover.STAFF)
        elif state == S.CLOSED:
            _end(conversation, request, self.random)
        elif state == S.SOLVED:
            conversation.solve(request, late=False)
            conversation.rate()
        elif state == S.REOPENED:
            conversation.solve(request, late=False)
            conversation.doubt()
        elif state == S.WAITING:
            conversation.first_answer(late=False)
            conversation.ask_back(request)
        elif state in (S.OPEN, S.ELSEWHERE):
            conversation.first_answer(late=False)
            conversation.acknowledge()
            conversation.later(1, 20)
            conversation.note(self.random.choice(self.texts["ar"]["notes"]))
            conversation.move(state, Mover.STAFF)

    def again(self) -> Conversation:
        """Write the same person's second request about the same thing, which staff join with the first."""
        first = self.random.choice([each for each in self.sent if self._may_be_repeated(each)])
        self.repeated.append(first)
        span, earlier = _open_span(first), first.ticket
        at = earlier.created_at + span * self.random.uniform(0.2, 0.5)
        values = {name: getattr(earlier, name) for name in _REPEATED}
        dates = {"created_at": at, "state_since": at, "last_activity_at": at}
        ticket = Ticket(**values, **dates, reference=new_reference())
        conversation = Conversation(self.office, ticket, first.words, first.fill)
        conversation.message(first.words["again"])
        conversation.at = at + span * self.random.uniform(0.1, 0.4)
        ticket.merged_into = earlier
        conversation.move(S.MERGED, Mover.STAFF)
        earlier.last_activity_at = max(earlier.last_activity_at, conversation.at)
        return conversation

    def _may_be_repeated(self, conversation: Conversation) -> bool:
        is_free = not any(conversation is each for each in self.repeated)
        is_fit = conversation.ticket.state in (S.CLOSED, S.OPEN) and conversation.ticket.kind != TicketKind.EMERGENCY
        is_written = conversation.ticket.channel not in TAKEN_DOWN
        return is_free and is_fit and is_written and _open_span(conversation) > timedelta(days=1)


def _is_fit(request: dict[str, Any], state: TicketState, *, is_old: bool) -> bool:
    """Tell whether a text can believably stand there: nobody works on praise for days, nor waits in an emergency."""
    if state in (S.CLOSED, S.SOLVED, S.NEW):
        return True
    if state == S.WAITING:
        return "question" in request
    if is_old:
        return request["kind"] in (TicketKind.COMPLAINT, TicketKind.TECHNICAL)
    return request["kind"] not in (TicketKind.PRAISE, TicketKind.SUGGESTION, TicketKind.EMERGENCY)


def _open_span(conversation: Conversation) -> timedelta:
    """Return how long a request stayed open at first: until it was solved or closed, or until now."""
    ended = [move.at for move in conversation.moves if move.target in (S.SOLVED, S.CLOSED)]
    return min(ended, default=conversation.anchor) - conversation.ticket.created_at


def _end(conversation: Conversation, request: dict[str, Any], source: random.Random) -> None:
    """End a request of the past: mostly solved, now and then only after a doubt, or for want of an answer."""
    luck = source.random()
    if luck < 0.05:
        conversation.first_answer(late=False)
        conversation.ask_back(request)
        conversation.close()
        return
    conversation.solve(request)
    if luck > 0.92:
        conversation.doubt()
        conversation.redo()
    conversation.close()
    conversation.rate()
