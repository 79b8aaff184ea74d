"""Two hundred consultations, one of them with the comments and votes of a whole city."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engagement.comments.models import Thread
from engagement.comments.services import recount
from engagement.consultations.choices import Participation, Status
from engagement.consultations.management.city.ballots import write_ballots
from engagement.consultations.management.city.people import Citizen, people
from engagement.consultations.management.city.threads import ThreadLoader
from engagement.consultations.models import Consultation, StatusChange
from engagement.consultations.services import refresh_search_text, stance_labels
from engagement.polls.choices import Results
from engagement.polls.services import create_poll
from portal.accounts.models import Organisation, Person
from portal.calendars.choices import Level
from portal.calendars.services import drop, meet, promise
from portal.pages.models import Topic
from portal.registry import DemoStage

CONTENT = Path(__file__).parent / "content.toml"
_SUFFIXES = {"ar": "ar", "en": "en", "zh": "zh_hans"}
_LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}


@dataclass(frozen=True)
class Size:
    """How large the city is. The twin is like the large consultation in all but its numbers."""

    people: int = 100_000
    consultations: int = 200
    large: tuple[int, int, int] = (50_000, 500_000, 60_000)
    twin: tuple[int, int, int] = (50, 500, 60)
    small: tuple[int, int] = (30, 120)


CITY = Size()


def load(stage: DemoStage, size: Size = CITY) -> None:
    """Load what is missing of the city, after the ordinary demonstration; a second run finds it all there."""
    citizens = people(stage, _content(), size.people)
    _City(stage, size, citizens).load()
    drift = recount(repair=False)
    if drift:
        raise RuntimeError(f"{len(drift)} counters of the city are wrong, the first: {drift[0]}")


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(CONTENT.read_text(encoding="utf-8"))


class _City:
    """Writes the consultations one by one; which there are follows from their number alone."""

    def __init__(self, stage: DemoStage, size: Size, citizens: list[Citizen]) -> None:
        self.stage, self.size, self.citizens, self.random = stage, size, citizens, stage.random
        self.content = _content()
        self.bodies = {body.code: body for body in Organisation.objects.public_bodies()}
        self.editor = Person.objects.get(email="editor@demo.example")
        agent = Person.objects.get(email="agent@demo.example")
        self.agent = Citizen(agent.pk, agent.language, agent.is_verified, agent.date_joined)

    def load(self) -> None:
        """Write the large one and its twin, then as many as bring the list to its size."""
        large = self.content["large"]
        for entry, numbers in ((large, self.size.large), (large | large["twin"], self.size.twin)):
            if not Consultation.objects.filter(slug=entry["slug"]).exists():
                self.large(entry, *numbers)
        names = [(subject, place) for place in self.content["districts"] for subject in self.content["subjects"]]
        for number, (subject, place) in enumerate(names):
            if Consultation.objects.public().count() >= self.size.consultations:
                break
            slug = f"{subject['code']}-{number:03}"
            if not Consultation.objects.filter(slug=slug).exists():
                self.small(number, slug, subject, place)

    def large(self, entry: dict[str, Any], comments: int, votes: int, ballots: int) -> None:
        """Write an open consultation with a poll."""
        consultation = self.consultation(entry["slug"], entry, "open", opens=-40, closes=25)
        poll = create_poll(
            organisation=consultation.organisation,
            question={_LANGUAGES[name]: text for name, text in entry["question"].items()},
            labels=stance_labels(),
            results=Results.ALWAYS,
            is_public=True,
            opens_at=consultation.opens_at,
            closes_at=consultation.closes_at,
        )
        consultation.poll = poll
        consultation.save(update_fields=["poll"])
        write_ballots(poll, self.random, self.citizens[:ballots], until=self.stage.anchor, say=self.stage.say)
        self.fill(consultation, comments, votes)

    def small(self, number: int, slug: str, subject: dict[str, Any], place: dict[str, str]) -> None:
        """Write one of the many, in the state and at the dates that follow from its number."""
        titles = {name: f"{subject['title'][name]}{'：' if name == 'zh' else ': '}{place[name]}" for name in place}
        state = _STATES[number % len(_STATES)]
        shift = number % 23
        opens, closes = _DATES[state](shift)
        entry = subject | {"title": titles}
        consultation = self.consultation(slug, entry, state, opens=opens, closes=closes)
        if state != "upcoming":
            self.fill(consultation, *self.size.small, quietly=True)
        if number % 20 == 19:
            self.stage.say(f"consultations: {number + 1}")

    def consultation(self, slug: str, entry: dict[str, Any], state: str, *, opens: int, closes: int) -> Consultation:
        """Write a consultation with its thread, deadline and history."""
        opens_at, closes_at = self.day(opens, hour=8), self.day(closes, hour=16)
        body = self.bodies[entry["body"]]
        consultation = Consultation(
            slug=slug,
            organisation=body,
            kind=entry.get("kind", "policy"),
            level=Participation.CONSULT,
            opens_at=opens_at,
            closes_at=closes_at,
            published_at=opens_at - timedelta(days=5),
            updated_at=min(opens_at, self.stage.anchor),
            status=_STATUSES.get(state, Status.PUBLISHED),
            response_deadline=promise(Level.CONSULTATION_RESPONSE, body=body, start=closes_at),
        )
        texts = {"title": entry["title"], "summary": entry["summary"], "body": entry.get("text", entry["summary"])}
        for name, text in texts.items():
            _translate(consultation, name, text)
        self.end(consultation)
        consultation.thread = Thread.objects.create(
            organisation=body,
            is_public=True,
            opens_at=opens_at,
            closes_at=min(closes_at, consultation.withdrawn_at or closes_at),
        )
        consultation.save()
        consultation.topics.set(Topic.objects.filter(code__in=entry["topics"]))
        self.write_history(consultation)
        refresh_search_text(consultation)
        return consultation

    def end(self, consultation: Consultation) -> None:
        """Give a concluded one its response, and a withdrawn one its reason."""
        if consultation.status == Status.CONCLUDED:
            consultation.responded_at = consultation.closes_at + timedelta(days=self.random.randint(20, 80))
            meet(consultation.response_deadline, at=consultation.responded_at)
            _translate(consultation, "outcome_summary", self.content["response"]["summary"])
            _translate(consultation, "response", self.content["response"]["text"])
        elif consultation.status == Status.WITHDRAWN:
            consultation.withdrawn_at = consultation.opens_at + timedelta(days=9)
            drop(consultation.response_deadline, at=consultation.withdrawn_at)
            _translate(consultation, "withdrawal_reason", self.content["withdrawal"])

    def write_history(self, consultation: Consultation) -> None:
        """Write each change of status with its day."""
        changes = {Status.PUBLISHED: consultation.published_at}
        changes |= {
            Status.CONCLUDED: {Status.CONCLUDED: consultation.responded_at},
            Status.WITHDRAWN: {Status.WITHDRAWN: consultation.withdrawn_at},
        }.get(Status(consultation.status), {})
        StatusChange.objects.bulk_create(
            StatusChange(consultation=consultation, status=status, at=at, by_id=self.editor.pk)
            for status, at in changes.items()
        )

    def fill(self, consultation: Consultation, comments: int, votes: int, *, quietly: bool = False) -> None:
        """Fill its thread, up to the close or the beginning of the anchor day."""
        until = min(consultation.thread.closes_at, self.stage.anchor)
        say = _silence if quietly else self.stage.say
        loader = ThreadLoader(self.random, self.content, self.citizens, self.agent, until, say)
        loader.fill(consultation.thread, comments, votes)

    def day(self, offset: int, *, hour: int) -> datetime:
        """Return an hour of the day so many days after the anchor."""
        return self.stage.anchor + timedelta(days=offset, hours=hour)


_STATES = ["open", "concluded", "analysing", "open", "concluded", "upcoming", "concluded", "withdrawn"]
_STATUSES = {"concluded": Status.CONCLUDED, "withdrawn": Status.WITHDRAWN}
# First and last day by state, shifted from one to the next so that not all open and close together.
_DATES = {
    "open": lambda shift: (-35 + shift, 2 + shift),
    "upcoming": lambda shift: (1 + shift, 32 + shift),
    "analysing": lambda shift: (-80 + shift, -30 + shift),
    "concluded": lambda shift: (-330 + 4 * shift, -290 + 4 * shift),
    "withdrawn": lambda shift: (-200 + shift, -160 + shift),
}


def _silence(line: str) -> None:
    """Say nothing of what takes no time."""


def _translate(consultation: Consultation, field: str, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        setattr(consultation, f"{field}_{_SUFFIXES[name]}", text.strip())
