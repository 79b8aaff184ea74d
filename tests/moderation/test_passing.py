"""A comment that is a request goes to support: once, in its author's name, and the comment is decided for itself."""

import pytest
from django.utils import timezone, translation

from moderation import services
from moderation.models import Case
from portal.accounts.choices import Role
from portal.audit.models import Entry as Trail
from portal.messaging.models import Message
from tests.calendars import calendar_of
from tests.factories import CommentFactory, GroundFactory, OrganisationFactory, PersonFactory, ThreadFactory, staff
from tickets.models import Ticket
from tickets.services.asking import Asked, Sender, open_ticket

pytestmark = pytest.mark.django_db
TEXT = "The bus in our street has not come for a week.\nWho answers for it?"


@pytest.fixture
def comment(body):
    calendar_of(body)
    author = PersonFactory(display_name="Khalid", language="ar")
    return CommentFactory(thread=ThreadFactory(organisation=body), author=author, body=TEXT, language="en")


@pytest.fixture
def waiting(comment):
    return services.report("comment", comment.code, ground=GroundFactory(number=2), reporter=None).case


def pass_on(case, by, choice="complaint"):
    return services.pass_on(case, choice=choice, by=by)


def test_the_author_asks_and_is_told_why(waiting, moderator, comment, body):
    passed = pass_on(waiting, moderator)
    ticket = Ticket.objects.get(reference=passed.reference)
    assert (ticket.person, ticket.kind, ticket.language, ticket.organisation) == (
        comment.author,
        "complaint",
        "en",
        body,
    )
    assert ticket.subject == "The bus in our street has not come for a week. Who answers for it?"
    assert ticket.entries.get().text == TEXT
    mail = Message.objects.get(template="tickets/receipt")
    assert "our staff opened a request for you" in mail.text
    assert "because you wrote the text that became this request" in mail.text
    assert passed.is_new
    assert Case.objects.get().state == "open"
    trail = Trail.objects.get(action="case.passed_on")
    assert (trail.actor_id, trail.data) == (moderator.pk, {"choice": "complaint", "reference": passed.reference})


def test_a_request_of_ones_own_is_confirmed_as_before(body):
    calendar_of(body)
    asked = Asked(kind="enquiry", subject="S", text="T", language="en", organisation=body)
    open_ticket(asked, Sender(email="guest@example.org"))
    assert "our staff opened" not in Message.objects.get(template="tickets/receipt").text


def test_once_for_each_text_whoever_and_in_whichever_case(waiting, moderator, comment, body):
    first = pass_on(waiting, moderator)
    services.decide(waiting, outcome="keep", by=moderator)
    again = services.report("comment", comment.code, ground=GroundFactory(number=2), reporter=PersonFactory()).case
    for case in (waiting, again):
        second = pass_on(case, staff(Role.MODERATOR, body), choice="praise")
        assert (second.reference, second.is_new) == (first.reference, False)
    assert (Ticket.objects.count(), Trail.objects.filter(action="case.passed_on").count()) == (1, 1)
    assert Message.objects.filter(template="tickets/receipt").count() == 1


def test_another_text_of_the_same_author_is_passed_on_by_itself(waiting, moderator, comment, body):
    pass_on(waiting, moderator)
    other = CommentFactory(thread=comment.thread, author=comment.author)
    case = services.report("comment", other.code, ground=GroundFactory(number=2), reporter=None).case
    assert pass_on(case, moderator).is_new


@pytest.mark.parametrize(
    ("who", "choice", "reason"),
    [("other body", "complaint", "forbidden"), ("author", "complaint", "own"), ("moderator", "bribe", "choice")],
)
def test_what_is_refused_opens_nothing(waiting, moderator, comment, body, who, choice, reason):
    by = {"moderator": moderator, "author": comment.author}.get(who) or staff(Role.MODERATOR, OrganisationFactory())
    if who == "author":
        comment.author.memberships.create(organisation=body, role=Role.MODERATOR)
    with pytest.raises(services.ModerationRefused) as refused:
        pass_on(waiting, by, choice)
    assert refused.value.reason == reason
    assert not Ticket.objects.exists()


def test_nothing_is_opened_for_somebody_who_is_erased(waiting, moderator, comment, django_user_model):
    django_user_model.objects.filter(pk=comment.author.pk).update(erased_at=timezone.now())
    with pytest.raises(services.ModerationRefused, match="gone"):
        pass_on(waiting, moderator)


# The page


def address(case, act=""):
    return f"/en/admin/moderation/case/queue/{case.code}/{act}"


def test_it_is_passed_on_from_the_case(client, moderator, waiting):
    client.force_login(moderator)
    with translation.override("en"):
        before = client.get(address(waiting)).content.decode()
        assert "Pass it to support" in before
        assert before.index('value="complaint"') < before.index('value="enquiry"')
        answer = client.post(address(waiting, "pass-on/"), {"choice": "complaint"}, follow=True)
    reference = Ticket.objects.get().reference
    html = answer.content.decode()
    assert f'<bdi dir="ltr">{reference}</bdi>' in html and "Pass it to support" not in html
    client.post(address(waiting, "pass-on/"), {"choice": "complaint"})
    assert Ticket.objects.count() == 1


def test_a_wrong_kind_is_told_and_opens_nothing(client, moderator, waiting):
    client.force_login(moderator)
    answer = client.post(address(waiting, "pass-on/"), {"choice": "bribe"}, follow=True)
    assert [str(each) for each in answer.context["messages"]] == ["Choose what kind of request it is."]
    assert not Ticket.objects.exists()


def test_only_moderators_of_the_body_pass_on(client, waiting, body):
    for person, status in ((staff(Role.MODERATOR, OrganisationFactory()), 404), (staff(Role.AGENT, body), 403)):
        client.force_login(person)
        assert client.post(address(waiting, "pass-on/"), {"choice": "complaint"}).status_code == status
    assert client.get(address(waiting, "pass-on/")).status_code in (403, 405)
    assert not Ticket.objects.exists()


def test_the_authors_history_is_beside_the_case(client, moderator, waiting, comment):
    CommentFactory(author=comment.author, body="Other public words")
    client.force_login(moderator)
    place = address(waiting, "person/")
    assert f'data-lazy="{place}?part=1"' in client.get(address(waiting)).content.decode()
    for query in ({}, {"part": 1}):
        html = client.get(place, query).content.decode()
        assert "Other public words" in html and "The bus in our street" not in html
    client.force_login(staff(Role.MODERATOR, OrganisationFactory()))
    assert client.get(place).status_code == 404
