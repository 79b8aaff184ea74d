"""The main job from end to end, in each language: on a phone without JavaScript, and once with it.

The address of a page is read from links alone, as a person would; nothing is typed into the address bar but the
portal's own.
"""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from engagement.comments.models import Comment, CommentVote
from engagement.consultations.choices import Status
from engagement.consultations.services import ask_question
from engagement.polls.models import Turnout
from moderation.models import Decision, Report
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.e2e.conftest import DESK
from tests.factories import ConsultationFactory, GroundFactory, PageFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "password for tests"
QUESTION = {"ar": "هل تؤيدون الفترتين؟", "en": "Do you support two periods?", "zh-hans": "您是否支持分两段？"}
TITLES = {"ar": "ساعات العمل", "en": "Opening hours", "zh-hans": "办公时间"}
WORDS = {"ar": "الفترة المسائية تناسبنا.", "en": "The evening suits us.", "zh-hans": "晚间时段很合适。"}


@pytest.fixture
def consultation(live_server):
    for key in ("moderation-policy", "participation-policy", "contact", "privacy"):
        PageFactory(key=key)
    found = ConsultationFactory(
        title_ar=TITLES["ar"], title_en=TITLES["en"], title_zh_hans=TITLES["zh-hans"], status=Status.PUBLISHED
    )
    editor = staff(Role.EDITOR, found.organisation)
    ask_question(found, question=QUESTION, results="always", by=editor)
    for number in (2, 3, 6):
        GroundFactory(number=number)
    return found


def sign_in_here(page, person):
    """Fill in the sign-in form that stands on the page."""
    page.fill("input[name=login]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit], main form button.btn-primary")


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_find_read_comment_vote_and_report_without_script(plain_page, consultation, language):
    page, citizen = plain_page, PersonFactory(language=language)
    EmailAddress.objects.create(user=citizen, email=citizen.email, verified=True, primary=True)
    other = Comment.objects.create(
        thread=consultation.thread, author=PersonFactory(), body="Buy cheap watches", language="en"
    )
    page.goto(f"/{language}/")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    page.click(f"main a:has-text('{TITLES[language]}') >> nth=0")
    assert page.inner_text("h1") == TITLES[language]

    # A comment, typed before signing in, is still there afterwards.
    page.fill("#comments textarea[name=body]", WORDS[language])
    page.click("#comments .compose button")
    sign_in_here(page, citizen)
    assert page.input_value("textarea[name=body]") == WORDS[language]
    page.click("main form button.btn-primary")
    posted = Comment.objects.get(author=citizen)
    assert (posted.body, posted.language) == (WORDS[language], language)
    assert WORDS[language] in page.inner_text(f"#c-{posted.code}")

    # A vote on the question, changed once.
    for option in ("support", "oppose"):
        page.check(f"#poll input[value={option}]")
        page.click("#poll form button")
    assert Turnout.objects.get(person=citizen).ballot.option.code == "oppose"
    assert re.search(r"100\s*[%٪]", page.inner_text("#poll"))

    # A vote on somebody's comment, and back to the very page.
    page.click(f"#votes-{other.code} button >> nth=0")
    assert CommentVote.objects.get().value == 1
    assert page.url.endswith(f"#c-{other.code}")

    # A report with a ground.
    page.click(f"#c-{other.code} a[href*='/report/']")
    page.check("input[type=radio][name=ground] >> nth=2")
    page.click("main form button.btn-primary")
    report = Report.objects.get()
    assert (report.reporter, report.ground.number) == (citizen, 6)


@pytest.mark.parametrize("language", ["ar", "zh-hans"])
def test_a_decision_in_the_admin_reaches_page_and_author(new_page, consultation, sign_in, language):
    author = PersonFactory(language=language)
    comment = Comment.objects.create(
        thread=consultation.thread, author=author, body="Buy cheap watches at my shop", language="en"
    )
    visitor = new_page(java_script_enabled=False)
    with translation.override("en"):
        visitor.goto(reverse("moderation:report", args=["comment", comment.code]))
    visitor.check("input[type=radio][name=ground] >> nth=2")
    visitor.click("main form button.btn-primary")
    assert Report.objects.get().reporter is None

    moderator = staff(Role.MODERATOR, consultation.organisation)
    page = new_page(viewport=DESK, java_script_enabled=False)
    sign_in(page, moderator)
    page.goto("/en/admin/")
    page.click("a[href*='/moderation/case/queue/']:visible >> nth=0")
    page.click("a[href*='/queue/']:has-text('cheap watches'), .queue-item a >> nth=0")
    take = page.locator("form button:has-text('Take')")
    if take.count():
        take.first.click()
    page.check("input[name=ground] >> nth=2")
    page.fill("[name=passage]", "cheap watches")
    page.click("button[value=hide]")

    decision = Decision.objects.get()
    assert (decision.outcome, decision.ground.number, decision.decided_by) == ("hide", 6, moderator)
    message = Message.objects.get(template="moderation/decision")
    assert (message.person, message.language) == (author, language)
    assert "cheap watches" in message.text
    assert len([sent for sent in mail.outbox if author.email in sent.to]) == 1
    assert Entry.objects.filter(action="comment.hidden").count() == 1
    visitor.goto(f"/{language}/consultations/{consultation.code}/{consultation.slug}/")
    assert "cheap watches" not in visitor.content()
    assert visitor.locator(f"#c-{comment.code} .hidden-note").count() == 1


def test_votes_are_counted_in_place_with_script(page, consultation, sign_in):
    citizen = PersonFactory()
    comment = Comment.objects.create(thread=consultation.thread, author=PersonFactory(), body="text", language="en")
    sign_in(page, citizen)
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"/en/consultations/{consultation.code}/{consultation.slug}/")
    address = page.url
    up = page.locator(f"#votes-{comment.code} button").first
    up.click()
    page.wait_for_selector(f"#votes-{comment.code} button[aria-pressed=true]")
    assert CommentVote.objects.get().value == 1
    up.click()
    page.wait_for_selector(f"#votes-{comment.code} button[aria-pressed=false] >> nth=1")
    expect(page.locator(f"#votes-{comment.code} button[aria-pressed=true]")).to_have_count(0)
    assert CommentVote.objects.count() == 0
    assert (page.url, errors) == (address, [])


def test_more_comments_are_added_below_with_script(page, consultation, settings):
    settings.COMMENTS_PER_PAGE = 2
    for number in range(5):
        Comment.objects.create(
            thread=consultation.thread, author=PersonFactory(), body=f"comment number {number}", language="en"
        )
    page.goto(f"/en/consultations/{consultation.code}/{consultation.slug}/")
    articles, more = page.locator("#comment-list article"), page.locator("#comment-list .load-more a")
    for shown in (2, 4):
        expect(articles).to_have_count(shown)
        more.click()
    expect(articles).to_have_count(5)
    expect(more).to_have_count(0)
    assert len({article.get_attribute("id") for article in articles.all()}) == 5


def test_the_language_switch_keeps_the_page(plain_page, consultation):
    page = plain_page
    page.goto(f"/ar/consultations/{consultation.code}/{consultation.slug}/?sort=newest")
    page.click("header details:has([hreflang]) summary")
    page.click("header a[hreflang^=zh]")
    assert page.url.endswith(f"/zh-hans/consultations/{consultation.code}/{consultation.slug}/?sort=newest")
    assert page.inner_text("h1") == TITLES["zh-hans"]


def test_the_journey_by_keyboard_alone(page, consultation, sign_in):
    """Skip link, comment, vote on the question and report: no pointer, and the focus is always seen."""
    citizen = PersonFactory()
    other = Comment.objects.create(
        thread=consultation.thread, author=PersonFactory(), body="Buy cheap watches", language="en"
    )
    sign_in(page, citizen)
    page.goto(f"/en/consultations/{consultation.code}/{consultation.slug}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    page.keyboard.press("Enter")

    press_until(page, "input[name=option]")
    page.keyboard.press("Space")
    press_until(page, "#poll form button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Turnout.objects.get(person=citizen).ballot.option.code == "support"

    press_until(page, "#comments textarea")
    page.keyboard.type("By keyboard alone.")
    press_until(page, "#comments .compose button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Comment.objects.get(author=citizen).body == "By keyboard alone."

    press_until(page, f"#c-{other.code} a[href*='/report/']")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press_until(page, "input[name=ground]")
    page.keyboard.press("ArrowDown")
    press_until(page, "main form button.btn-primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Report.objects.get().ground.number == 3


def press_until(page, selector):
    """Press Tab until something that fits has the focus, and see that the focus shows."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            style = "getComputedStyle(document.activeElement.closest('label') ?? document.activeElement)"
            own = "getComputedStyle(document.activeElement)"
            assert page.evaluate(f"parseFloat({own}.outlineWidth) + parseFloat({style}.outlineWidth)") > 0
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")
