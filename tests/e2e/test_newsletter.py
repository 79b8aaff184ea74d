"""The newsletter in a browser: subscribing, choosing and leaving without a script, and axe on all of its pages."""

import re
from email import message_from_bytes
from email.policy import SMTP
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from newsletter.choices import IssueState, SubscriptionState
from newsletter.models import EditionPage, Issue, MailingList, Subscription
from newsletter.rules import token_of
from newsletter.services import subscribing
from portal.accounts.choices import OrganisationKind, Role
from portal.mailings.models import Mailing
from tests.e2e.conftest import DESK, PHONE, somebody
from tests.e2e.judging import judge
from tests.e2e.notes import note
from tests.e2e.test_layout import NARROW, too_wide
from tests.factories import MembershipFactory, OrganisationFactory, PageFactory
from tests.mailings.conftest import relay  # noqa: F401

ADDRESS = "aisha@example.org"
LOOKS = [
    {"viewport": PHONE, "color_scheme": "dark", "bypass_csp": True},
    {"viewport": DESK, "color_scheme": "light", "bypass_csp": True},
]


def received(taken):
    """Return the last message the relay took, and the addresses of our pages in its text."""
    message = message_from_bytes(taken[-1].original_content or taken[-1].content, policy=SMTP)
    text = message.get_body(("plain",)).get_content()
    return message, [urlsplit(found).path for found in re.findall(r"https?://\S+", text)]


@pytest.mark.django_db(transaction=True)
def test_an_arabic_reader_subscribes_chooses_and_leaves_without_script(live_server, plain_page, relay):  # noqa: F811
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    MailingList.objects.create(code="monday", name_ar="نشرة الاثنين", organisation=ministry)
    PageFactory(key="privacy")
    PageFactory(key="contact")
    page = plain_page

    # From the home page to the form; what is wrong is said, and what was chosen stays.
    page.goto("/ar/")
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.click("main a[href='/ar/newsletter/subscribe/']")
    page.check("input[name=frequency][value=monthly]")
    page.fill("input[name=email]", "aisha")
    page.click("main form button")
    assert page.locator("#error-summary").count() == 1
    assert (page.input_value("input[name=email]"), page.is_checked("input[value=monthly]")) == ("aisha", True)
    page.fill("input[name=email]", ADDRESS)
    page.check("input[name=frequency][value=weekly]")
    page.click("main form button")
    assert ADDRESS in page.inner_text("main")

    # The mail is in Arabic; its link confirms nothing by itself, the button does.
    message, links = received(relay.taken)
    assert (message["To"], message["Content-Language"]) == (ADDRESS, "ar")
    confirm = next(link for link in links if link.endswith("/confirm/"))
    page.goto(confirm)
    page.reload()
    subscription = Subscription.objects.get()
    assert subscription.state == SubscriptionState.PENDING
    page.click("main form button")
    assert page.url.endswith("/confirmed/")
    subscription.refresh_from_db()
    assert (subscription.state, subscription.language, subscription.frequency) == ("active", "ar", "weekly")

    # Choices by the secret link of the welcome, without signing in.
    _message, links = received(relay.taken)
    choices = next(link for link in links if "/newsletter/s/" in link)
    page.goto(choices)
    page.check("input[name=language][value=en]")
    page.check("input[name=frequency][value=monthly]")
    page.fill("input[name=paused_until]", f"{timezone.localdate():%Y-%m-%d}")
    page.click("main form button")
    assert page.locator("#error-summary").count() == 1 and page.is_checked("input[value=monthly]")
    page.fill("input[name=paused_until]", "")
    page.click("main form button")
    subscription.refresh_from_db()
    assert (subscription.language, subscription.frequency) == ("en", "monthly")

    # Leaving, and taking it back on the very page that says so.
    page.click("main a[href$='/leave/']")
    subscription.refresh_from_db()
    assert subscription.state == SubscriptionState.ACTIVE
    page.click("main form button")
    subscription.refresh_from_db()
    assert subscription.state == SubscriptionState.LEFT
    page.click("main form button")
    subscription.refresh_from_db()
    assert (subscription.state, urlsplit(page.url).path) == (SubscriptionState.ACTIVE, choices)

    # Whoever asks for an address that is subscribed learns nothing; its owner gets the link to the choices.
    page.goto("/ar/newsletter/subscribe/")
    page.fill("input[name=email]", ADDRESS)
    page.click("main form button")
    again = page.inner_text("main")
    page.goto("/ar/newsletter/subscribe/")
    page.fill("input[name=email]", "other@example.org")
    page.click("main form button")
    assert page.inner_text("main") == again.replace(ADDRESS, "other@example.org")
    assert relay.recipients == [ADDRESS, ADDRESS, ADDRESS, "other@example.org"]

    # Forgotten: the link is dead.
    page.goto(choices)
    page.click("main a[href$='/erase/']")
    page.click("main form button")
    subscription.refresh_from_db()
    assert (subscription.state, ADDRESS in subscription.email) == (SubscriptionState.ERASED, False)
    assert page.goto(choices).status == 404


def link_places(language):
    """Return a page by secret link for each thing that a reader may do or be told."""
    by_state = {}
    for subscription in Subscription.objects.order_by("pk"):
        by_state.setdefault(subscription.state, token_of(subscription.code, subscription.salt))
    with translation.override(language):
        names = [
            *(("choices", state) for state in ("active", "paused", "left", "ended")),
            *((name, "active") for name in ("leave", "confirmed", "erase")),
            ("confirm", "pending"),
        ]
        places = [reverse(f"newsletter:{name}", args=[by_state[state]]) for name, state in names]
        return [reverse("newsletter:subscribe"), *places]


def missing(language):
    """Take an edition of an issue away and return the address where it was."""
    issue = Issue.objects.published()[1]
    EditionPage.objects.filter(issue=issue, language=language).delete()
    with translation.override(language):
        return reverse("newsletter:issue", args=[issue.code])


def problems_at(page, place, state=""):
    """Return what axe finds at an address, and that it is too wide where it is."""
    page.goto(place)
    return problems_here(page, state)


def problems_here(page, state=""):
    found = judge(page)
    note(page, "axe", [rule for rule, _html in found["nodes"]], engine=found["engine"], state=state)
    wide = ["too wide"] if too_wide(page) > 0 else []
    return [f"{rule}: {html}" for rule, html in found["nodes"]] + wide


def test_readers_pages(new_page, demonstration):
    found = {}
    for look, language in zip([*LOOKS, LOOKS[0] | {"viewport": NARROW}], ("ar", "en", "zh-hans"), strict=True):
        page = new_page(**look)
        found |= {place: problems_at(page, place) for place in [*link_places(language), missing(language)]}
        page.goto(f"/{language}/newsletter/subscribe/")
        page.eval_on_selector("main form", "form => form.submit()")
        page.wait_for_selector("#error-summary")
        found[f"{language} in error"] = problems_here(page, "form in error")
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_pages_of_people_with_an_account(new_page, demonstration, sign_in):
    contact, found = somebody("citizen"), {}
    organisation = OrganisationFactory(kind=OrganisationKind.COMPANY)
    MembershipFactory(person=contact, organisation=organisation, role=Role.CONTACT)
    page = new_page(**LOOKS[0])
    sign_in(page, contact)
    for language in ("ar", "en", "zh-hans"):
        with translation.override(language):
            members = reverse("newsletter:members", args=[organisation.code])
            mine = reverse("newsletter:mine")
        found[f"{members} empty"] = problems_at(page, members)
        page.fill("input[name=email]", f"{language}@example.org")
        page.click("main form.form button")
        found |= {place: problems_at(page, place) for place in (members, mine)}
    page.click("main form.form button")
    found["subscribed"] = problems_here(page, "subscribed")
    assert subscribing.Subscription.objects.filter(person=contact, state="active").exists()
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_pages_of_editors_in_each_language(new_page, demonstration, sign_in):
    issue = Issue.objects.get(state=IssueState.SUBMITTED)
    mailing = Mailing.objects.order_by("-pk")[0]
    found = {}
    for language, look in zip(("ar", "zh-hans", "en"), [*LOOKS, LOOKS[0]], strict=True):
        page = new_page(**look)
        sign_in(page, somebody("manager"))
        with translation.override(language):
            places = [
                reverse("admin:newsletter_issue_change", args=[issue.pk]),
                reverse("admin:newsletter_issue_preview", args=[issue.pk]),
                reverse("admin:newsletter_issue_preview", args=[issue.pk]) + "?as=text",
                reverse("admin:newsletter_issue_preview", args=[issue.pk]) + "?as=raw",
                reverse("admin:mailings_mailing_progress", args=[mailing.code]),
                reverse("admin:mailings_mailing_changelist"),
                reverse("admin:mailings_suppression_changelist"),
            ]
        found |= {place: problems_at(page, place) for place in places}
    page = new_page(**LOOKS[1])
    sign_in(page, somebody("admin"))
    for name in ("subscription_changelist", "import_changelist", "import_add", "mailinglist_changelist"):
        with translation.override("ar"):
            place = reverse(f"admin:newsletter_{name}")
        found[place] = problems_at(page, place)
    assert {place: problems for place, problems in found.items() if problems} == {}
