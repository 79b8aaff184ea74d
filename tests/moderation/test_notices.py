"""Decisions among the notices of the author, and the statement of reasons as a page for them alone."""

import pytest
from django.test import Client

from moderation import services
from moderation.choices import Outcome
from moderation.selectors import shown_decisions
from portal.messaging.models import Message
from portal.notifications.models import Notice
from tests.factories import CommentFactory, ConsultationFactory, GroundFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment(body):
    return CommentFactory(thread=ConsultationFactory(organisation=body).thread, body="An <b>ignorant</b> fool.")


@pytest.fixture
def comment_case(comment, ground):
    return services.report("comment", comment.code, ground=ground, reporter=None).case


def hide(case, moderator, **fields):
    return services.decide(case, outcome=Outcome.HIDE, ground=GroundFactory(number=2), by=moderator, **fields)


def page(person, decision):
    client = Client()
    client.force_login(person)
    return client.get(f"/en/moderation/decisions/{decision.case.code}/{decision.number}/")


def test_the_author_of_what_is_hidden_finds_it_noted_as_told(comment, comment_case, moderator):
    decision = hide(comment_case, moderator)
    notice = Notice.objects.get()
    assert (notice.person, notice.subject, notice.state) == (comment.author, "decisions", "told")
    assert Message.objects.filter(template="moderation/decision").count() == 1
    found = shown_decisions([notice], comment.author)[notice.pk]
    assert found.path.endswith(f"/moderation/decisions/{decision.case.code}/1/")
    assert "\u2068" in found.sentence


def test_what_is_kept_is_told_to_no_author(comment_case, moderator):
    services.decide(comment_case, outcome=Outcome.KEEP, by=moderator)
    assert Notice.objects.count() == 0


def test_nobody_sees_the_notice_of_a_decision_about_somebody_else(comment_case, moderator):
    hide(comment_case, moderator)
    assert shown_decisions([Notice.objects.get()], PersonFactory()) == {}


def test_three_need_one_query(body, ground, moderator, django_assert_num_queries):
    author, thread = PersonFactory(), ConsultationFactory(organisation=body).thread
    for number in range(3):
        comment = CommentFactory(thread=thread, author=author, body=f"Fool {number}")
        hide(services.report("comment", comment.code, ground=ground, reporter=None).case, moderator)
    notices = list(Notice.objects.all())
    with django_assert_num_queries(1):
        assert len(shown_decisions(notices, author)) == 3


class TestPage:
    def test_says_all_that_the_mail_says(self, comment, comment_case, moderator):
        decision = hide(comment_case, moderator, passage="An <b>ignorant</b> fool.", note="Say it decently.")
        shown = page(comment.author, decision).content.decode()
        assert "2. Ground 2" in shown
        assert "An &lt;b&gt;ignorant&lt;/b&gt; fool." in shown
        assert "Say it decently." in shown
        assert "Do you think the decision is wrong?" in shown
        assert f'href="/en/comments/{comment.code}/"' in shown

    def test_is_for_the_author_alone(self, comment, comment_case, moderator):
        decision = hide(comment_case, moderator)
        assert page(comment.author, decision).status_code == 200
        assert page(PersonFactory(), decision).status_code == 404
        assert page(moderator, decision).status_code == 404
        visitor = Client().get(f"/en/moderation/decisions/{decision.case.code}/1/")
        assert (visitor.status_code, "login" in visitor["Location"]) == (302, True)

    def test_there_is_none_of_what_was_kept(self, comment, comment_case, moderator):
        decision = services.decide(comment_case, outcome=Outcome.KEEP, by=moderator)
        assert page(comment.author, decision).status_code == 404

    def test_a_later_decision_is_said_on_the_earlier_one(self, comment, comment_case, moderator):
        first = hide(comment_case, moderator)
        second = services.restore(comment_case, by=moderator)
        earlier, later = (page(comment.author, one).content.decode() for one in (first, second))
        assert "this one no longer applies" in earlier
        assert "Do you think the decision is wrong?" not in earlier
        assert "It is shown to everybody as before" in later
        assert "this one no longer applies" not in later
        assert [one.data for one in Notice.objects.all()] == [{}, {}]
