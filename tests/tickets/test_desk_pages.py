"""The desk: who sees what, answering one after the other, and nothing typed lost."""

import pytest
from django.urls import reverse

from portal.accounts.choices import Role
from portal.messaging.models import Message
from tests.factories import OrganisationFactory, staff
from tickets.models import Ticket
from tickets.services import desk

pytestmark = pytest.mark.django_db


def page(name, *args):
    return reverse(f"admin:tickets_ticket_{name}", args=args)


@pytest.fixture
def at_desk(client, agent):
    client.force_login(agent)
    return client


def test_visitors_citizens_and_other_roles_do_not_enter(client, body, ask):
    ticket = ask()
    for address in (page("queue"), page("desk", ticket.code), page("log")):
        assert client.get(address).status_code == 302
        client.force_login(staff(Role.MODERATOR, body))
        assert client.get(address).status_code == 403
        client.logout()


def test_another_bodys_requests_are_not_there(at_desk, ask):
    other = OrganisationFactory()
    foreign = ask(organisation=other, subject="Foreign")
    assert "Foreign" not in at_desk.get(page("queue")).content.decode()
    assert at_desk.get(page("desk", foreign.code)).status_code == 404
    for act in ("take", "release", "note", "assign", "kind", "hand_over", "extend", "merge", "state"):
        assert at_desk.post(page(act, foreign.code), {"state": "spam", "note": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert (foreign.state, foreign.claimed_by) == ("new", None)


def test_the_queue_begins_with_urgent_kinds_and_then_what_is_due(at_desk, clock, ask):
    later = ask(subject="Later")
    clock.add(days=-3)
    sooner = ask(subject="Sooner", kind="technical")
    barrier = ask(subject="Barrier", kind="accessibility")
    rows = at_desk.get(page("queue")).context["rows"].object_list
    assert [row.subject for row in rows] == ["Barrier", "Sooner", "Later"]
    assert {later.pk, sooner.pk, barrier.pk} == {row.pk for row in rows}


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_takes_as_many_queries_whatever_waits(at_desk, ask, count, django_assert_max_num_queries):
    for _ in range(count):
        ask()
    with django_assert_max_num_queries(12):
        at_desk.get(page("queue"))


def test_sending_leads_to_the_next_and_says_so(at_desk, ask):
    first, second = ask(subject="First"), ask(subject="Second")
    answer = {"text": "Here you are.", "then": "solved", "once": "r-1"}
    response = at_desk.post(page("desk", first.code), answer)
    assert response.headers["Location"] == page("desk", second.code)
    assert Message.objects.filter(template="tickets/reply").count() == 1
    # The button pressed again by a slow hand.
    at_desk.post(page("desk", first.code), answer)
    assert Message.objects.filter(template="tickets/reply").count() == 1


def test_what_was_typed_stays_when_a_colleague_was_quicker(at_desk, body, ask):
    ticket, colleague = ask(), staff(Role.AGENT, body)
    desk.claim(ticket, by=colleague)
    response = at_desk.post(page("desk", ticket.code), {"text": "A long reply.", "then": "solved"})
    assert response.status_code == 409
    assert "A long reply." in response.content.decode()
    assert ticket.entries.count() == 1


def test_nothing_posted_beside_the_form_is_taken(at_desk, ask):
    ticket = ask()
    data = {"text": "Hello.", "then": "open", "state": "closed", "assignee": "1", "kind": "praise", "is_internal": "1"}
    at_desk.post(page("desk", ticket.code), data)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.kind) == ("open", "enquiry")
    assert ticket.entries.order_by("-pk").first().kind == "reply"


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("note", {"note": " "}),
        ("extend", {"days": "٠", "reason": "x"}),
        ("extend", {"days": "5", "reason": ""}),
        ("hand_over", {"organisation": "999999", "reason": "x"}),
        ("merge", {"reference": "7K3M-9PQX"}),
        ("assign", {"person": "999999"}),
        ("kind", {"kind": "bribe"}),
    ],
)
def test_a_wrong_side_form_says_why_and_changes_nothing(at_desk, ask, act, data):
    ticket = ask()
    response = at_desk.post(page(act, ticket.code), data)
    assert response.status_code in (200, 409)
    assert response.context["opened"] == act
    assert ticket.entries.count() == 1
    ticket.refresh_from_db()
    assert (ticket.kind, ticket.assignee) == ("enquiry", None)


def test_eastern_digits_extend(at_desk, clock, ask):
    ticket = ask()
    at_desk.post(page("extend", ticket.code), {"days": "٥", "reason": "A part is missing."})
    ticket.refresh_from_db()
    assert ticket.first_reply.promises.count() == 2


def test_hostile_words_are_shown_as_words(at_desk, ask):
    ticket = ask(subject="<script>alert(1)</script>", text="<img src=x onerror=alert(2)>")
    shown = at_desk.get(page("desk", ticket.code)).content.decode()
    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_reference_leads_to_its_request(at_desk, ask):
    ticket = ask()
    response = at_desk.get(page("queue"), {"q": ticket.reference.lower()})
    assert response.headers["Location"] == page("desk", ticket.code)
    foreign = ask(organisation=OrganisationFactory())
    assert at_desk.get(page("queue"), {"q": foreign.reference}).status_code == 200


def test_a_call_is_written_down_as_a_request(at_desk, body):
    data = {
        "channel": "phone",
        "kind": "complaint",
        "organisation": body.pk,
        "language": "ar",
        "name": "هدى",
        "phone": "+966500000001",
        "subject": "إنارة",
        "text": "الشارع مظلم",
        "once": "log-1",
    }
    response = at_desk.post(page("log"), data)
    ticket = Ticket.objects.get()
    assert response.headers["Location"] == page("desk", ticket.code)
    assert (ticket.channel, ticket.kind, ticket.phone, ticket.recipient) == (
        "phone",
        "complaint",
        "+966500000001",
        None,
    )
    missing = at_desk.post(page("log"), data | {"phone": "", "once": "log-2"})
    assert missing.status_code == 200
    assert Ticket.objects.count() == 1
    foreign = at_desk.post(page("log"), data | {"organisation": OrganisationFactory().pk, "once": "log-3"})
    assert foreign.status_code == 200
    assert Ticket.objects.count() == 1


def test_the_history_of_a_person_ends_at_the_bodies_of_the_agent(at_desk, ask):
    ticket, earlier = ask(subject="Now"), ask(subject="Earlier")
    ask(subject="Elsewhere", organisation=OrganisationFactory())
    shown = at_desk.get(page("desk", ticket.code)).content.decode()
    assert f'data-lazy="{page("person", ticket.code)}?part=1"' in shown
    part = at_desk.get(page("person", ticket.code), {"part": "1"}).content.decode()
    assert page("desk", earlier.code) in part
    assert "Elsewhere" not in part and "Now" not in part
