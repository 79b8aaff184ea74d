"""The demonstration's newsletter: thirteen months of issues, five thousand readers, one issue that waits for approval.

Rows are written directly and in bulk, since services date everything now and write to people. Once there are
subscriptions, nothing is added.
"""

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from newsletter.choices import BlockKind, Frequency, IssueState, SubscriptionState
from newsletter.models import Block, EditionPage, Issue, MailingList, Subscription
from newsletter.rules import next_start, week_of
from newsletter.selectors.checks import findings
from newsletter.selectors.rendering import editions_of
from newsletter.services import issues
from newsletter.services.subscribing import CONSENT_VERSION, PURPOSE
from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Contact, Organisation, Person
from portal.mailings.choices import MailingState, Reason
from portal.mailings.models import Edition, Mailing, Suppression
from portal.mailings.services.suppression import hash_of
from portal.registry import DemoStage, offers

CONTENT = Path(__file__).resolve().parent.parent / "demo" / "issues.toml"
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh_hans"}
WEEKS = 56
# The first readers came some weeks before the first issue.
DAYS = WEEKS * 7 + 28
_SHARES = {"ar": 62, "en": 25, "zh-hans": 13}
_STATES = [
    (SubscriptionState.ACTIVE, 4880),
    (SubscriptionState.PAUSED, 120),
    (SubscriptionState.LEFT, 190),
    (SubscriptionState.ENDED, 60),
    (SubscriptionState.PENDING, 30),
]
# By how many minutes the issue of so many weeks ago was late: a relay that was away, and one approved after its hour.
_LATE = {11: 42, 33: 190}


def load(stage: DemoStage) -> None:
    """Load readers, what they were sent, and the issue of the coming Monday."""
    monday = MailingList.objects.filter(code="monday").first()
    if monday is None or Subscription.objects.exists():
        return
    _subscribe(stage, monday)
    topics = tomllib.loads(CONTENT.read_text(encoding="utf-8"))["topics"]
    sent = _write(stage, topics)
    _send(sent, len(topics))
    _fill()
    waiting = _waiting(topics[0])
    stage.say(f"{Subscription.objects.count()} subscriptions, {len(sent)} issues, {waiting or 'no issue'} waits")


# Readers


def _subscribe(stage: DemoStage, monday: MailingList) -> None:
    people = list(Person.objects.filter(email__endswith="@people.demo.example").order_by("pk")[:150])
    bodies = list(Organisation.objects.exclude(kind__in=[OrganisationKind.MINISTRY, OrganisationKind.BODY]))
    rows = [
        _reader(stage, number, state, people[number] if number < len(people) else None, bodies)
        for number, state in enumerate(state for state, count in _STATES for _ in range(count))
    ]
    guests = [row for row in rows if row.person is None]
    contacts = Contact.objects.bulk_create(
        Contact(email=row.email, email_key=row.email_key, language=row.language) for row in guests
    )
    for row, contact in zip(guests, contacts, strict=True):
        row.contact = contact
    Subscription.objects.bulk_create(rows, batch_size=2000)
    _suppress([row for row in rows if row.state == SubscriptionState.ENDED])
    with connection.cursor() as cursor:
        cursor.execute(_ON_THE_LIST, [monday.pk])
        for act, column in (("asked", "created_at"), ("confirmed", "confirmed_at"), ("left", "ended_at")):
            cursor.execute(_CONSENT.format(column=column), [act, CONSENT_VERSION, act, act])


def _suppress(ended: list[Subscription]) -> None:
    """Nobody writes any more to where mail came back, or was reported as unwanted."""
    Suppression.objects.bulk_create(
        Suppression(
            address_hash=hash_of(row.email_key),
            reason=Reason.COMPLAINT if hash_of(row.email_key) < "2" else Reason.UNKNOWN,
            since=row.ended_at,
        )
        for row in ended
    )


def _reader(
    stage: DemoStage, number: int, state: SubscriptionState, person: Person | None, bodies: list[Organisation]
) -> Subscription:
    draw: random.Random = stage.random
    email = person.email if person else f"reader{number:04}@readers.demo.example"
    # More came in the later months than in the first ones.
    asked_at = stage.anchor - timedelta(days=DAYS * (1 - draw.random() ** 0.7) + 1, hours=draw.random() * 24)
    is_confirmed = state != SubscriptionState.PENDING
    has_ended = state in (SubscriptionState.LEFT, SubscriptionState.ENDED)
    language = person.language if person else draw.choices(list(_SHARES), list(_SHARES.values()))[0]
    return Subscription(
        person=person,
        email=email,
        email_key=person.email_key if person else email,
        language=language,
        organisation=draw.choice(bodies) if bodies and draw.random() < 0.12 else None,
        frequency=Frequency.MONTHLY if draw.random() < 0.08 else Frequency.WEEKLY,
        state=state,
        paused_until=(stage.anchor + timedelta(days=draw.randint(5, 60))).date()
        if state == SubscriptionState.PAUSED
        else None,
        created_at=asked_at,
        confirmed_at=asked_at + timedelta(minutes=draw.randint(2, 600)) if is_confirmed else None,
        ended_at=asked_at + (stage.anchor - asked_at) * draw.uniform(0.3, 0.99) if has_ended else None,
    )


_ON_THE_LIST = """
INSERT INTO newsletter_subscription_lists (subscription_id, mailinglist_id)
SELECT id, %s FROM newsletter_subscription
"""
_CONSENT = """
INSERT INTO newsletter_consent
       (subscription_id, address_hash, act, source, text_version, language, choices, by_id, at)
SELECT id, encode(sha256(convert_to(email_key, 'UTF8')), 'hex'), %s,
       CASE WHEN person_id IS NULL THEN 'form' ELSE 'account' END, %s, language,
       jsonb_build_object('lists', jsonb_build_array('monday'), 'frequency', frequency),
       person_id, {column}
  FROM newsletter_subscription
 WHERE {column} IS NOT NULL AND (%s <> 'left' OR state = 'left') AND (%s <> 'asked' OR person_id IS NULL)
"""


# Issues that went out


def _write(stage: DemoStage, topics: list[dict[str, Any]]) -> list[Issue]:
    """Write the issues of the last thirteen months with their parts, the first first."""
    ministry = Organisation.objects.get(kind=OrganisationKind.MINISTRY)
    writer, second = (Person.objects.get(email=f"{name}@demo.example") for name in ("editor", "manager"))
    coming = next_start(max(stage.anchor, timezone.now()))
    rows = []
    for ago in range(WEEKS, 0, -1):
        start_at = coming - timedelta(days=7 * ago)
        year, week = week_of(start_at)
        rows.append(
            Issue(
                organisation=ministry,
                year=year,
                week=week,
                state=IssueState.SENT,
                start_at=start_at,
                not_after=start_at + timedelta(hours=10),
                written_by=writer,
                submitted_by=writer,
                approved_by=second,
                submitted_at=start_at - timedelta(days=3),
                approved_at=start_at - timedelta(days=1, hours=ago % 20),
                updated_at=start_at,
                **_texts("subject", topics[ago % len(topics)]["subject"]),
            )
        )
    Issue.objects.bulk_create(rows)
    questions = offers["questions"](rows[0].start_at, timezone.now())
    blocks = [
        block
        for ago, issue in zip(range(WEEKS, 0, -1), rows, strict=True)
        for block in _parts(
            issue, topics[ago % len(topics)], questions[ago % len(topics) % len(questions)] if questions else None
        )
    ]
    Block.objects.bulk_create(blocks)
    return rows


def _parts(issue: Issue, topic: dict[str, Any], question: Any) -> list[Block]:
    lead = Block(issue=issue, kind=BlockKind.LEAD, **_texts("heading", _GREETING), **_texts("text", topic["text"]))
    if question is None:
        return [lead]
    asked = Block(issue=issue, kind=BlockKind.QUESTION, position=1, offered_by=question.key, link=question.path("ar"))
    for code, column in LANGUAGES.items():
        language = "zh-hans" if code == "zh" else code
        setattr(asked, f"heading_{column}", question.titles.get(language, ""))
        setattr(asked, f"text_{column}", question.texts.get(language, ""))
    return [lead, asked]


def _texts(field: str, texts: dict[str, str]) -> dict[str, str]:
    return {f"{field}_{column}": texts[code] for code, column in LANGUAGES.items()}


def _send(sent: list[Issue], topics: int) -> None:
    """Write what went out: editions, pages of the archive and mailings. Issues of one topic are drawn once."""
    mailings = Mailing.objects.bulk_create(
        _mailing(issue, ago) for ago, issue in zip(range(len(sent), 0, -1), sent, strict=True)
    )
    drawn = [(issue.code, editions_of(issue)) for issue in sent[:topics]]
    pages, editions = [], []
    for number, (issue, mailing) in enumerate(zip(sent, mailings, strict=True)):
        issue.mailing = mailing
        code, alike = drawn[number % topics]
        for language, one in alike.items():
            text, html = (part.replace(code, issue.code) for part in (one.mail.text, one.mail.html))
            texts = {"language": language, "subject": one.mail.subject, "text": text}
            pages.append(EditionPage(issue=issue, mail=html, page=one.page, **texts))
            editions.append(Edition(mailing=mailing, html=html, **texts))
    Issue.objects.bulk_update(sent, ["mailing"])
    EditionPage.objects.bulk_create(pages)
    Edition.objects.bulk_create(editions)


def _mailing(issue: Issue, ago: int) -> Mailing:
    began = issue.start_at + timedelta(seconds=20 + ago % 30, minutes=_LATE.get(ago, 0))
    return Mailing(
        key=f"{PURPOSE}/{issue.year}-W{issue.week:02}",
        purpose=PURPOSE,
        title=str(issue),
        organisation=issue.organisation,
        state=MailingState.SENT,
        start_at=issue.start_at,
        not_after=issue.not_after,
        frozen_at=issue.approved_at,
        started_at=began,
        finished_at=began + timedelta(minutes=9),
        created_at=issue.approved_at,
    )


def _fill() -> None:
    """Give each mailing the copies of those who were subscribed then: most arrived, some came back."""
    with connection.cursor() as cursor:
        cursor.execute(_COPIES)
        cursor.execute(_EVENTS)
        cursor.execute(_COUNTS)


# Drawn from a hash of address and mailing, so that it comes out the same each time; in the order of the index that
# keeps each address once in a mailing, which is then written from its one end to the other.
_COPIES = """
INSERT INTO mailings_delivery (mailing_id, person_id, contact_id, member, address, email_key, language, state, reason,
                               detail, attempts, doubts, due_at, sent_at)
SELECT drawn.mailing_id, person_id, contact_id, code, email, email_key, language,
       CASE WHEN lot < 4 THEN 'bounced' WHEN lot = 4 THEN 'skipped' WHEN lot = 5 AND few = 0 THEN 'complained'
            ELSE 'sent' END,
       CASE WHEN lot < 4 THEN 'refused' WHEN lot = 4 THEN 'left' WHEN lot = 5 AND few = 0 THEN 'complaint'
            ELSE '' END,
       CASE WHEN lot < 4 THEN '552 5.2.2 Mailbox full' ELSE '' END, CASE WHEN lot = 4 THEN 0 ELSE 1 END, 0,
       started_at, CASE WHEN lot > 4 THEN started_at + lot * interval '0.5 second' END
  FROM (SELECT m.id AS mailing_id, m.started_at, s.*,
               abs(hashtext(s.email_key || m.key)) % 1000 AS lot, abs(hashtext(m.key || s.email_key)) % 4 AS few
          FROM newsletter_subscription AS s
          JOIN mailings_mailing AS m ON s.confirmed_at < m.frozen_at
           AND (s.ended_at IS NULL OR s.ended_at > m.started_at)
         WHERE m.purpose = 'newsletter' AND s.state <> 'pending'
           AND (s.frequency = 'weekly' OR extract(day FROM m.start_at) <= 7)) AS drawn
 ORDER BY drawn.mailing_id, email_key
"""
_EVENTS = """
INSERT INTO mailings_deliveryevent (mailing_id, delivery_id, outcome, reason, detail, at)
SELECT mailing_id, id, state, reason, detail, COALESCE(sent_at, due_at)
  FROM mailings_delivery WHERE state IN ('sent', 'bounced', 'complained')
"""
_COUNTS = """
UPDATE mailings_mailing AS m SET frozen_count = found.copies
  FROM (SELECT mailing_id, count(*) AS copies FROM mailings_delivery GROUP BY mailing_id) AS found
 WHERE found.mailing_id = m.id
"""


# The coming issue


def _waiting(topic: dict[str, Any]) -> Issue | None:
    """Write the issue of the coming Monday, complete in three languages, and hand it in for approval."""
    issue = issues.make_next(timezone.now())
    if issue.state != IssueState.DRAFT:
        return None
    writer = Person.objects.get(email="editor@demo.example")
    broken = {one.part_id for one in findings(issue) if one.is_error and one.part_id}
    issue.blocks.filter(pk__in=broken).delete()
    order = [
        Block(issue=issue, kind=BlockKind.LEAD, **_texts("heading", _GREETING), **_texts("text", topic["text"])),
        *issue.blocks.all(),
    ]
    order[0].save()
    for position, block in enumerate(order):
        Block.objects.filter(pk=block.pk).update(position=position)
    for name, value in {**_texts("subject", topic["subject"]), **_texts("preheader", _PREHEADER)}.items():
        setattr(issue, name, value)
    issue.written_by = issue.submitted_by = writer
    issue.submitted_at, issue.state = _last_afternoon(issue.start_at), IssueState.SUBMITTED
    issue.save()
    return issue


def _last_afternoon(start_at: datetime) -> datetime:
    return min(timezone.now(), start_at - timedelta(days=3))


_GREETING = {"ar": "صباح الخير", "en": "Good morning", "zh": "早上好"}
_PREHEADER = {
    "ar": "وردود جديدة، وسؤال تكرر هذا الشهر",
    "en": "And new answers, and a question that came up often this month",
    "zh": "以及新的答复和本月常见问题",
}
