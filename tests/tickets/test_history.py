"""What somebody did here: by account, address and number, and no further than the viewer's rights."""

import pytest
from django.urls import reverse
from django.utils import translation

from engagement.comments.choices import CommentState
from engagement.comments.models import CommentVote
from engagement.comments.selectors import deeds_of as comments_by
from moderation.selectors import deeds_of as decisions_about
from moderation.services import decide, report
from portal import registry
from portal.accounts.choices import Role
from portal.registry import Tie, Whom, deeds_of
from tests.factories import (
    CommentFactory,
    ContactFactory,
    GroundFactory,
    OrganisationFactory,
    PersonFactory,
    ThreadFactory,
    staff,
)
from tickets.selectors.history import requests_of, whom_of
from tickets.services.asking import Sender

pytestmark = pytest.mark.django_db


def titles(whom, viewer, limit=10):
    return [(deed.title, deed.tie) for deed in requests_of(whom, viewer, limit)]


def page(name, code):
    return reverse(f"admin:tickets_ticket_{name}", args=[code])


@pytest.mark.parametrize("address", ["sara@example.org", "SARA@Example.ORG", " sara+portal@example.org"])
def test_a_guests_address_matches_however_it_is_written(ask, agent, address):
    ask(sender=Sender(email="Sara@example.org"))
    assert titles(Whom(email=address), agent) == [("A street light", Tie.EMAIL)]


@pytest.mark.parametrize("number", ["+966512345678", "00966 51 234 5678", "051 234 5678", "٠٥١٢٣٤٥٦٧٨", "512345678"])
def test_a_number_matches_in_every_spelling(ask, agent, number, settings):
    settings.PHONE_COUNTRY = "966"
    ask(sender=Sender(phone="+966512345678"))
    assert titles(Whom(phone=number), agent) == [("A street light", Tie.PHONE)]
    assert titles(Whom(phone="+966512345679"), agent) == []


def test_an_account_matches_first_and_its_address_as_unproven(ask, agent):
    person = PersonFactory(email="sara@example.org")
    ask(subject="Account", sender=Sender(person=person))
    ask(subject="Guest", sender=Sender(email="sara@example.org"))
    assert titles(Whom(person=person, email=person.email), agent) == [("Guest", Tie.EMAIL), ("Account", Tie.ACCOUNT)]
    assert titles(Whom(email="sara@example.org"), agent) == [("Guest", Tie.EMAIL), ("Account", Tie.EMAIL)]


def test_keys_of_people_and_of_contacts_are_not_taken_for_each_other(ask, agent):
    person = PersonFactory()
    contact = ContactFactory(pk=person.pk, email="other@example.org")
    ask(sender=Sender(email=contact.email))
    assert titles(Whom(person=person), agent) == []


@pytest.mark.parametrize("whom", [Whom(), Whom(email="none"), Whom(phone="12"), Whom(phone="", email="")])
def test_who_is_not_known_by_anything_did_nothing(ask, agent, whom):
    ask(sender=Sender(email="sara@example.org"))
    assert requests_of(whom, agent, 10) == []


def test_an_agent_of_another_body_sees_nothing(ask, body):
    ask(sender=Sender(email="sara@example.org"))
    whom = Whom(email="sara@example.org")
    assert titles(whom, staff(Role.AGENT, OrganisationFactory())) == []
    assert titles(whom, staff(Role.MODERATOR, body)) == []


def test_the_request_itself_is_left_out_and_the_newest_come_first(ask, agent, clock):
    first = ask(subject="First")
    clock.add(hours=1)
    ask(subject="Second")
    clock.add(hours=1)
    third = ask(subject="Third")
    assert [title for title, _tie in titles(whom_of(third), agent)] == ["Second", "First"]
    assert [title for title, _tie in titles(whom_of(first), agent, limit=1)] == ["Third"]


@pytest.mark.parametrize("count", [1, 3])
def test_three_queries_and_the_roles(ask, agent, count, django_assert_num_queries):
    for _ in range(count):
        ask(sender=Sender(email="sara@example.org", phone="+966512345678"))
    agent.memberships.count()
    with django_assert_num_queries(4):
        assert len(requests_of(Whom(email="sara@example.org", phone="+966512345678"), agent, 10)) == count


# What others know


def test_comments_that_everybody_reads_and_no_votes(agent):
    author = PersonFactory()
    shown = CommentFactory(author=author, body="Public words")
    CommentFactory(author=author, body="Hidden words", state=CommentState.HIDDEN)
    CommentFactory(author=author, body="In a draft", thread=ThreadFactory(is_public=False))
    liked = CommentFactory(body="Liked by them")
    CommentVote.objects.create(comment=liked, person=author, value=1)
    (deed,) = comments_by(Whom(person=author), agent, 10)
    assert (deed.title, deed.url.endswith(f"/{shown.code}/")) == ("Public words", True)
    assert comments_by(Whom(email=author.email), agent, 10) == []


def test_decisions_are_for_moderators_of_that_body_alone(body, agent):
    comment = CommentFactory(thread=ThreadFactory(organisation=body), body="Rude words")
    ground, moderator = GroundFactory(number=2), staff(Role.MODERATOR, body)
    case = report("comment", comment.code, ground=ground, reporter=None).case
    whom = Whom(person=comment.author)
    assert decisions_about(whom, moderator, 10) == []
    decide(case, outcome="hide", ground=ground, by=moderator)
    (deed,) = decisions_about(whom, moderator, 10)
    with translation.override("en"):
        assert (deed.title, str(deed.note)) == ("Rude words", "Hidden")
    for viewer in (agent, staff(Role.MODERATOR, OrganisationFactory())):
        assert decisions_about(whom, viewer, 10) == []
    assert decisions_about(Whom(person=comment.author, besides=(case.code,)), moderator, 10) == []


@pytest.mark.parametrize("count", [1, 3])
def test_decisions_take_two_queries_and_the_roles(body, count, django_assert_num_queries):
    author, ground, moderator = PersonFactory(), GroundFactory(number=2), staff(Role.MODERATOR, body)
    for _ in range(count):
        comment = CommentFactory(thread=ThreadFactory(organisation=body), author=author)
        case = report("comment", comment.code, ground=ground, reporter=None).case
        decide(case, outcome="keep", by=staff(Role.MODERATOR, body))
    with django_assert_num_queries(3):
        assert len(decisions_about(Whom(person=author), moderator, 10)) == count


def test_apps_that_know_nothing_are_left_out(ask, agent):
    assert set(registry.history) == {"decisions", "comments", "requests"}
    ask(sender=Sender(email="sara@example.org"))
    ((_label, deeds),) = deeds_of(Whom(email="sara@example.org"), agent, 10)
    assert len(deeds) == 1


# The pages


def test_the_page_and_its_part_show_the_same(client, agent, ask):
    person = PersonFactory(display_name="Sara")
    ticket, other = ask(sender=Sender(person=person)), ask(subject="<b>Other</b>", sender=Sender(person=person))
    CommentFactory(author=person, body="Public words")
    client.force_login(agent)
    whole = client.get(page("person", ticket.code)).content.decode()
    part = client.get(page("person", ticket.code), {"part": 1}).content.decode()
    for html in (whole, part):
        assert "&lt;b&gt;Other&lt;/b&gt;" in html and "Public words" in html and page("desk", other.code) in html
    assert "<html" in whole and "<html" not in part


def test_another_bodys_agent_finds_no_page(client, ask):
    ticket = ask()
    client.force_login(staff(Role.AGENT, OrganisationFactory()))
    for query in ({}, {"part": 1}):
        assert client.get(page("person", ticket.code), query).status_code == 404
