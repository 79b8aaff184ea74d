"""The desk: who sees what, answering one after the other, and nothing typed lost."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import Role
from portal.accounts.models import Team
from portal.audit.models import Entry as Audit
from portal.files.models import StoredFile
from portal.messaging.models import Message
from tests.factories import OrganisationFactory, PersonFactory, staff
from tickets.choices import TicketState
from tickets.models import ReplyDraft, Ticket, TicketLink
from tickets.selectors import desk as selectors
from tickets.services import asking, desk, relations, reply_drafts
from tickets.services.asking import Sender
from tickets.tasks.requests import purge_drafts

pytestmark = pytest.mark.django_db
QUEUE_QUERIES = 11
REQUEST_QUERIES = 27


def upload(name, content=b"Lamp number 12"):
    return SimpleUploadedFile(name, content)


def page(name, *args):
    with translation.override("en"):
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
    for act in ("take", "release", "note", "assign", "kind", "hand_over", "extend", "merge", "state", "link", "draft"):
        assert at_desk.post(page(act, foreign.code), {"state": "spam", "note": "x", "text": "x"}).status_code == 404
    own = ask()
    for one, two in ((own, foreign), (foreign, own)):
        assert at_desk.post(page("unlink", one.code, two.code)).status_code == 404
    assert at_desk.get(page("file", foreign.code, "nothing")).status_code == 404
    assert ReplyDraft.objects.count() == 0
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


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_queue_takes_as_many_queries_whatever_waits(at_desk, agent, ask, count, django_assert_num_queries):
    for _ in range(count):
        desk.assign(ask(sender=Sender(person=PersonFactory())), to=agent, by=agent)
    with django_assert_num_queries(QUEUE_QUERIES):
        shown = at_desk.get(page("queue"))
    assert len(shown.context["rows"].object_list) == count


def test_the_view_that_nobody_counts_keeps_to_twelve_queries_too(at_desk, agent, ask, django_assert_num_queries):
    for _ in range(3):
        desk.set_state(ask(), TicketState.SPAM, by=agent)
    with django_assert_num_queries(12):
        assert len(at_desk.get(page("queue"), {"view": "ended"}).context["rows"].object_list) == 3


def test_pages_of_the_queue_are_as_many_as_are_counted(at_desk, ask):
    for _ in range(21):
        ask()
    rows = at_desk.get(page("queue"), {"page": 2}).context["rows"]
    assert (rows.paginator.num_pages, len(rows.object_list)) == (2, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_a_request_takes_as_many_queries_however_long_it_is(at_desk, agent, ask, count, django_assert_num_queries):
    ticket = ask()
    for number in range(count):
        desk.note(ticket, f"Note {number}", by=agent)
        relations.link(ticket, ask(subject=f"Other {number}"), by=agent)
        asking.add_message(ticket, f"Message {number}", person=None)
    with django_assert_num_queries(REQUEST_QUERIES):
        shown = at_desk.get(page("desk", ticket.code)).context["file"]
    assert (len(shown.entries), len(shown.linked)) == (1 + 2 * count, count)


def test_counts_come_alone_and_to_agents_only(client, agent, body, ask):
    ask()
    assert client.get(page("tallies")).status_code == 302
    client.force_login(staff(Role.MODERATOR, body))
    assert client.get(page("tallies")).status_code == 403
    client.force_login(agent)
    shown = client.get(page("tallies"), {"view": "mine"}).content.decode()
    assert "<html" not in shown
    assert shown.count('class="chip"') == 7
    assert re.findall(r'aria-current="true">(\w+)', shown) == ["Mine"]


@pytest.mark.parametrize("view", ["' OR 1=1", "all", ""])
def test_a_view_that_is_none_is_the_first(at_desk, ask, view):
    ask()
    shown = at_desk.get(page("queue"), {"view": view}).context
    assert (shown["view"], len(shown["rows"].object_list)) == ("work", 1)


def test_files_go_out_with_a_reply(at_desk, ask):
    ticket = ask()
    data = {"text": "Here is the map.", "then": "solved", "once": "r-1", "files": [upload("map.txt")]}
    assert at_desk.post(page("desk", ticket.code), data).status_code == 302
    data["files"] = [upload("map.txt")]
    at_desk.post(page("desk", ticket.code), data)
    entry = ticket.entries.get(kind="reply")
    assert [stored.name for stored in entry.files.all()] == ["map.txt"]
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (lambda: [upload("page.pdf", b"<html><script>alert(1)</script></html>")], "page.pdf"),
        (lambda: [upload(f"{number}.txt") for number in range(6)], "At most 5 files"),
    ],
)
def test_a_file_that_is_refused_sends_nothing_and_loses_no_word(at_desk, ask, files, said):
    ticket = ask()
    data = {"text": "A long reply.", "then": "solved", "files": files()}
    response = at_desk.post(page("desk", ticket.code), data)
    shown = response.content.decode()
    assert said in shown
    assert "A long reply." in shown
    assert (ticket.entries.count(), StoredFile.objects.count()) == (1, 0)


def test_sending_may_stay(at_desk, ask):
    ticket, _other = ask(), ask()
    response = at_desk.post(page("desk", ticket.code), {"text": "Soon.", "then": "open", "go": "stay"})
    assert response.headers["Location"] == page("desk", ticket.code)


def test_a_reply_that_is_being_written_is_kept_for_its_writer_alone(at_desk, agent, body, ask, clock):
    ticket, colleague = ask(), staff(Role.AGENT, body)
    answer = at_desk.post(page("draft", ticket.code), {"text": "Dear Guest,\nwe"})
    assert "yours until" in answer.content.decode()
    ticket.refresh_from_db()
    assert (ticket.claimed_by, ticket.claimed_until) == (agent, clock() + desk.LEASE)
    assert "Dear Guest,\nwe</textarea>" in at_desk.get(page("desk", ticket.code)).content.decode()
    at_desk.force_login(colleague)
    shown = at_desk.get(page("desk", ticket.code)).content.decode()
    assert "Dear Guest" not in shown
    assert "is answering this request now" in shown


def test_writing_holds_the_request_for_longer_unless_a_colleague_has_it(agent, body, ask, clock):
    ticket, colleague = ask(), staff(Role.AGENT, body)
    reply_drafts.keep_reply(ticket, "One", by=agent)
    clock.add(minutes=15)
    assert reply_drafts.keep_reply(ticket, "One two", by=agent).claimed_until == clock() + desk.LEASE
    assert reply_drafts.keep_reply(ticket, "Mine too", by=colleague).claimed_by == agent
    assert sorted(ReplyDraft.objects.values_list("text", flat=True)) == ["Mine too", "One two"]


def test_a_draft_goes_when_it_is_sent_and_does_not_come_back(at_desk, agent, ask):
    ticket = ask()
    at_desk.post(page("draft", ticket.code), {"text": "Here you", "once": "r-1"})
    at_desk.post(page("desk", ticket.code), {"text": "Here you are.", "then": "solved", "once": "r-1"})
    assert ReplyDraft.objects.count() == 0
    # What the browser sent a moment earlier arrives a moment later.
    at_desk.post(page("draft", ticket.code), {"text": "Here you", "once": "r-1"})
    assert ReplyDraft.objects.count() == 0
    ticket.refresh_from_db()
    assert ticket.claimed_by is None


def test_an_emptied_draft_is_none_and_an_old_one_is_deleted(agent, ask, clock):
    ticket, other = ask(), ask()
    reply_drafts.keep_reply(ticket, "Something", by=agent)
    reply_drafts.keep_reply(ticket, " \n", by=agent)
    assert ReplyDraft.objects.count() == 0
    reply_drafts.keep_reply(other, "Something", by=agent)
    clock.add(days=30)
    assert purge_drafts() == 0
    clock.add(seconds=1)
    assert purge_drafts() == 1


def test_linked_requests_are_shown_on_both_and_can_be_parted(at_desk, agent, ask):
    one, other = ask(subject="One"), ask(subject="Other", sender=Sender(email="else@example.org"))
    at_desk.post(page("link", one.code), {"reference": other.reference.lower()})
    at_desk.post(page("link", other.code), {"reference": one.reference})
    assert TicketLink.objects.count() == 1
    for here, there in ((one, other), (other, one)):
        assert at_desk.get(page("desk", here.code)).context["file"].linked == [there]
    at_desk.post(page("unlink", other.code, one.code))
    assert TicketLink.objects.count() == 0
    written = Audit.objects.filter(action__in=["ticket.linked", "ticket.unlinked"]).order_by("pk")
    assert [(row.action, row.data) for row in written] == [
        ("ticket.linked", {"with": other.reference}),
        ("ticket.unlinked", {"from": one.reference}),
    ]


def test_links_do_not_reach_into_other_bodies(at_desk, agent, ask):
    ticket, foreign = ask(), ask(organisation=OrganisationFactory())
    for reference in (foreign.reference, ticket.reference):
        response = at_desk.post(page("link", ticket.code), {"reference": reference})
        assert (response.status_code, response.context["opened"]) == (409, "link")
    assert TicketLink.objects.count() == 0
    TicketLink.objects.create(one=ticket, other=foreign)
    assert at_desk.get(page("desk", ticket.code)).context["file"].linked == []


def test_the_next_in_line_is_the_most_urgent_that_nobody_has(at_desk, agent, body, ask, clock):
    colleague, own_team, other_team = (
        staff(Role.AGENT, body),
        Team.objects.create(organisation=body),
        Team.objects.create(organisation=body),
    )
    agent.memberships.update(team=own_team)
    later = ask(subject="Later")
    clock.add(hours=1)
    desk.assign(ask(kind="emergency", subject="Assigned"), to=colleague, by=colleague)
    desk.claim(ask(kind="emergency", subject="Held"), by=colleague)
    desk.assign(ask(kind="emergency", subject="Another team's"), team=other_team, by=colleague)
    ask(kind="emergency", subject="Foreign", organisation=OrganisationFactory())
    mine = ask(kind="accessibility", subject="My team's")
    desk.assign(mine, team=own_team, by=colleague)
    for wanted in (mine, later):
        assert at_desk.post(page("next")).headers["Location"] == page("desk", wanted.code)
        wanted.refresh_from_db()
        assert (wanted.assignee, wanted.claimed_by) == (agent, agent)
    assert mine.team_id is None or Ticket.objects.get(pk=mine.pk).team == own_team
    assert at_desk.post(page("next")).headers["Location"] == page("queue")
    assert at_desk.get(page("next")).status_code == 405


def test_the_start_page_lists_the_agents_own_bodies_overdue_first(
    at_desk, agent, ask, clock, django_assert_num_queries
):
    soon, overdue = ask(kind="technical", subject="Soon"), ask(subject="Overdue")
    Ticket.objects.filter(pk=overdue.pk).update(next_due_at=clock() - timedelta(hours=1))
    answered = ask(subject="Answered")
    desk.reply(answered, "We look into it.", by=agent, then=TicketState.OPEN)
    desk.reply(ask(subject="Waiting"), "Which?", by=agent, then=TicketState.WAITING)
    ask(subject="Foreign", organisation=OrganisationFactory())
    with django_assert_num_queries(1), translation.override("en"):
        items = selectors.inbox_first(agent, 5)
    assert [item.title for item in items] == ["Overdue", "Soon", "Answered"]
    assert (items[0].url, items[0].language) == (page("desk", overdue.code), "en")
    assert items[1].due_at == soon.next_due_at
    assert [item.title for item in selectors.inbox_first(agent, 1)] == ["Overdue"]


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
