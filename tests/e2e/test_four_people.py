"""A request from its first word to its end, by all who take part in it, with the clock right to the second."""

import re

import pytest
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.calendars.choices import Level, Unit
from portal.calendars.models import Breach, ServiceLevel
from portal.messaging.emails import compose
from portal.messaging.models import Message
from tests.calendars import calendar_of, riyadh
from tests.e2e.conftest import DESK, PHONE
from tests.factories import OrganisationFactory, staff
from tests.tickets.conftest import Clock
from tests.tickets.mail import letter, take
from tickets.models import Move, Rating, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    made = Clock(riyadh("04-05 09:29:55"))
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def ministry(live_server):
    made = OrganisationFactory(kind=OrganisationKind.MINISTRY, code="ministry", name_zh_hans="地方服务部")
    calendar_of(made)
    days = Unit.WORKING_DAYS
    ServiceLevel.objects.create(
        organisation=made, level=Level.ENQUIRY, reply_amount=1, reply_unit=days, solution_amount=2, solution_unit=days
    )
    return made


def ask(page, clock):
    """Ask as a guest; return the address of the request's page, as the receipt brings it."""
    page.goto("/zh-hans/support/new/")
    clock.add(seconds=5)
    page.check("input[name=kind][value=enquiry]")
    for name, value in {
        "subject": "路灯不亮",
        "text": "学校门口的路灯已经坏了一周。",
        "email": "li@example.org",
    }.items():
        page.fill(f"main [name={name}]", value)
    page.click("main form.form button")
    page.click("main form button.btn-primary")
    receipt = compose(Message.objects.get())
    assert receipt.to == ["li@example.org"]
    link = re.search(r"http://[^/\s]+(/\S+/support/r/\S+/)", receipt.body)[1]
    assert page.url.split("?")[0].endswith(link)
    return link


def answer(page, ticket, text, then):
    """Answer at the desk."""
    page.goto(f"/en/admin/tickets/ticket/desk/{ticket.code}/")
    page.fill("#id_text", text)
    page.check(f"input[name=then][value={then}]")
    page.click("[data-sends]")
    page.wait_for_load_state()


def rate(page, score):
    page.check(f"#rating input[value='{score}']")
    page.click("#rating button")


def test_asked_in_chinese_answered_at_the_desk_and_by_mail_solved_rated_reopened_and_closed(
    new_page, sign_in, clock, ministry
):
    guest = new_page(viewport=PHONE, java_script_enabled=False)
    link = ask(guest, clock)
    ticket = Ticket.objects.get()
    assert (ticket.language, ticket.created_at, ticket.next_due_at) == (
        "zh-hans",
        riyadh("04-05 09:30"),
        riyadh("04-06 16:00"),
    )
    assert ticket.reference in guest.inner_text("main")
    assert ticket.solution.due_at == riyadh("04-07 16:00")

    # The agent finds it in the queue and asks back: from here the clock stands still.
    clock.at("04-05 11:00")
    agent = staff(Role.AGENT, ministry)
    desk = new_page(viewport=DESK)
    sign_in(desk, agent)
    desk.goto("/en/admin/tickets/ticket/desk/")
    assert ticket.reference in desk.inner_text("#content")
    answer(desk, ticket, "请问是哪条街？", "waiting")
    guest.goto(link)
    assert "请问是哪条街？" in guest.inner_text(".official")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at) == ("waiting", None)

    # The guest answers from a mail program, seven seconds after one: two hours and seven seconds are added.
    clock.at("04-05 13:00:07")
    question = compose(Message.objects.get(template="tickets/reply")).extra_headers["Message-ID"]
    take(letter("棕榈街14号。", From="李丽 <li@example.org>", In_Reply_To=question))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at) == ("open", riyadh("04-08 10:00:07"))
    guest.goto(link)
    assert "棕榈街14号。" in guest.inner_text("#conversation")
    assert "10:00" in guest.inner_text("main")
    desk.goto(f"/en/admin/tickets/ticket/desk/{ticket.code}/")
    assert "棕榈街14号。" in desk.inner_text("#content")

    # Solved and rated; what was left of the time is kept.
    clock.at("04-06 12:00")
    answer(desk, ticket, "路灯已修好。", "solved")
    guest.goto(link)
    rate(guest, 2)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at, Rating.objects.get().score) == ("solved", None, 2)

    # Dark again on Wednesday at nine: fourteen hours and seven seconds of working time were left.
    clock.at("04-08 09:00")
    guest.fill("[name=text]", "又不亮了。")
    guest.click("#write button")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at) == ("reopened", riyadh("04-09 15:00:07"))

    # Solved at the last second that keeps the promise, asked again how it went, and closed by who asked.
    clock.at("04-09 15:00:07")
    answer(desk, ticket, "已更换灯泡。", "solved")
    guest.goto(link)
    assert not guest.is_checked("#rating input[value='2']")
    rate(guest, 5)
    guest.click("main a[href$='/close/']")
    guest.click("main form button")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at, ticket.next_due_at) == ("closed", clock.moment, None)
    assert (ticket.first_reply.was_kept, ticket.solution.was_kept, Breach.objects.count()) == (True, True, 0)
    assert list(Rating.objects.order_by("pk").values_list("score", flat=True)) == [2, 5]
    moves = Move.objects.filter(ticket_id=ticket.pk).order_by("number").values_list("target", "mover", "at")
    assert list(moves) == [
        ("new", "person", riyadh("04-05 09:30")),
        ("waiting", "staff", riyadh("04-05 11:00")),
        ("open", "person", riyadh("04-05 13:00:07")),
        ("solved", "staff", riyadh("04-06 12:00")),
        ("reopened", "person", riyadh("04-08 09:00")),
        ("solved", "staff", riyadh("04-09 15:00:07")),
        ("closed", "person", riyadh("04-09 15:00:07")),
    ]
    # Whatever was written to the guest was written in Chinese: the receipt, and three replies.
    told = Message.objects.filter(address="li@example.org").order_by("pk").values_list("template", "language")
    assert list(told) == [("tickets/receipt", "zh-hans"), *[("tickets/reply", "zh-hans")] * 3]
