"""What followers and takers-part are told of consultations, from acts and from dates; what can be followed."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from engagement.comments.models import CommentVote
from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation
from engagement.consultations.selectors import notices
from engagement.consultations.services import conclude, publish, tell_of_dates, withdraw
from engagement.polls.services import cast_vote
from portal.accounts.choices import OrganisationKind, Role
from portal.notifications.models import Happening, Notice
from portal.notifications.selectors import shown
from portal.notifications.services import follow
from portal.notifications.services.telling import hand_round
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    OrganisationFactory,
    PersonFactory,
    PollFactory,
    SectionFactory,
    TopicFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db
INSTANT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def body(db):
    return OrganisationFactory(name_en="City works")


@pytest.fixture
def editor(body):
    return staff(Role.EDITOR, body)


def consultation_of(body, **fields):
    return ConsultationFactory(organisation=body, **{"title_en": "Parks", **fields})


def follower(kind, key):
    person = PersonFactory()
    follow(person, kind=kind, key=key)
    return person


def events():
    return list(Happening.objects.order_by("pk").values_list("event", flat=True))


def told():
    hand_round()
    return {(one.person_id, one.event, one.subject) for one in Notice.objects.all()}


class TestActs:
    def test_publishing_tells_those_who_follow_a_topic_or_the_body(self, body, editor):
        topic, other = TopicFactory(), TopicFactory()
        draft = consultation_of(
            body, status=Status.DRAFT, opens_at=timezone.now() + days(2), closes_at=timezone.now() + days(30)
        )
        draft.topics.add(topic)
        by_topic, by_body = follower("topic", topic.code), follower("organisation", body.code)
        follower("topic", other.code)
        publish(draft, by=editor)
        assert events() == ["consultation.published"]
        assert told() == {
            (by_topic.pk, "consultation.published", "followed"),
            (by_body.pk, "consultation.published", "followed"),
        }

    def test_whoever_follows_all_of_it_is_told_once_and_why(self, body, editor):
        topic, consultation = TopicFactory(), consultation_of(body, withdrawal_reason_en="x")
        consultation.topics.add(topic)
        person = follower("organisation", body.code)
        follow(person, kind="topic", key=topic.code)
        follow(person, kind="consultation", key=consultation.code)
        end(consultation, "withdrawn", editor)
        hand_round()
        notice = Notice.objects.get()
        assert (notice.follow_kind, notice.follow_key) == ("consultation", consultation.code)

    @pytest.mark.parametrize("how", ["withdrawn", "concluded"])
    def test_its_end_is_told_to_followers_and_once_to_those_who_took_part(self, body, editor, how):
        consultation = consultation_of(body, poll=PollFactory())
        author = CommentFactory(thread=consultation.thread).author
        in_article = CommentFactory(thread=SectionFactory(consultation=consultation).thread)
        voter, ballot = PersonFactory(), PersonFactory()
        CommentVote.objects.create(comment=in_article, person=voter, value=1)
        cast_vote(consultation.poll, by=ballot, option_code="support", language="en")
        only_follows = follower("consultation", consultation.code)
        follow(author, kind="consultation", key=consultation.code)
        end(consultation, how, editor)
        event = f"consultation.{how}"
        took_part = {(one.pk, event, "outcomes") for one in (author, in_article.author, voter, ballot)}
        assert told() == took_part | {(only_follows.pk, event, "followed")}

    def test_an_act_that_is_refused_tells_nobody(self, body):
        with pytest.raises(Exception, match="You cannot change"):
            withdraw(consultation_of(body), by=PersonFactory())
        assert events() == []


def end(consultation, how, editor):
    """Withdraw or conclude, with what either needs."""
    for language in ("ar", "en", "zh_hans"):
        for field in ("withdrawal_reason", "outcome_summary", "response"):
            setattr(consultation, f"{field}_{language}", "x")
    if how == "concluded":
        consultation.opens_at, consultation.closes_at = timezone.now() - days(30), timezone.now() - days(1)
    consultation.save()
    {"withdrawn": withdraw, "concluded": conclude}[how](consultation, by=editor)


class TestDates:
    @pytest.fixture
    def now(self):
        return timezone.now()

    def at(self, body, now, opens, closes, published):
        return consultation_of(body, opens_at=now + opens, closes_at=now + closes, published_at=now + published)

    @pytest.mark.parametrize(
        ("opens", "published", "is_told"),
        [
            (-INSTANT, -days(2), True),
            (INSTANT, -days(2), False),
            # Published while it was open: told already.
            (-days(1), -days(1), False),
            (-days(1), -days(1) - INSTANT, True),
            # No news any more.
            (-days(3), -days(9), False),
            (-days(3) + INSTANT, -days(9), True),
        ],
    )
    def test_an_opening_is_told_when_it_comes(self, body, now, opens, published, is_told):
        self.at(body, now, opens, days(20), published)
        tell_of_dates(now)
        assert events() == (["consultation.opened"] if is_told else [])

    @pytest.mark.parametrize(
        ("opens", "closes", "published", "is_told"),
        [
            (-days(9), days(3), -days(9), True),
            (-days(9), days(3) + INSTANT, -days(9), False),
            (-days(9), INSTANT, -days(9), True),
            (-days(9), -INSTANT, -days(9), False),
            # Open, or known, for less than its last three days: it was told with its opening.
            (-days(4), days(1), -days(1), False),
            (-days(2), days(1), -days(9), False),
            (-days(2) - INSTANT, days(1), -days(9), True),
        ],
    )
    def test_a_close_is_told_three_days_before(self, body, now, opens, closes, published, is_told):
        self.at(body, now, opens, closes, published)
        tell_of_dates(now)
        found = [event for event in events() if event == "consultation.closing"]
        assert bool(found) == is_told

    def test_once_however_often_the_clock_ticks(self, body, now):
        self.at(body, now, -days(9), days(2), -days(12))
        follower("organisation", body.code)
        for minutes in (1, 6, 11):
            tell_of_dates(now + timedelta(minutes=minutes))
        hand_round()
        assert (events(), Notice.objects.count()) == (["consultation.closing"], 1)

    def test_again_when_the_close_was_put_off(self, body, now):
        consultation = self.at(body, now, -days(9), days(2), -days(12))
        tell_of_dates(now)
        consultation.closes_at += days(7)
        consultation.save()
        tell_of_dates(now + days(1))
        assert events() == ["consultation.closing"]
        tell_of_dates(now + days(7))
        assert events() == ["consultation.closing", "consultation.closing"]

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN])
    def test_nothing_is_told_of_drafts_and_withdrawn_ones(self, body, now, status):
        consultation_of(body, opens_at=now - days(9), closes_at=now + days(1), status=status)
        tell_of_dates(now)
        assert events() == []


class TestHowItReads:
    def sentence(self, event, consultation, subject="followed"):
        notice = Notice(pk=1, event=f"consultation.{event}", key=consultation.code, subject=subject)
        return shown([notice], PersonFactory())[1].sentence

    def test_by_what_is_now(self, body):
        opens, closes = timezone.now() + days(2), timezone.now() + days(30)
        one = consultation_of(body, opens_at=opens, closes_at=closes)
        end_day = notices._day(closes)
        new = "New consultation of \u2068City works\u2069: “\u2068Parks\u2069”."
        assert self.sentence("published", one) == f"{new} It opens on {notices._day(opens)}."
        Consultation.objects.update(opens_at=timezone.now() - days(1))
        assert self.sentence("published", one) == f"{new} It is open until {end_day}."
        assert self.sentence("opened", one) == (
            f"“\u2068Parks\u2069” has opened: comments and votes are taken until {end_day}."
        )
        assert self.sentence("closing", one) == f"“\u2068Parks\u2069” closes soon: {notices._moment(closes)}."
        gone = timezone.now() - days(3)
        Consultation.objects.update(status=Status.WITHDRAWN, withdrawn_at=gone)
        assert self.sentence("published", one) == f"{new} It was open until {notices._day(gone)}."
        for event in ("opened", "closing"):
            assert self.sentence(event, one) == f"“\u2068Parks\u2069” was open until {notices._day(gone)}."

    def test_to_whoever_took_part(self, body):
        one = consultation_of(body)
        assert self.sentence("concluded", one) == "The response to “\u2068Parks\u2069” is published."
        assert self.sentence("concluded", one, "outcomes") == (
            "The response to “\u2068Parks\u2069”, in which you took part, is published."
        )
        assert self.sentence("withdrawn", one) == "“\u2068Parks\u2069” was withdrawn. Its page says why."
        assert self.sentence("withdrawn", one, "outcomes") == (
            "“\u2068Parks\u2069”, in which you took part, was withdrawn. Its page says why."
        )

    def test_leads_to_the_response_in_the_language_of_the_reader(self, body):
        one = consultation_of(body, slug="parks")
        notice = Notice(pk=1, event="consultation.concluded", key=one.code, subject="followed")
        with override("zh-hans"):
            found = notices.shown_events([notice], None)[1]
        assert found.path == f"/zh-hans/consultations/{one.code}/parks/#response"

    def test_what_is_not_public_is_left_out(self, body):
        draft = consultation_of(body, status=Status.DRAFT)
        notice = Notice(pk=1, event="consultation.published", key=draft.code, subject="followed")
        assert notices.shown_events([notice], None) == {}

    def test_needs_one_query_for_three(self, body, django_assert_num_queries):
        told = [
            Notice(pk=number, event="consultation.opened", key=consultation_of(body).code, subject="followed")
            for number in range(3)
        ]
        with django_assert_num_queries(1):
            assert len(notices.shown_events(told, None)) == 3


class TestFollowing:
    def test_what_can_be_followed_is_what_everybody_may_read(self, body):
        public, draft = consultation_of(body, slug="parks"), consultation_of(body, status=Status.DRAFT)
        found = notices.found_consultations([public.code, draft.code, "none"])
        assert {code: (one.title, one.path) for code, one in found.items()} == {
            public.code: ("Parks", f"/en/consultations/{public.code}/parks/")
        }

    def test_topics_and_bodies_lead_to_what_is_about_them(self, body):
        topic = TopicFactory(name_en="Green & blue")
        (found,) = notices.found_topics([topic.code]).values()
        assert (found.title, found.path) == ("Green & blue", f"/en/consultations/?topic={topic.code}")
        (found,) = notices.found_bodies([body.code]).values()
        assert (found.title, found.path) == ("City works", f"/en/consultations/?body={body.code}")

    def test_organisations_of_participants_are_none(self):
        other = OrganisationFactory(kind=OrganisationKind.COMPANY)
        assert notices.found_bodies([other.code]) == {}

    def test_relatives_are_its_topics_and_then_its_body(self, body):
        consultation, topics = consultation_of(body), [TopicFactory(), TopicFactory()]
        consultation.topics.set(topics)
        expected = [*(("topic", one.code) for one in topics), ("organisation", body.code)]
        assert notices.relatives(consultation.code) == expected


def test_takers_part_come_page_by_page_each_once(body):
    consultation = consultation_of(body, poll=PollFactory())
    people = [CommentFactory(thread=consultation.thread).author for _ in range(3)]
    cast_vote(consultation.poll, by=people[0], option_code="support", language="en")
    people.append(PersonFactory())
    cast_vote(consultation.poll, by=people[3], option_code="oppose", language="en")
    CommentFactory(thread=consultation.thread, official_for=body)
    CommentFactory(thread=consultation_of(body).thread)
    ids = [one.pk for one in people]
    first = notices.took_part(consultation.code, 0, 3)
    assert first == ids[:3]
    assert notices.took_part(consultation.code, first[-1], 3) == ids[3:]
    assert notices.took_part(consultation.code, ids[-1], 3) == []
