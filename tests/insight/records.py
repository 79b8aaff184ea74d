"""Rows as they would stand after months of use, each at a moment of the test's choice."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from engagement.comments.models import Comment, CommentVote
from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation, StatusChange
from engagement.polls.models import Ballot, Poll, Turnout
from moderation.choices import CaseState, Outcome
from moderation.models import Case, Decision, Ground, Report
from newsletter.choices import ConsentAct, Source
from newsletter.models import Consent, Issue, Subscription
from portal.accounts.models import Organisation, Person
from portal.calendars.choices import Level
from portal.mailings.models import Delivery, Mailing
from portal.pages.models import Judgement, Subject, Tally
from surveys.models import Invitee, Inviting, Participation, Sending, Survey
from surveys.models import Version as SurveyVersion
from surveys.rules.recording import Tally as AnswerTally
from surveys.services.counting import Group, count_answers, count_pages
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    DeadlineFactory,
    GroundFactory,
    PersonFactory,
    PollFactory,
    ThreadFactory,
)
from tickets.choices import EntryKind, Mover, TicketState
from tickets.models import Entry, Move, Ticket
from tickets.rules import new_reference

RIYADH = ZoneInfo("Asia/Riyadh")
TICK = timedelta(microseconds=1)


def month_ago(count: int) -> date:
    """Return the first day of the month so many months back."""
    day = timezone.now().astimezone(RIYADH).date().replace(day=1)
    for _ in range(count):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return the half-open bounds of a month in Riyadh, worked out apart from the code under test."""
    start = datetime(month.year, month.month, 1, tzinfo=RIYADH)
    following = (start + timedelta(days=40)).replace(day=1)
    return start, following


def comment(body: Organisation, at: datetime, author: Person | None = None, **fields: object) -> Comment:
    """Post a comment."""
    return CommentFactory(
        thread=ThreadFactory(organisation=body), author=author or PersonFactory(), created_at=at, **fields
    )


def comment_vote(on: Comment, at: datetime, person: Person | None = None, value: int = 1) -> CommentVote:
    """Vote on a comment."""
    return CommentVote.objects.create(comment=on, person=person or PersonFactory(), value=value, created_at=at)


def poll_vote(poll: Poll, at: datetime, person: Person | None = None) -> Turnout:
    """Vote on a poll."""
    ballot = Ballot.objects.create(poll=poll, option=poll.options.first())
    return Turnout.objects.create(
        poll=poll, person=person or PersonFactory(), ballot=ballot, language="en", voted_at=at
    )


def change_poll_vote(turnout: Turnout) -> None:
    """Cast another ballot in place of the first."""
    turnout.ballot = Ballot.objects.create(poll=turnout.poll, option=turnout.poll.options.last())
    turnout.save()


def poll(body: Organisation) -> Poll:
    """Open a poll."""
    return PollFactory(organisation=body)


def consultation(
    body: Organisation,
    opens: datetime,
    closes: datetime,
    *,
    due: datetime | None = None,
    published: datetime | None = None,
    responded: datetime | None = None,
    withdrawn: datetime | None = None,
) -> Consultation:
    """Publish a consultation, and answer or withdraw it, with the rows its services would have written."""
    status = Status.CONCLUDED if responded else Status.WITHDRAWN if withdrawn else Status.PUBLISHED
    made = ConsultationFactory(
        organisation=body,
        opens_at=opens,
        closes_at=closes,
        status=status,
        responded_at=responded,
        withdrawn_at=withdrawn,
        response_deadline=DeadlineFactory(started_at=closes, due_at=due or closes + timedelta(days=84)),
    )
    changes = [(Status.PUBLISHED, published or opens), (Status.CONCLUDED, responded), (Status.WITHDRAWN, withdrawn)]
    for to, at in changes:
        if at is not None:
            StatusChange.objects.create(consultation=made, status=to, at=at)
    return made


def case(body: Organisation, opened: datetime, key: str, *, hours: int = 72) -> Case:
    """Open a case."""
    deadline = DeadlineFactory(level=Level.REPORT_OF_CONTENT, started_at=opened, due_at=opened + timedelta(hours=hours))
    return Case.objects.create(
        kind="comment", key=key, organisation=body, text="Words", language="en", deadline=deadline, opened_at=opened
    )


def report(on: Case, at: datetime, reporter: Person | None = None) -> Report:
    """Report; without a person it comes from a guest."""
    return Report.objects.create(case=on, ground=GroundFactory(), reporter=reporter, created_at=at)


def decide(on: Case, at: datetime, outcome: Outcome, ground: Ground | None = None) -> Decision:
    """Decide a case, or correct its decision."""
    decision = Decision.objects.create(
        case=on,
        number=on.decisions.count() + 1,
        outcome=outcome,
        ground=ground or (GroundFactory() if outcome == Outcome.HIDE else None),
        decided_by=PersonFactory(),
        decided_at=at,
    )
    on.state, on.decided_at = CaseState.DECIDED, at
    on.save()
    return decision


def request(
    body: Organisation,
    came: datetime,
    moves: list[tuple[TicketState, datetime]],
    *,
    due: datetime,
    replied: datetime | None = None,
    **fields: object,
) -> Ticket:
    """Take a request that went these ways, and was answered at a moment or not at all."""
    values = {"kind": "enquiry", "language": "en", "subject": "Words"} | fields
    path = [(TicketState.NEW, came), *moves]
    met = min([at for state, at in moves if state == TicketState.SOLVED] + ([replied] if replied else []), default=None)
    made = Ticket.objects.create(
        organisation=body,
        reference=new_reference(),
        created_at=came,
        state=path[-1][0],
        first_reply=DeadlineFactory(level=values["kind"], started_at=came, due_at=due, met_at=met),
        **values,
    )
    for number, (state, at) in enumerate(path, start=1):
        source = path[number - 2][0] if number > 1 else ""
        Move.objects.create(ticket_id=made.pk, number=number, source=source, target=state, mover=Mover.STAFF, at=at)
    if replied is not None:
        Entry.objects.create(ticket=made, kind=EntryKind.REPLY, language="en", text="Words", created_at=replied)
    return made


def reader(confirmed: datetime, *, ended: datetime | None = None, **fields: object) -> Subscription:
    """Subscribe an address, which unsubscribed when it ended."""
    address = f"reader-{Subscription.objects.count()}@example.org"
    values = {"email": address, "email_key": address, "language": "en"} | fields
    state = "left" if ended else "active"
    made = Subscription.objects.create(state=state, confirmed_at=confirmed, ended_at=ended, **values)
    if ended is not None:
        leaving(made, ended)
    return made


def leaving(subscription: Subscription, at: datetime) -> None:
    """Write down that a reader left."""
    Consent.objects.create(
        subscription_id=subscription.pk,
        address_hash="0" * 64,
        act=ConsentAct.LEFT,
        source=Source.FORM,
        language=subscription.language,
        at=at,
    )


def issue(body: Organisation, due: datetime, began: datetime, states: list[str]) -> Issue:
    """Send an issue whose copies ended in these states."""
    number = Issue.objects.count()
    mailing = Mailing.objects.create(
        key=f"newsletter/{number}",
        purpose="newsletter",
        title="Words",
        organisation=body,
        state="sent",
        start_at=due,
        not_after=due + timedelta(days=30),
        started_at=began,
    )
    Delivery.objects.bulk_create(
        Delivery(
            mailing=mailing,
            member=f"m{place}",
            address=f"{place}@example.org",
            email_key=f"{place}@example.org",
            language="ar",
            state=state,
            due_at=began,
        )
        for place, state in enumerate(states)
    )
    return Issue.objects.create(
        organisation=body,
        year=2000 + number,
        week=1,
        state="sent",
        start_at=due,
        not_after=due + timedelta(days=30),
        mailing=mailing,
    )


def judgement(body: Organisation, week: date, scale: str, value: int, language: str = "en") -> Judgement:
    """Judge a page of a body in a week, and count it."""
    subject, _is_new = Subject.objects.get_or_create(kind="page", key=f"of-{body.pk}", organisation=body)
    cell = {"scale": scale, "language": language, "week": week, "value": value}
    tally, _is_new = Tally.objects.get_or_create(subject=subject, **cell)
    tally.count += 1
    tally.save()
    return Judgement.objects.create(subject=subject, **cell)


def survey(body: Organisation) -> Survey:
    """Publish a survey that asks for satisfaction in part and on the whole, recommendation and effort."""
    questions = [
        {"code": "first", "kind": "scale", "scale": "satisfaction"},
        {"code": "overall", "kind": "scale", "scale": "satisfaction"},
        {"code": "likely", "kind": "nps"},
        {"code": "likely_again", "kind": "nps"},
        {"code": "effort", "kind": "ces"},
    ]
    structure = {"pages": [{"code": "p1", "questions": questions}], "languages": ["ar", "en", "zh-hans"]}
    made = Survey.objects.create(organisation=body, title_en="Words", mode="identified", audience="signed_in")
    # An earlier wording asked for stars: the last one counts.
    earlier = {"pages": [{"code": "p1", "questions": [{"code": "first", "kind": "rating"}]}]}
    SurveyVersion.objects.create(survey=made, number=1, edition=1, structure=earlier)
    made.version = SurveyVersion.objects.create(survey=made, number=1, edition=2, structure=structure)
    made.opens_at, made.status = timezone.now() - timedelta(days=400), "live"
    made.save()
    return made


def answers(
    asked: Survey,
    week: date,
    question: str,
    counts: dict[int, int],
    *,
    language: str = "en",
    channel: str = "web",
    kind: str = "",
) -> None:
    """Count points given to a question in a week."""
    group = Group(asked.pk, 1, language, channel, week, kind)
    tallies = [AnswerTally(question, option=str(point)) for point, count in counts.items() for _ in range(count)]
    tallies += [AnswerTally(question, number=Decimal(point)) for point, count in counts.items() for _ in range(count)]
    count_answers([(group, tally) for tally in tallies])


def pages(asked: Survey, week: date, *, begun: int, done: int, language: str = "en", channel: str = "web") -> None:
    """Count those who began a survey in a week, and those who handed in."""
    group = Group(asked.pk, 1, language, channel, week)
    count_pages({(group, ""): begun, (group, "p1"): done, (group, "="): done})


def invitations(
    asked: Survey, at: datetime, *, sent: int, bounced: int, answered: int, language: str = "en", kind: str = "first"
) -> None:
    """Invite so many, of whom the first have answered; a reminder goes to half of them again."""
    number = Sending.objects.count()
    mailing = Mailing.objects.create(
        key=f"survey/{number}",
        purpose="survey",
        title="Words",
        organisation=asked.organisation,
        state="sent",
        start_at=at,
        not_after=at + timedelta(days=30),
        started_at=at,
    )
    fields = {"audience": "people", "state": "sent", "mailing": mailing, "confirmed_at": at, "frozen_count": sent}
    sending = Sending.objects.create(survey=asked, kind=kind, **fields)
    states = ["sent"] * sent + ["bounced"] * bounced + ["skipped"]
    invited = [
        Invitee(
            survey=asked,
            address=f"{number}-{place}@example.org",
            email_key=f"{number}-{place}@example.org",
            address_hash="0" * 64,
            language=language,
            nonce=f"{number}-{place}",
            token_hash=f"{number:032}{place:032}",
        )
        for place in range(len(states))
    ]
    Invitee.objects.bulk_create(invited)
    Inviting.objects.bulk_create(Inviting(sending=sending, invitee=one, at=at) for one in invited)
    Delivery.objects.bulk_create(
        Delivery(
            mailing=mailing,
            member=one.code,
            address=one.address,
            email_key=one.email_key,
            language=language,
            state=state,
            due_at=at,
        )
        for one, state in zip(invited, states, strict=True)
    )
    spent = [*invited[:answered], *invited[sent : sent + 1]]
    Participation.objects.bulk_create(Participation(survey=asked, token_hash=one.token_hash) for one in spent)
