"""Who is told of a reply, and how it reads."""

import pytest
from django.utils import timezone
from django.utils.translation import override

from engagement.comments.choices import CommentState
from engagement.comments.selectors import shown_replies
from engagement.comments.services import post_comment
from portal.accounts.choices import Role
from portal.notifications.models import Notice
from tests.factories import CommentFactory, ConsultationFactory, OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def thread(db):
    return ConsultationFactory(title_en="Night buses", organisation=OrganisationFactory(name_en="Transport")).thread


@pytest.fixture
def comment(thread):
    return CommentFactory(thread=thread)


def reply(comment, author=None, **fields):
    author = author or PersonFactory(display_name="Omar")
    return post_comment(comment.thread, author=author, body="So do I.", language="en", reply_to=comment, **fields)


def told():
    return set(Notice.objects.values_list("person_id", "event", "subject", "about"))


class TestWhoIsTold:
    def test_the_author_of_the_comment(self, comment):
        posted = reply(comment)
        assert told() == {(comment.author_id, "comment.reply", "replies", posted.code)}

    def test_nobody_of_a_comment_that_answers_none(self, comment):
        post_comment(comment.thread, author=PersonFactory(), body="And I.", language="en")
        assert told() == set()

    def test_nobody_of_their_own_reply(self, comment):
        reply(comment, comment.author)
        assert told() == set()

    def test_of_a_reply_to_a_reply_both_who_are_answered(self, comment):
        first = reply(comment)
        Notice.objects.all().delete()
        second = reply(first)
        assert {row[0] for row in told()} == {comment.author_id, first.author_id}
        assert {row[3] for row in told()} == {second.code}

    def test_once_by_a_double_click(self, comment):
        author = PersonFactory()
        assert reply(comment, author) == reply(comment, author)
        assert Notice.objects.count() == 1

    def test_nobody_who_is_gone(self, comment):
        comment.author.erased_at, comment.author.is_active = timezone.now(), False
        comment.author.save()
        reply(comment)
        assert told() == set()


class TestHowItReads:
    def shown(self, comment):
        notices = list(Notice.objects.filter(person=comment.author))
        return [(one.sentence, one.path) for one in shown_replies(notices, comment.author).values()]

    def test_names_who_answered_and_where(self, comment):
        posted = reply(comment)
        assert self.shown(comment) == [
            (
                "Reply by \u2068Omar\u2069 to your comment on “\u2068Night buses\u2069”.",
                f"/en/comments/{comment.code}/#c-{posted.code}",
            )
        ]

    def test_an_official_reply_names_the_body(self, comment):
        official = staff(Role.AGENT, comment.thread.organisation)
        reply(comment, official, official_for=comment.thread.organisation)
        ((sentence, _path),) = self.shown(comment)
        assert sentence == "Official reply of \u2068Transport\u2069 to your comment on “\u2068Night buses\u2069”."

    def test_a_name_turns_nothing_round(self, comment):
        reply(comment, PersonFactory(display_name="\u202eevil\u202c\n<b>"))
        ((sentence, _path),) = self.shown(comment)
        assert sentence.startswith("Reply by \u2068evil <b>\u2069 to")

    @pytest.mark.parametrize("state", [CommentState.HIDDEN, CommentState.HELD, CommentState.ERASED])
    def test_what_is_not_shown_is_left_out(self, comment, state):
        posted = reply(comment)
        posted.state = state
        posted.save()
        assert self.shown(comment) == []

    def test_what_stands_nowhere_is_left_out(self, comment):
        reply(comment)
        comment.thread.consultation.status = "draft"
        comment.thread.consultation.save()
        assert self.shown(comment) == []

    def test_needs_the_same_queries_for_three_as_for_one(self, comment, django_assert_num_queries):
        reply(comment)
        first = list(Notice.objects.all())
        with django_assert_num_queries(3):
            assert len(shown_replies(first, comment.author)) == 1
        for _ in range(2):
            reply(CommentFactory(thread=ConsultationFactory().thread, author=comment.author))
        notices = list(Notice.objects.all())
        with django_assert_num_queries(3):
            assert len(shown_replies(notices, comment.author)) == 3
