"""Asking and following in a real browser: on a phone, without JavaScript, and what assistive technology finds."""

import re

import pytest
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.calendars.choices import Level, Unit
from portal.calendars.models import Breach, ServiceLevel
from tests.calendars import calendar_of, riyadh
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.judging import judge
from tests.factories import OrganisationFactory, PageFactory, PersonFactory, staff
from tests.tickets.conftest import Clock
from tickets.choices import TicketKind, TicketState
from tickets.models import Draft, Move, Rating, ReplyDraft, Ticket
from tickets.services import desk
from tickets.services.asking import Asked, Sender, open_ticket

pytestmark = pytest.mark.django_db(transaction=True)

# The form takes nothing that was filled in within three seconds.
PATIENCE = 3_200
HTML = {"name": "账单.pdf", "mimeType": "application/pdf", "buffer": b"<html><script>alert(1)</script></html>"}
NOTE = {"name": "说明.txt", "mimeType": "text/plain", "buffer": "路灯编号：12".encode()}


@pytest.fixture
def clock(monkeypatch):
    """The server's clock, put to half past nine on Sunday 5 April 2026."""
    made = Clock(riyadh("04-05 09:30"))
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def ministry(live_server):
    for key in ("moderation-policy", "participation-policy", "contact", "privacy"):
        PageFactory(key=key)
    return OrganisationFactory(kind=OrganisationKind.MINISTRY, code="ministry", name_zh_hans="地方服务部")


def write(page, **changes):
    """Fill in the form as it stands, once it has been open for long enough."""
    page.wait_for_timeout(PATIENCE)
    page.check("input[name=kind][value=complaint]")
    for name, value in (
        {"subject": "路灯不亮", "text": "学校门口的路灯已经坏了一周。", "email": "li@example.org"} | changes
    ).items():
        page.fill(f"main [name={name}]", value)
    page.click("main form.form button")


def test_a_guest_asks_in_chinese_on_a_phone_without_script(plain_page, ministry):
    page = plain_page
    page.goto("/zh-hans/support/")
    page.click("main .grid a[href='/zh-hans/support/new/']")
    numbers = page.locator("main a[href^='tel:']")
    assert [numbers.nth(place).is_visible() for place in range(numbers.count())] == [True] * 3 + [False] * 3
    page.check("input[value=emergency]")
    assert [numbers.nth(place).is_visible() for place in range(numbers.count())] == [True] * 6

    # One of two files is refused; nothing else is lost, nor has to be chosen again.
    page.set_input_files("#id_files", [HTML, NOTE])
    write(page)
    assert "账单.pdf" in page.inner_text("#error-summary")
    assert page.input_value("[name=subject]") == "路灯不亮"
    page.click("main form.form button")
    assert "说明.txt" in page.inner_text("main")
    assert Ticket.objects.count() == 0

    # A look, a change, a look, and off it goes.
    page.click("main a[href*='?draft=']:has(svg)")
    page.fill("[name=subject]", "两盏路灯不亮")
    page.click("main form.form button")
    page.click("main form button")
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.language, ticket.kind) == ("两盏路灯不亮", "zh-hans", TicketKind.COMPLAINT)
    assert re.fullmatch(r".*/zh-hans/support/r/[a-z2-9]{43}/\?said=received", page.url)
    assert ticket.reference in page.inner_text(".reference")
    assert Draft.objects.count() == 0
    address = page.url.removesuffix("?said=received")

    # The body asks back; the guest answers. The page sends no referrer, so browsers say nothing of the origin.
    agent = staff(Role.AGENT, ministry)
    desk.reply(ticket, "请问是哪条街？", by=agent, then=TicketState.WAITING)
    page.goto(address)
    assert "请问是哪条街？" in page.inner_text(".official")
    page.fill("[name=text]", "棕榈街。")
    page.set_input_files("#id_files", [NOTE])
    page.click("#write button")
    assert page.inner_text("#conversation").count("说明.txt") == 2
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN

    # Closed by mistake, and taken up again.
    page.click("main a[href$='/close/']")
    page.click("main form button")
    ticket.refresh_from_db()
    assert ticket.state == TicketState.CLOSED
    page.fill("[name=text]", "又坏了。")
    page.click("#write button")
    ticket.refresh_from_db()
    assert ticket.state == TicketState.REOPENED

    # A new link, and the old one opens nothing.
    page.click("main a[href$='/link/']")
    page.click("main form button")
    assert page.url.split("?")[0] != address
    assert ticket.reference in page.inner_text("main")
    assert page.goto(address).status == 404
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths == [PHONE["width"], PHONE["width"]]


def test_from_asking_to_closing_by_two_browsers(new_page, plain_page, sign_in, ministry, clock):
    """A guest in Chinese on a phone without script, an agent in English by the keyboard; the clock stands where put."""
    calendar_of(ministry)
    ServiceLevel.objects.create(
        organisation=ministry, level=Level.COMPLAINT, reply_amount=1, reply_unit=Unit.WORKING_DAYS,
        solution_amount=2, solution_unit=Unit.WORKING_DAYS,
    )  # fmt: skip
    guest, agent_page, agent = plain_page, new_page(), staff(Role.AGENT, ministry)
    sign_in(agent_page, agent)
    # The form takes nothing that was filled in within three seconds; it is half past nine when it is sent.
    clock.add(seconds=-4)
    guest.goto("/zh-hans/support/new/")
    clock.add(seconds=4)
    guest.check("input[name=kind][value=complaint]")
    for name, value in {"subject": "路灯不亮", "text": "学校门口的路灯坏了。", "email": "li@example.org"}.items():
        guest.fill(f"main [name={name}]", value)
    guest.click("main form.form button")
    guest.click("main form button")
    ticket = Ticket.objects.get()
    address = guest.url.split("?")[0]
    assert "2026年4月6日" in guest.inner_text(".receipt")

    # The agent: the first of the queue, the reply box, and off with the keys; what was typed survives on the way.
    clock.at("04-05 11:00")
    agent_page.goto("/en/admin/tickets/ticket/desk/")
    assert "Nobody has it" in agent_page.inner_text(".queue-item")
    agent_page.keyboard.press("n")
    agent_page.wait_for_selector("#id_text")
    assert "学校门口的路灯坏了。" in agent_page.inner_text(".desk-talk")
    agent_page.keyboard.press("r")
    agent_page.keyboard.type("请问是哪条街？nt?")
    agent_page.wait_for_selector("text=Your draft is kept.")
    assert "yours until" in agent_page.inner_text("#desk-claim")
    agent_page.reload()
    assert agent_page.input_value("#id_text") == "请问是哪条街？nt?"
    agent_page.fill("#id_text", "请问是哪条街？")
    agent_page.check("input[name=then][value=waiting]")
    agent_page.focus("#id_text")
    agent_page.keyboard.press("Control+Enter")
    agent_page.wait_for_selector("text=Nothing waits here")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.first_reply.met_at, ticket.next_due_at) == ("waiting", clock(), None)
    assert ReplyDraft.objects.count() == 0

    # The guest answers two hours later: they were not ours (case 12 of the agreed ones).
    clock.at("04-05 13:00")
    guest.goto(address)
    assert "请问是哪条街？" in guest.inner_text(".official")
    guest.fill("[name=text]", "棕榈街。")
    guest.click("#write button")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at) == ("open", riyadh("04-08 10:00"))

    clock.at("04-06 12:00")
    agent_page.goto(f"/en/admin/tickets/ticket/desk/{ticket.code}/")
    agent_page.set_input_files("#id_files", [NOTE])
    agent_page.fill("#id_text", "已修好。")
    agent_page.click("[name=go][value=stay], [data-sends]")
    agent_page.wait_for_selector(".messagelist .success")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved_at, ticket.solution.met_at) == ("solved", clock(), clock())

    # Read, taken home, rated; dark again; solved again; closed.
    guest.goto(address)
    assert "说明.txt" in guest.inner_text("#conversation")
    guest.check("#rating [name=score][value='2']")
    guest.click("#rating button")
    assert Rating.objects.get(ticket=ticket).score == 2
    clock.at("04-08 09:00")
    guest.goto(address)
    guest.fill("#write [name=text]", "又坏了。")
    guest.click("#write button")
    ticket.refresh_from_db()
    # Fourteen working hours were left, from Monday 12:00 to Wednesday 10:00: seven today, seven tomorrow.
    assert (ticket.state, ticket.next_due_at) == ("reopened", riyadh("04-09 15:00"))
    clock.at("04-09 10:00")
    agent_page.goto(f"/en/admin/tickets/ticket/desk/{ticket.code}/")
    assert agent_page.locator(".tag", has_text="Reopened").count() >= 1
    agent_page.fill("#id_text", "已更换灯具。")
    agent_page.click("[data-sends]")
    agent_page.wait_for_selector(".messagelist .success")
    guest.goto(address)
    guest.click("main a[href$='/close/']")
    guest.click("main form button")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at) == ("closed", riyadh("04-09 10:00"))
    moves = Move.objects.filter(ticket_id=ticket.pk).order_by("number")
    assert [(move.target, move.mover) for move in moves] == [
        ("new", "person"), ("waiting", "staff"), ("open", "person"), ("solved", "staff"), ("reopened", "person"),
        ("solved", "staff"), ("closed", "person"),
    ]  # fmt: skip
    assert Breach.objects.count() == 0


def findings(page):
    return [f"{page.url}: {rule}: {html}" for rule, html in judge(page)["nodes"]]


@pytest.mark.parametrize(
    ("look", "language"),
    [
        ({"viewport": PHONE, "color_scheme": "dark"}, "ar"),
        ({"viewport": DESK, "color_scheme": "light"}, "en"),
        ({"viewport": {"width": 320, "height": 700}, "color_scheme": "light"}, "zh-hans"),
    ],
    ids=["ar-phone-dark", "en-desk-light", "zh-320"],
)
def test_assistive_technology_and_width(new_page, sign_in, ministry, look, language):
    page = new_page(bypass_csp=True, **look)
    mona, found = PersonFactory(language=language), []

    def see(address=""):
        if address:
            page.goto(address)
        found.extend(findings(page))
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > look["viewport"]["width"]:
            found.append(f"{page.url}: {width} px wide")

    for place in ("support/new/?kind=emergency", "support/r/nothing/"):
        see(f"/{language}/{place}")
    page.goto(f"/{language}/support/new/")
    page.set_input_files("#id_files", [HTML, NOTE])
    page.eval_on_selector("main form.form", "form => form.submit()")
    page.wait_for_selector("#error-summary")
    see()
    write(page)
    see()
    page.click("main form button.btn-primary")
    page.wait_for_selector(".reference")
    see()
    ticket = Ticket.objects.get()
    agent = staff(Role.AGENT, ministry)
    desk.reply(ticket, "请问是哪条街？", by=agent, then=TicketState.WAITING)
    see(page.url.split("?")[0])
    see(page.url.split("#")[0] + "close/")

    sign_in(page, mona)
    see(f"/{language}/support/mine/")
    for number in range(22):
        asked = Asked(
            kind=TicketKind.ENQUIRY, subject=f"Ask {number}", text="Why?", language="en", organisation=ministry
        )
        last = open_ticket(asked, Sender(person=mona)).ticket
    see(f"/{language}/support/mine/")
    see(f"/{language}/support/mine/{last.code}/")
    assert found == []
