"""The demonstration's consultations, with 13 months of comments, votes, reports and decisions.

Rows are written directly, since services date everything now; the counters are recounted afterwards by the same
function that recounts them at night. What exists already is left alone.
"""

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

import portal.accounts
from engagement.comments.models import Comment, CommentVote, Thread
from engagement.comments.services import recount
from engagement.consultations.choices import Status
from engagement.consultations.management.demo_moderation import report_comment
from engagement.consultations.models import Consultation, Document, Section, StatusChange
from engagement.consultations.services import keep_version, refresh_search_text, stance_labels
from engagement.polls.models import Ballot, Poll, Turnout
from engagement.polls.services import create_poll
from portal.accounts.choices import ParticipantKind
from portal.accounts.models import Organisation, Person
from portal.calendars.choices import Level
from portal.calendars.services import drop, meet, promise
from portal.pages.models import Topic
from portal.registry import DemoStage

CONTENT = Path(__file__).parent.parent / "demo"
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}
_SUFFIXES = {"ar": "ar", "en": "en", "zh": "zh_hans"}
_STATUSES = {"draft": Status.DRAFT, "concluded": Status.CONCLUDED, "withdrawn": Status.WITHDRAWN}


def load(stage: DemoStage) -> None:
    """Load every consultation that is not there yet."""
    people = list(Person.objects.filter(email__endswith="@people.demo.example").order_by("pk"))
    for path in sorted(CONTENT.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if Consultation.objects.filter(slug=content["slug"]).exists():
            continue
        with transaction.atomic():
            _Loader(stage, content, people).load()
        stage.say(content["slug"])
    recount()


class _Loader:
    """Writes one consultation and all that hangs on it."""

    def __init__(self, stage: DemoStage, content: dict[str, Any], people: list[Person]) -> None:
        self.stage, self.content = stage, content
        self.random = stage.random
        self.people = people
        self.voices = voices()
        self.editor = Person.objects.get(email="editor@demo.example")
        self.body = Organisation.objects.get(code=content["body"])
        self.opens = self.day(content["opens"], hour=8)
        self.closes = self.day(content["closes"], hour=16)
        self.status = _STATUSES.get(content["state"], Status.PUBLISHED)
        self.consultation: Consultation
        self.threads: dict[int, Thread] = {}

    def load(self) -> None:
        """Write it all, in the order in which one thing needs another."""
        self.write_consultation()
        self.write_sections()
        self.write_versions()
        self.write_documents()
        self.write_poll()
        self.write_history()
        self.write_comments()
        refresh_search_text(self.consultation)

    def day(self, offset: int, *, hour: int) -> datetime:
        """Return an hour of the day so many days after the anchor."""
        return self.stage.anchor + timedelta(days=offset, hours=hour)

    def write_consultation(self) -> None:
        """Write the consultation itself, with its outcome or the reason for its withdrawal."""
        content, outcome = self.content, self.content.get("outcome", {})
        published = self.status != Status.DRAFT
        deadline = promise(Level.CONSULTATION_RESPONSE, body=self.body, start=self.closes) if published else None
        consultation = Consultation(
            slug=content["slug"],
            organisation=self.body,
            kind=content["kind"],
            level=content["level"],
            opens_at=self.opens,
            closes_at=self.closes,
            status=self.status,
            published_at=min(self.opens - timedelta(days=5), self.stage.anchor - timedelta(days=1))
            if published
            else None,
            response_deadline=deadline,
            thread=self.new_thread(),
        )
        texts = {"title": "title", "summary": "summary", "text": "body", "audience": "audience"}
        for source, field in (texts | {"short_period_reason": "short_period_reason"}).items():
            translate(consultation, field, content.get(source, {}))
        translate(consultation, "outcome_summary", outcome.get("summary", {}))
        translate(consultation, "response", outcome.get("response", {}))
        translate(consultation, "withdrawal_reason", content.get("withdrawn", {}).get("reason", {}))
        if outcome:
            consultation.responded_at = self.day(outcome["responded"], hour=11)
            meet(deadline, at=consultation.responded_at)
        if "withdrawn" in content:
            consultation.withdrawn_at = self.day(content["withdrawn"]["day"], hour=12)
            drop(deadline, at=consultation.withdrawn_at)
        consultation.updated_at = min(
            consultation.responded_at or consultation.withdrawn_at or self.opens, self.stage.anchor
        )
        consultation.save()
        consultation.topics.set(Topic.objects.filter(code__in=content["topics"]))
        self.consultation = consultation
        self.threads[0] = consultation.thread

    def new_thread(self) -> Thread:
        """Write a thread that opens and closes with the consultation."""
        closes = self.closes
        if "withdrawn" in self.content:
            closes = self.day(self.content["withdrawn"]["day"], hour=12)
        return Thread.objects.create(
            organisation=self.body, is_public=self.status != Status.DRAFT, opens_at=self.opens, closes_at=closes
        )

    def write_sections(self) -> None:
        """Write the articles, each with its thread."""
        for number, content in enumerate(self.content.get("sections", []), start=1):
            section = Section(consultation=self.consultation, number=number, thread=self.new_thread())
            translate(section, "title", content["title"])
            translate(section, "body", content["body"])
            section.save()
            self.threads[number] = section.thread

    def write_versions(self) -> None:
        """Keep what it said when published; where it was revised, the articles began as their first paragraph."""
        published, revised = self.consultation.published_at, self.content.get("revised")
        if revised is None:
            keep_version(self.consultation, by=self.editor, at=published)
            return
        self.write_section_texts(lambda text: text.strip().split("\n\n")[0])
        keep_version(self.consultation, by=self.editor, at=published)
        self.write_section_texts(str.strip)
        keep_version(self.consultation, by=self.editor, at=self.opens + timedelta(days=revised))

    def write_section_texts(self, change: Callable[[str], str]) -> None:
        """Write the articles' texts anew from the content, each changed in this way."""
        contents = self.content.get("sections", [])
        for section, content in zip(self.consultation.sections.order_by("number"), contents, strict=True):
            translate(section, "body", {code: change(text) for code, text in content["body"].items()})
            section.save()

    def write_documents(self) -> None:
        """Write the documents as pages."""
        for position, content in enumerate(self.content.get("documents", [])):
            document = Document(consultation=self.consultation, position=position)
            translate(document, "title", content["title"])
            translate(document, "body", content["body"])
            document.save()

    def write_poll(self) -> None:
        """Write the question, and the votes of most of the people while it was open."""
        content = self.content.get("poll")
        if not content:
            return
        question = {LANGUAGES[code]: text for code, text in content["question"].items()}
        poll = create_poll(
            organisation=self.body,
            question=question,
            labels=stance_labels(),
            results=content["results"],
            is_public=self.status != Status.DRAFT,
            opens_at=self.opens,
            closes_at=self.threads[0].closes_at,
        )
        self.consultation.poll = poll
        self.consultation.save(update_fields=["poll"])
        if self.opens < self.stage.anchor and self.status != Status.DRAFT:
            self.write_votes(poll, content)

    def write_votes(self, poll: Poll, content: dict[str, Any]) -> None:
        """Write one ballot for each of 70 to 130 people, by the weights of the content."""
        options = {option.code: option for option in poll.options.all()}
        weights = [content[code] for code in options]
        members = [person for person in self.people if person.date_joined < self.last_moment()]
        voters = self.random.sample(members, min(len(members), self.random.randint(70, 130)))
        ballots, turnouts = [], []
        for person in voters:
            option = options[self.random.choices(list(options), weights)[0]]
            option.votes += 1
            ballots.append(Ballot(poll=poll, option=option))
            turnouts.append(
                Turnout(
                    poll=poll,
                    person=person,
                    ballot=ballots[-1],
                    language=person.language,
                    is_verified=person.is_verified,
                    voted_at=self.moment(after=max(self.opens, person.date_joined)),
                )
            )
        Ballot.objects.bulk_create(ballots)
        Turnout.objects.bulk_create(turnouts)
        for option in options.values():
            option.save(update_fields=["votes"])
        poll.turnout_count = len(turnouts)
        poll.verified_count = sum(turnout.is_verified for turnout in turnouts)
        poll.save(update_fields=["turnout_count", "verified_count"])

    def write_history(self) -> None:
        """Write each change of status with its day."""
        consultation = self.consultation
        if self.status == Status.DRAFT:
            return
        changes = [(Status.PUBLISHED, consultation.published_at)]
        if self.status == Status.CONCLUDED:
            changes.append((Status.CONCLUDED, consultation.responded_at))
        if self.status == Status.WITHDRAWN:
            changes.append((Status.WITHDRAWN, consultation.withdrawn_at))
        StatusChange.objects.bulk_create(
            StatusChange(consultation=consultation, status=status, at=at, by_id=self.editor.pk)
            for status, at in changes
        )

    def write_comments(self) -> None:
        """Write comments and replies in order of time, then votes on them, then reports and decisions."""
        reported, written = [], []
        contents = self.content.get("comments", [])
        moments = sorted(self.moment(after=self.opens) for _content in contents)
        for content, at in zip(contents, moments, strict=True):
            comment = self.write_comment(content, at, self.threads[content.get("section", 0)], None)
            written.append(comment)
            if "reported" in content:
                reported.append((comment, content["reported"]))
            for reply in content.get("replies", []):
                at = self.moment(after=at)
                written.append(self.write_comment(reply, at, comment.thread, comment))
        self.write_comment_votes(written, {comment.pk for comment, _content in reported})
        for comment, content in reported:
            report_comment(self.stage, comment, content, reporters=self.people)

    def write_comment(self, content: dict[str, Any], at: datetime, thread: Thread, parent: Comment | None) -> Comment:
        """Write one comment by somebody of its language, or by an agent in the body's name."""
        language = LANGUAGES[content["language"]]
        official = content.get("official", False)
        author = Person.objects.get(email="agent@demo.example") if official else self.author(content, at, parent)
        return Comment.objects.create(
            thread=thread,
            parent=parent,
            author=author,
            official_for=self.body if official else None,
            body=content["text"].strip(),
            language=language,
            created_at=at,
        )

    def author(self, content: dict[str, Any], at: datetime, parent: Comment | None) -> Person:
        """Return somebody of the text's language and voice who had an account by then, never the one answered."""
        language, voice = LANGUAGES[content["language"]], content.get("voice")
        own = [
            person
            for person in self.people
            if person.language == language
            and person.kind == ParticipantKind.INDIVIDUAL
            and (parent is None or person.pk != parent.author_id)
            and (voice is None or self.voices.get(person.display_name) == voice)
        ]
        return self.random.choice([person for person in own if person.date_joined < at] or own)

    def write_comment_votes(self, comments: list[Comment], disliked: set[int]) -> None:
        """Write up and down votes: a few comments draw many, those that were reported draw more down than up."""
        votes = []
        for comment in comments:
            count = min(len(self.people), int(self.random.paretovariate(1.1) * 2))
            liking = 0.2 if comment.pk in disliked else self.random.uniform(0.6, 0.98)
            for person in self.random.sample(self.people, min(count, 60)):
                if person.pk != comment.author_id:
                    value = 1 if self.random.random() < liking else -1
                    votes.append(
                        CommentVote(
                            comment=comment,
                            person=person,
                            value=value,
                            created_at=self.moment(after=comment.created_at),
                        )
                    )
        CommentVote.objects.bulk_create(votes)

    def last_moment(self) -> datetime:
        """Return the end of what can have happened: the close, or the beginning of the anchor day."""
        return min(self.threads[0].closes_at if self.threads else self.closes, self.stage.anchor)

    def moment(self, *, after: datetime) -> datetime:
        """Return a moment between then and the close, more likely early than late."""
        span = max(timedelta(minutes=5), self.last_moment() - after)
        return after + span * (self.random.betavariate(1, 2.2) * 0.97 + 0.01)


@cache
def voices() -> dict[str, str]:
    """Return whose name is clearly a woman's (f) or a man's (m), so that nobody says what their name contradicts."""
    people = tomllib.loads((Path(portal.accounts.__file__).parent / "demo" / "people.toml").read_text(encoding="utf-8"))
    return {person["name"]: person["voice"] for person in people["people"] if "voice" in person}


def translate(obj: Any, field: str, texts: dict[str, str]) -> None:
    """Set a translated field from a table of the content."""
    for code, text in texts.items():
        setattr(obj, f"{field}_{_SUFFIXES[code]}", text.strip())
