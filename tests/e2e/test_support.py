"""Asking and following in a real browser: on a phone, without JavaScript, and what assistive technology finds."""

import re

import pytest

from portal.accounts.choices import OrganisationKind, Role
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.judging import judge
from tests.factories import OrganisationFactory, PageFactory, PersonFactory, staff
from tickets.choices import TicketKind, TicketState
from tickets.models import Draft, Ticket
from tickets.services import desk
from tickets.services.asking import Asked, Sender, open_ticket

pytestmark = pytest.mark.django_db(transaction=True)

# The form takes nothing that was filled in within three seconds.
PATIENCE = 3_200
HTML = {"name": "账单.pdf", "mimeType": "application/pdf", "buffer": b"<html><script>alert(1)</script></html>"}
NOTE = {"name": "说明.txt", "mimeType": "text/plain", "buffer": "路灯编号：12".encode()}


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

    for place in ("support/", "support/new/?kind=emergency", "support/find/", "support/r/nothing/"):
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
