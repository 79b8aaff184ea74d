"""Every figure equals a recount by SQL written apart, and is right at the edges."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagement.comments.choices import CommentState
from moderation.choices import Outcome
from moderation.models import Case
from newsletter.models import Subscription
from portal.accounts.choices import ParticipantKind, Verification
from portal.accounts.services import erase_person
from portal.calendars.models import Breach
from portal.insight.selectors import figures, month_period
from portal.insight.selectors.figures import measure_some, whole
from portal.registry import kpis
from tests.factories import (
    ArticleFactory,
    CommentFactory,
    ConsultationFactory,
    GroundFactory,
    OrganisationFactory,
    PersonFactory,
    SectionFactory,
)
from tests.insight import records
from tests.insight.records import TICK, bounds, month_ago
from tests.insight.recount import PARTS, WHOLE, recount, recount_parts
from tickets.choices import Channel, TicketKind, TicketState
from tickets.models import ArticleAnswer, ArticleReads, HelpOutcome, Rating, SearchCount

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def value(code, month, scope=None):
    """Return an undivided figure of a month."""
    return whole({code: kpis[code](month_period(month), scope)}, code).value


def parts(code, month, scope=None):
    """Return the parts that are not zero."""
    return {each.dimension: each.value for each in kpis[code](month_period(month), scope) if each.value}


def edges(month):
    """Return moments at which a row may fall on the wrong side."""
    start, end = bounds(month)
    midnight_utc = datetime(end.year, end.month, end.day, tzinfo=UTC)
    return [start - TICK, start, start + TICK, start + 9 * DAY, end - HOUR, end - TICK, end, midnight_utc, end + DAY]


@pytest.fixture
def world():
    """Fill three months of two bodies with rows at every edge, the same at each run."""
    chance = random.Random(7)
    bodies = [OrganisationFactory(), OrganisationFactory()]
    people = [newcomer(chance, bounds(month_ago(4))[0]) for _ in range(12)]
    moments = [moment for back in (3, 2, 1) for moment in edges(month_ago(back))]
    moments += [bounds(month_ago(0))[0], timezone.now() - HOUR]
    polls = [records.poll(body) for body in bodies]
    surveys = [records.survey(body) for body in bodies]
    for at in moments:
        for number, body in enumerate(bodies):
            _engage(chance, body, polls[number], people, at)
            _moderate(chance, body, people, at)
            _consult(chance, body, at, people)
            _help(body, timezone.localdate(at))
            _judge(chance, body, timezone.localdate(at))
            _ask(chance, body, at)
            _survey(chance, surveys[number], at)
        _read(chance, bodies[0], people, at)
    return bodies


def _help(body, day):
    """Let an article be read and judged, and words be searched for, on a day."""
    article = ArticleFactory(organisation=body)
    ArticleReads.objects.create(article=article, language="en", day=day, count=3)
    for voter, is_useful in (("a", True), ("b", False), ("c", True)):
        ArticleAnswer.objects.create(article=article, voter=voter, language="en", day=day, is_useful=is_useful)
    SearchCount.objects.get_or_create(language="ar", day=day, defaults={"found": 5, "missed": 2})
    HelpOutcome.objects.get_or_create(day=day, defaults={"readers": 3 + day.day, "asked": 2})


def _judge(chance, body, day):
    """Let a page and a service be judged in the week of a day, and in those before and after it."""
    for weeks in (-1, 0, 1):
        week = day - timedelta(days=day.isoweekday() % 7 - 7 * weeks)
        for scale, values in (("useful", (0, 1)), ("stars", (1, 2, 3, 4, 5))):
            for _answer in range(chance.randint(1, 3)):
                records.judgement(body, week, scale, chance.choice(values))


def _survey(chance, survey, at):
    """Let so many answer in a week, in two languages and by two channels, that nothing is withheld."""
    day = timezone.localdate(at)
    week = day - timedelta(days=day.weekday())
    for language in ("ar", "en"):
        for channel in ("web", "mail"):
            fields = {"language": language, "channel": channel}
            for question, points in (("first", (1, 5)), ("overall", (2, 3, 4, 5)), ("effort", (1, 4, 7))):
                records.answers(survey, week, question, {point: chance.randint(5, 9) for point in points}, **fields)
            for question in ("likely", "likely_again"):
                counts = {point: chance.randint(4, 9) for point in (0, 6, 7, 9, 10)}
                records.answers(survey, week, question, counts, **fields)
            begun = chance.randint(20, 30)
            records.pages(survey, week, begun=begun, done=begun - chance.randint(1, 9), **fields)
        records.invitations(survey, at, sent=20, bounced=2, answered=chance.randint(10, 15), language=language)
    records.pages(survey, week, begun=9, done=9, language="en", channel="paper")


def _ask(chance, body, at):
    """Let two requests come in, one of which something happens to at the very moment."""
    fields = {"kind": chance.choice(TicketKind.values), "channel": chance.choice(Channel.values)}
    records.request(body, at, [], due=at + chance.choice([HOUR, 5 * DAY]), **fields, language="ar")
    came, due = at - chance.choice([3 * HOUR, 4 * DAY]), at + chance.choice([-HOUR, timedelta(0), 3 * DAY])
    replied = chance.choice([None, at, at - HOUR])
    waited = [(TicketState.WAITING, at - 2 * HOUR), (TicketState.OPEN, at - HOUR)]
    fate = chance.choice([TicketState.SOLVED, TicketState.SOLVED, TicketState.SPAM, TicketState.OPEN])
    ways = [*(waited if chance.random() < 0.5 else []), (fate, at)]
    if fate == TicketState.SOLVED and chance.random() < 0.5:
        ways.append((TicketState.REOPENED, at + HOUR))
    made = records.request(body, came, ways, due=due, replied=replied, **fields)
    if fate == TicketState.SOLVED:
        Rating.objects.create(ticket=made, ended_at=at, score=chance.randint(1, 5), created_at=at)
    if due < at and replied is None:
        Breach.objects.create(deadline=made.first_reply, due_at=due)


def _read(chance, body, people, at):
    """Let somebody of each kind subscribe, one leave twice, and an issue go out."""
    languages = [chance.choice(["ar", "en", "zh-hans"]) for _ in range(4)]
    records.reader(at, language=languages[0])
    records.reader(at - 40 * DAY, language=languages[1], organisation=body, ended=at)
    person = None if Subscription.objects.filter(person=people[0]).exists() else people[0]
    left = records.reader(at - 90 * DAY, language=languages[2], person=person, ended=at + chance.choice([-DAY, DAY]))
    records.leaving(left, at)
    states = ["sent"] * chance.randint(2, 5) + ["bounced"] * chance.randint(1, 2)
    records.issue(body, at - chance.choice([HOUR, 3 * HOUR]), at, [*states, "complained", "skipped", "queued"])


def newcomer(chance, joined):
    """Return somebody of any kind and language, perhaps erased since."""
    person = PersonFactory(
        verification=chance.choice(Verification.values),
        kind=chance.choice(ParticipantKind.values),
        language=chance.choice(["ar", "en", "zh-hans"]),
        date_joined=joined,
    )
    if chance.random() < 0.2:
        person.erased_at = joined + chance.choice([DAY, 40 * DAY])
        person.save()
    return person


def _engage(chance, body, poll, people, at):
    state = chance.choice(CommentState.values)
    language = chance.choice(["ar", "en", "zh-hans"])
    comment = records.comment(body, at, chance.choice(people), state=state, language=language)
    for person in chance.sample(people, 2):
        records.comment_vote(comment, at + chance.choice([timedelta(0), TICK, DAY]), person, chance.choice([1, -1]))
    records.comment(body, at, chance.choice(people), official_for=body)
    turnout = records.poll_vote(poll, at, newcomer(chance, at))
    if chance.random() < 0.3:
        records.change_poll_vote(turnout)


def _moderate(chance, body, people, at):
    case = records.case(body, at - chance.choice([HOUR, 5 * DAY, 72 * HOUR]), str(Case.objects.count()))
    records.report(case, at - HOUR)
    records.report(case, at, chance.choice(people))
    if chance.random() < 0.8:
        ground = GroundFactory(number=chance.choice([1, 2, 5]))
        records.decide(case, at, chance.choice([Outcome.HIDE, Outcome.KEEP]), ground)
    if chance.random() < 0.4 and case.decisions.exists():
        records.decide(case, at + 20 * DAY, chance.choice([Outcome.RESTORE, Outcome.HIDE]), GroundFactory(number=3))


def _consult(chance, body, at, people):
    closes = at + chance.choice([DAY, 20 * DAY])
    fate = chance.choice(["waits", "answered", "withdrawn", "late"])
    due = closes + chance.choice([5 * DAY, 30 * DAY])
    made = records.consultation(
        body,
        at - 20 * DAY,
        closes,
        due=due,
        responded={"answered": due - chance.choice([timedelta(0), 2 * DAY]), "late": due + TICK}.get(fate),
        withdrawn=at + HOUR if fate == "withdrawn" else None,
    )
    made.kind = chance.choice(["service", "policy"])
    made.poll = records.poll(body)
    made.save()
    records.poll_vote(made.poll, at, chance.choice(people))
    for thread in (made.thread, SectionFactory(consultation=made).thread):
        comment = CommentFactory(thread=thread, author=chance.choice(people), created_at=at)
        CommentFactory(thread=thread, author=people[0], official_for=body, created_at=at)
        records.comment_vote(comment, at, chance.choice(people))


OF_NO_BODY = [
    *("searches_without_result", "requests_spared", "newsletter_subscribers", "newsletter_delivered"),
    *("newsletter_bounced", "newsletter_complaints", "newsletter_unsubscribed", "newsletter_late"),
]


def test_every_figure_equals_a_recount(world):
    for month in map(month_ago, (4, 3, 2, 1, 0)):
        for scope in [None, *world, OrganisationFactory()]:
            compare(month, scope)
    # A recount of nothing would agree with anything.
    start, end = bounds(month_ago(2))
    of_bodies = [code for code in WHOLE if any(recount(code, start, end, end, body) for body in world)]
    assert [code for code in WHOLE if code not in of_bodies] == ["sign_ups", *OF_NO_BODY]
    parts_of_bodies = [code for code in PARTS if any(recount_parts(code, start, end, end, body) for body in world)]
    of_accounts = [
        *("newsletter_subscribers_by_language", "newsletter_subscribers_by_kind"),
        *("sign_ups_by_kind", "sign_ups_by_language", "sign_ups_by_channel"),
    ]
    assert [code for code in PARTS if code not in parts_of_bodies] == of_accounts
    assert all(recount(code, start, end, end, None) > 0 for code in ("sign_ups", *OF_NO_BODY))
    assert [code for code in of_accounts if not recount_parts(code, start, end, end, None)] == []


def compare(month, scope):
    """Check every figure of a month and body."""
    start, end = bounds(month)
    found, until = figures(month_period(month), scope), min(end, timezone.now())
    assert set(found) == {*WHOLE, *PARTS}
    for code in WHOLE:
        assert whole(found, code).value == pytest.approx(recount(code, start, end, until, scope)), (code, month)
    for code in PARTS:
        with_zero = code == "overdue_responses" or code.startswith("survey_")
        counted = {each.dimension: each.value for each in found[code] if each.value or with_zero}
        assert counted == pytest.approx(recount_parts(code, start, end, until, scope)), (code, month)


@pytest.mark.parametrize(
    ("shift", "expected"), [(-TICK, 0), (timedelta(0), 1)], ids=["one microsecond before", "at midnight"]
)
def test_a_month_begins_at_midnight_in_riyadh(shift, expected):
    start, _ = bounds(month_ago(2))
    records.comment(OrganisationFactory(), start + shift)
    assert value("comments", month_ago(2)) == expected
    assert value("comments", month_ago(3)) == 1 - expected


def test_three_hours_before_midnight_in_utc_belong_to_the_next_month():
    _, end = bounds(month_ago(2))
    utc_evening = datetime(end.year, end.month, end.day, tzinfo=UTC) - 2 * HOUR
    assert utc_evening.month == month_ago(2).month
    records.comment(OrganisationFactory(), utc_evening)
    assert (value("comments", month_ago(2)), value("comments", month_ago(1))) == (0, 1)


def test_each_body_has_its_own_rows():
    start, _ = bounds(month_ago(1))
    mine, other = OrganisationFactory(), OrganisationFactory()
    for body, count in ((mine, 1), (other, 2)):
        for _ in range(count):
            records.comment(body, start)
            records.report(records.case(body, start, str(PersonFactory().pk)), start, PersonFactory())
    assert [value("comments", month_ago(1), scope) for scope in (mine, other, None)] == [1, 2, 3]
    assert [value("reports", month_ago(1), scope) for scope in (mine, other, None)] == [1, 2, 3]
    assert [value("participants", month_ago(1), scope) for scope in (mine, other, None)] == [2, 4, 6]


def test_a_person_counts_once_however_they_took_part():
    start, _ = bounds(month_ago(1))
    body, person = OrganisationFactory(), PersonFactory(verification=Verification.IDENTITY)
    comment = records.comment(body, start, person)
    records.comment_vote(comment, start, person)
    records.poll_vote(records.poll(body), start, person)
    case = records.case(body, start, comment.code)
    records.report(case, start, person)
    records.report(case, start)
    assert value("participants", month_ago(1)) == 1
    records.comment(body, start)
    assert value("verified_share", month_ago(1)) == 50


def test_people_who_did_several_things_are_united(django_assert_num_queries):
    start, _ = bounds(month_ago(1))
    mine, other = OrganisationFactory(), OrganisationFactory()
    everything, twice, voter, reporter = (PersonFactory(verification=Verification.IDENTITY) for _ in range(4))
    poll, comments = records.poll(mine), [records.comment(mine, start, person) for person in (everything, twice)]
    for person in (everything, twice, voter):
        for comment in comments:
            records.comment_vote(comment, start, person)
    for person in (everything, voter):
        records.poll_vote(poll, start, person)
    for person in (everything, reporter):
        records.report(records.case(other, start, person.email), start, person)
    records.comment(other, start - TICK, PersonFactory())
    records.comment(other, start, PersonFactory(verification=Verification.EMAIL))
    with django_assert_num_queries(1):
        assert value("participants", month_ago(1)) == 5
    assert [value("participants", month_ago(1), body) for body in (mine, other)] == [3, 3]
    shares = [kpis["verified_share"](month_period(month_ago(1)), body)[0] for body in (None, mine, other)]
    assert [(share.numerator, share.denominator) for share in shares] == [(4, 5), (3, 3), (2, 3)]


def test_a_hidden_comment_stays_counted():
    start, _ = bounds(month_ago(1))
    body = OrganisationFactory()
    for state in CommentState.values:
        records.comment(body, start, state=state)
    assert value("comments", month_ago(1)) == len(CommentState.values)


def test_a_changed_vote_counts_once_in_the_month_it_was_first_given():
    start, _ = bounds(month_ago(2))
    poll = records.poll(OrganisationFactory())
    records.change_poll_vote(records.poll_vote(poll, start))
    assert (value("poll_votes", month_ago(2)), value("poll_votes", month_ago(1))) == (1, 0)


def test_shares_and_medians_without_a_base_have_no_value():
    codes = ["verified_share", "response_share", "response_days", "decision_hours", "decisions_in_time"]
    assert [value(code, month_ago(1)) for code in codes] == [None] * 5
    assert [value(code, month_ago(1)) for code in ("participants", "comments", "reports", "decisions")] == [0] * 4


def test_a_correction_moves_neither_the_median_nor_the_first_decision():
    start, end = bounds(month_ago(2))
    case = records.case(OrganisationFactory(), start, "a")
    records.decide(case, start + 10 * HOUR, Outcome.HIDE)
    records.decide(case, end + HOUR, Outcome.RESTORE)
    assert value("decision_hours", month_ago(2)) == 10
    assert value("decision_hours", month_ago(1)) is None
    assert (value("decisions", month_ago(2)), value("decisions", month_ago(1))) == (1, 0)
    assert parts("decisions_by_ground", month_ago(2)) == {"ground-2": 1}


def test_a_thing_reported_again_is_a_case_of_its_own():
    start, _ = bounds(month_ago(1))
    body = OrganisationFactory()
    for opened, hours in ((start, 4), (start + 2 * DAY, 10)):
        records.decide(records.case(body, opened, "same"), opened + hours * HOUR, Outcome.KEEP)
    assert value("decision_hours", month_ago(1)) == 7
    assert value("decisions", month_ago(1)) == 2


@pytest.mark.parametrize(("late_by", "expected"), [(timedelta(0), 100), (TICK, 0)])
def test_a_decision_at_the_due_moment_is_in_time(late_by, expected):
    start, _ = bounds(month_ago(1))
    records.decide(records.case(OrganisationFactory(), start, "a", hours=72), start + 72 * HOUR + late_by, Outcome.KEEP)
    assert value("decisions_in_time", month_ago(1)) == expected


@pytest.mark.parametrize(("late_by", "expected"), [(timedelta(0), 100), (TICK, 0)])
def test_a_response_at_the_due_moment_is_in_time(late_by, expected):
    start, _ = bounds(month_ago(1))
    due = start + 5 * DAY
    records.consultation(OrganisationFactory(), start - 90 * DAY, start - 79 * DAY, due=due, responded=due + late_by)
    assert value("response_share", month_ago(1)) == expected


def test_days_to_a_response_are_days_of_the_calendar_in_riyadh():
    start, _ = bounds(month_ago(1))
    # Closed at 23:59 in Riyadh, answered forty minutes after midnight: the next day, though both are one day in UTC.
    closed = start + 4 * DAY - timedelta(minutes=1)
    records.consultation(OrganisationFactory(), start, closed, responded=closed + timedelta(minutes=41))
    assert value("response_days", month_ago(1)) == 1


def test_a_later_withdrawal_does_not_change_the_past():
    start, end = bounds(month_ago(2))
    records.consultation(
        OrganisationFactory(), start - 60 * DAY, start - 30 * DAY, due=start + DAY, withdrawn=end + DAY
    )
    assert value("response_share", month_ago(2)) == 0
    assert parts("consultations_by_state", month_ago(2)) == {"analysing": 1}
    assert parts("consultations_by_state", month_ago(1)) == {"withdrawn": 1}
    assert len(kpis["overdue_responses"](month_period(month_ago(2)), None)) == 1
    assert kpis["overdue_responses"](month_period(month_ago(1)), None) == []


def test_a_due_moment_still_to_come_is_not_held_against_the_running_month():
    now = timezone.now()
    records.consultation(OrganisationFactory(), now - 90 * DAY, now - 84 * DAY, due=now + timedelta(seconds=30))
    assert value("response_share", month_ago(0)) is None
    assert kpis["overdue_responses"](month_period(month_ago(0)), None) == []


@pytest.mark.parametrize(
    ("opens", "closes", "withdrawn", "is_open"),
    [
        (-10 * DAY, timedelta(0), None, False),
        (-10 * DAY, TICK, None, True),
        (5 * DAY, 50 * DAY, None, True),
        (-10 * DAY, 50 * DAY, timedelta(0), False),
        (-10 * DAY, 50 * DAY, TICK, True),
        (5 * DAY, 50 * DAY, 4 * DAY, False),
    ],
)
def test_open_at_any_moment_of_the_month(opens, closes, withdrawn, is_open):
    start, _ = bounds(month_ago(2))
    records.consultation(
        OrganisationFactory(),
        start + opens,
        start + closes,
        published=start - 20 * DAY,
        withdrawn=None if withdrawn is None else start + withdrawn,
    )
    assert value("consultations_open", month_ago(2)) == is_open


def test_opening_at_the_end_of_the_month_is_not_in_it():
    _, end = bounds(month_ago(2))
    records.consultation(OrganisationFactory(), end, end + 20 * DAY, published=end - 5 * DAY)
    assert (value("consultations_open", month_ago(2)), value("consultations_open", month_ago(1))) == (0, 1)
    assert parts("consultations_by_state", month_ago(2)) == {"upcoming": 1}


def test_a_median_of_an_even_number_lies_between_the_two_in_the_middle():
    start, _ = bounds(month_ago(1))
    for number, hours in enumerate((1, 2, 5, 100)):
        case = records.case(OrganisationFactory(), start, str(number))
        records.decide(case, start + hours * HOUR, Outcome.KEEP)
    assert value("decision_hours", month_ago(1)) == 3.5


# People and accounts


def test_whoever_took_part_before_the_month_returns():
    start, _ = bounds(month_ago(1))
    body, other = OrganisationFactory(), OrganisationFactory()
    old, new, elsewhere = PersonFactory(), PersonFactory(), PersonFactory()
    records.comment(body, start - TICK, old)
    records.comment(other, start - TICK, elsewhere)
    for person in (old, new, elsewhere):
        records.comment(body, start, person)
    assert parts("participants_by_history", month_ago(1)) == {"new": 1, "returning": 2}
    assert parts("participants_by_history", month_ago(1), body) == {"new": 2, "returning": 1}


def test_taking_part_twice_in_the_first_month_is_not_returning():
    start, _ = bounds(month_ago(1))
    person = PersonFactory()
    for at in (start, start + DAY):
        records.comment(OrganisationFactory(), at, person)
    assert parts("participants_by_history", month_ago(1)) == {"new": 1}


def test_replying_for_a_body_is_not_taking_part():
    start, _ = bounds(month_ago(1))
    body = OrganisationFactory()
    records.comment(body, start, official_for=body)
    assert (value("participants", month_ago(1)), value("official_replies", month_ago(1))) == (0, 1)
    assert value("comments", month_ago(1)) == 1


def test_an_account_erased_since_stays_counted_as_nobody_in_particular():
    start, _ = bounds(month_ago(1))
    person = PersonFactory(date_joined=start, kind=ParticipantKind.EXPERT, language="zh-hans")
    records.comment(OrganisationFactory(), start, person)
    before = [value("sign_ups", month_ago(1)), value("participants", month_ago(1))]
    assert parts("sign_ups_by_kind", month_ago(1)) == {"expert": 1}
    erase_person(person, by=person)
    assert [value("sign_ups", month_ago(1)), value("participants", month_ago(1))] == before == [1, 1]
    assert parts("sign_ups_by_kind", month_ago(1)) == parts("participants_by_kind", month_ago(1)) == {"erased": 1}
    assert parts("participants_by_channel", month_ago(1)) == parts("sign_ups_by_channel", month_ago(1)) == {"web": 1}


@pytest.mark.parametrize(("shift", "expected"), [(-TICK, 0), (timedelta(0), 1)])
def test_an_account_belongs_to_the_month_in_riyadh(shift, expected):
    start, _ = bounds(month_ago(2))
    PersonFactory(date_joined=start + shift)
    assert value("sign_ups", month_ago(2)) == expected


def test_accounts_are_not_opened_with_a_body():
    PersonFactory(date_joined=bounds(month_ago(1))[0])
    body = OrganisationFactory()
    codes = ("sign_ups", "sign_ups_by_kind", "sign_ups_by_language", "sign_ups_by_channel")
    assert [kpis[code](month_period(month_ago(1)), body) for code in codes] == [[], [], [], []]


def test_comments_per_open_consultation():
    start, end = bounds(month_ago(1))
    body = OrganisationFactory()
    made = [records.consultation(body, start - DAY, end - DAY) for _ in range(2)]
    article = SectionFactory(consultation=made[0])
    for thread, count in ((made[0].thread, 1), (article.thread, 2)):
        CommentFactory.create_batch(count, thread=thread, created_at=start)
    CommentFactory(thread=made[0].thread, created_at=start, official_for=body)
    records.comment(body, start)
    (figure,) = kpis["comments_per_consultation"](month_period(month_ago(1)), None)
    assert (figure.value, figure.numerator, figure.denominator) == (1.5, 3, 2)
    assert parts("consultation_comments", month_ago(1)) == {made[0].code: 3}
    assert value("comments_per_consultation", month_ago(1), OrganisationFactory()) is None


def test_the_share_of_account_holders_who_helped_to_shape_services():
    start, end = bounds(month_ago(1))
    here = [PersonFactory(date_joined=start - DAY) for _ in range(4)]
    PersonFactory(date_joined=start - DAY, erased_at=end - TICK)
    PersonFactory(date_joined=end)
    service, policy = (ConsultationFactory(kind=kind) for kind in ("service", "policy"))
    comment = CommentFactory(thread=service.thread, author=here[0], created_at=start)
    records.comment_vote(comment, end - TICK, here[1])
    records.comment_vote(comment, end, here[2])
    CommentFactory(thread=policy.thread, author=here[3], created_at=start)
    (figure,) = kpis["service_participation"](month_period(month_ago(1)), None)
    assert (figure.value, figure.numerator, figure.denominator) == (50, 2, 4)


def test_overdue_responses_are_counted_and_named():
    start, end = bounds(month_ago(1))
    late = records.consultation(OrganisationFactory(), start - 90 * DAY, start - 80 * DAY, due=end - 2 * DAY)
    records.consultation(OrganisationFactory(), start - 90 * DAY, start - 80 * DAY, due=end)
    assert value("responses_overdue", month_ago(1)) == 1
    assert parts("overdue_responses", month_ago(1)) == {late.code: 1}


def test_people_are_asked_for_once_for_all_indicators_that_stand_on_them():
    records.comment(OrganisationFactory(), bounds(month_ago(1))[0])
    codes = ["participants", "verified_share", "participants_by_kind", "participants_by_language"]
    with CaptureQueriesContext(connection) as queries:
        found = measure_some([*codes, "participants_by_channel"], month_period(month_ago(1)), None)
    assert len(queries) == 1
    assert whole(found, "participants").value == 1
