"""What came of what somebody took part in: responses, withdrawals, official replies; in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from engagement.comments.choices import CommentState
from engagement.comments.models import CommentVote
from engagement.consultations.choices import Status
from engagement.consultations.selectors.sequels import sequels, takers_part
from engagement.polls.services import cast_vote
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    OrganisationFactory,
    PersonFactory,
    PollFactory,
    SectionFactory,
)

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def until(db):
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def since(until):
    return until - WEEK


def answered(at, **fields):
    return ConsultationFactory(status=Status.CONCLUDED, responded_at=at, **fields)


def told(people, since, until, language="en"):
    found = sequels([one.pk for one in people], since, until)
    return {person: [one.sentence(language) for one in told] for person, told in found.items()}


class TestEndings:
    def test_tells_of_a_response_to_whoever_commented_in_each_language(self, since, until):
        consultation = answered(until, title_ar="الحافلات", title_en="Buses", title_zh_hans="公交", slug="buses")
        person = CommentFactory(thread=consultation.thread).author
        (sequel,) = sequels([person.pk], since, until)[person.pk]
        assert sequel.sentence("en") == ("The response to “\u2068Buses\u2069”, in which you took part, is published.")
        assert "\u2068公交\u2069" in sequel.sentence("zh-hans")
        assert sequel.path("ar") == f"/ar/consultations/{consultation.code}/buses/#response"
        assert sequel.at == until

    def test_counts_from_after_the_first_moment_up_to_the_second(self, since, until):
        person = PersonFactory()
        instant = timedelta(microseconds=1)
        for at, expected in ((since, {}), (since + instant, 1), (until, 1), (until + instant, {})):
            consultation = answered(at)
            CommentFactory(thread=consultation.thread, author=person)
            found = sequels([person.pk], since, until)
            assert (len(found[person.pk]) if found else {}) == expected
            consultation.thread.comments.all().delete()

    def test_says_that_one_was_withdrawn(self, since, until):
        consultation = ConsultationFactory(
            status=Status.WITHDRAWN, withdrawn_at=until, title_en="Trams", withdrawal_reason_en="No money"
        )
        person = CommentFactory(thread=consultation.thread).author
        assert told([person], since, until) == {
            person.pk: ["“\u2068Trams\u2069”, in which you took part, was withdrawn. Its page says why."]
        }

    def test_says_nothing_of_one_that_is_still_being_read(self, since, until):
        consultation = ConsultationFactory(closes_at=until - timedelta(days=1))
        person = CommentFactory(thread=consultation.thread).author
        assert told([person], since, until) == {}

    def test_takes_part_who_comments_on_an_article_votes_on_a_comment_or_votes(self, since, until):
        poll = PollFactory()
        consultation = answered(until, poll=poll)
        in_article = CommentFactory(thread=SectionFactory(consultation=consultation).thread)
        voter, ballot, stranger = PersonFactory.create_batch(3)
        CommentVote.objects.create(comment=in_article, person=voter, value=-1)
        cast_vote(poll, by=ballot, option_code="oppose", language="en")
        people = [in_article.author.pk, voter.pk, ballot.pk, stranger.pk]
        assert takers_part([consultation], people) == {(consultation.pk, pk) for pk in people[:3]}
        assert set(sequels(people, since, until)) == set(people[:3])

    def test_whoever_answers_for_a_body_does_not_take_part(self, since, until):
        consultation = answered(until)
        official = CommentFactory(thread=consultation.thread, official_for=consultation.organisation)
        assert told([official.author], since, until) == {}

    def test_gives_nothing_of_people_who_were_not_asked_for(self, since, until):
        consultation = answered(until)
        asked, other = (CommentFactory(thread=consultation.thread).author for _ in range(2))
        assert set(sequels([asked.pk], since, until)) == {asked.pk}
        assert set(sequels([asked.pk, other.pk], since, until)) == {asked.pk, other.pk}


class TestReplies:
    @pytest.fixture
    def comment(self, db):
        return CommentFactory(thread=ConsultationFactory(title_en="Parks").thread)

    def reply(self, comment, at, **fields):
        body = OrganisationFactory(name_en="Parks office")
        return CommentFactory(thread=comment.thread, parent=comment, created_at=at, **{"official_for": body, **fields})

    def test_tells_of_an_official_reply_and_leads_to_it(self, comment, since, until):
        self.reply(comment, until)
        (sequel,) = sequels([comment.author_id], since, until)[comment.author_id]
        assert sequel.sentence("en") == (
            "Official reply of \u2068Parks office\u2069 to your comment on “\u2068Parks\u2069”."
        )
        assert sequel.path("zh-hans") == f"/zh-hans/comments/{comment.code}/"

    def test_other_replies_are_none_of_it(self, comment, since, until):
        self.reply(comment, until, official_for=None)
        self.reply(comment, since)
        self.reply(comment, until, author=comment.author)
        assert told([comment.author], since, until) == {}

    @pytest.mark.parametrize("which", ["comment", "reply", "thread"])
    def test_leaves_out_what_is_hidden_by_now(self, comment, since, until, which):
        reply = self.reply(comment, until)
        hidden = {"comment": comment, "reply": reply}.get(which)
        if hidden is None:
            comment.thread.is_public = False
            comment.thread.save()
        else:
            hidden.state = CommentState.HIDDEN
            hidden.save()
        assert told([comment.author], since, until) == {}


def test_needs_the_same_queries_for_three_as_for_one(since, until, django_assert_num_queries):
    def more():
        consultation = answered(until, poll=PollFactory())
        comment = CommentFactory(thread=SectionFactory(consultation=consultation).thread)
        CommentFactory(thread=comment.thread, parent=comment, official_for=consultation.organisation, created_at=until)
        return comment.author

    people = [more()]
    with django_assert_num_queries(6):
        assert len(told(people, since, until)) == 1
    people += [more(), more()]
    with django_assert_num_queries(6):
        assert len(told(people, since, until)) == 3
