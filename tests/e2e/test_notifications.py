"""Following by way of the sign-in page, being told, choosing and stopping: in each language, without a script."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from engagement.consultations.services import withdraw
from portal.accounts.choices import Role
from portal.notifications.choices import Rhythm, Subject
from portal.notifications.models import Follow, Notice
from portal.notifications.selectors import choices_of
from portal.notifications.services.telling import hand_round
from tests.factories import ConsultationFactory, PageFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "password for tests"


@pytest.fixture
def consultation(live_server):
    for key in ("moderation-policy", "participation-policy", "contact", "privacy"):
        PageFactory(key=key)
    reasons = {f"withdrawal_reason_{language}": "x" for language in ("ar", "en", "zh_hans")}
    return ConsultationFactory(title_ar="الحدائق", title_en="Parks", title_zh_hans="公园", slug="parks", **reasons)


def address(name, language, *args):
    with translation.override(language):
        return reverse(name, args=args)


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_follow_be_told_choose_and_stop(plain_page, consultation, language):
    page, person = plain_page, PersonFactory(language=language)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    place = address("consultations:detail", language, consultation.code, "parks")
    page.goto(place)
    # A visitor's button asks to sign in, and comes back having followed.
    page.click("form.follow button")
    page.fill("input[name=login]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_url(f"**{place}")
    assert Follow.objects.get().person == person
    expect(page.locator(".bell-count")).to_have_count(0)

    withdraw(consultation, by=staff(Role.EDITOR, consultation.organisation))
    hand_round()
    page.reload()
    expect(page.locator(".bell-count")).to_have_text("1")
    page.click(".bell")
    expect(page.locator(".is-unread")).to_have_count(1)
    page.click(".is-unread a")
    page.wait_for_url(f"**{place}")
    assert Notice.objects.get().read_at is not None
    expect(page.locator(".bell-count")).to_have_count(0)

    page.goto(address("notifications:choices", language))
    page.check("input[name=followed_when][value=weekly]")
    page.click("main form.form button.btn-primary")
    expect(page.locator("#toasts > *").first).to_be_visible()
    assert choices_of(person)[Subject.FOLLOWED].rhythm == Rhythm.WEEKLY
    page.click("#follows form button")
    page.wait_for_url("**#follows")
    assert not Follow.objects.exists()


def test_choices_by_keyboard(page, consultation, sign_in):
    person = PersonFactory(language="en")
    sign_in(page, person)
    page.goto(address("notifications:choices", "en"))
    page.focus("input[name=replies_when][value=at_once]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.focus("main form.form button.btn-primary")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts > *").first).to_be_visible()
    assert choices_of(person)[Subject.REPLIES].rhythm == Rhythm.WEEKLY
