"""The browser: the system's Chromium, driven by Playwright, against a live server.

``SAWT_BROWSER`` names another program; ``SAWT_BROWSER=missing`` leaves these tests out, and says so. With ``CI=true``
a missing browser is a failure: nothing is skipped silently.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from engagement.comments.models import Comment
from engagement.consultations.models import Consultation, Document, Section
from moderation.models import Case
from newsletter.models import Issue
from portal import registry
from portal.accounts.models import Person
from portal.notifications.choices import Subject
from portal.notifications.models import Follow
from portal.notifications.rules import Stop, stop_token
from portal.pages.models import Announcement, Remark
from portal.pages.models import Page as PolicyPage
from portal.registry.notices import followables
from surveys.models import Question, Survey
from surveys.selectors.results_cross import variables
from surveys.selectors.structure import questionnaire_in
from tickets.models import Article, Ticket

# Playwright's own loop runs in this thread, and Django takes that for an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def program() -> str | None:
    """Return the browser's path, or None."""
    wanted = os.environ.get("SAWT_BROWSER", "")
    if wanted:
        return None if wanted == "missing" else wanted
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run."""
    path = program()
    if path is None:
        words = "NO BROWSER: tests in a browser are left out. Install Chromium, or name one in SAWT_BROWSER."
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open pages with settings of their own: ``new_page(viewport=PHONE, java_script_enabled=False)``.

    Addresses are relative to the live server; one that does not load within ten seconds is a failure.
    """
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **{"viewport": DESK, "locale": "en", **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page at a desk, with scripts."""
    return new_page()


@pytest.fixture
def plain_page(new_page: Callable[..., Page]) -> Page:
    """A page on a phone, without JavaScript."""
    return new_page(viewport=PHONE, java_script_enabled=False)


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Page, Any], None]:
    """Sign a person in on a page, by a session cookie."""

    def give_session(page: Page, person: Any) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}
        page.context.add_cookies([cookie])

    return give_session


def somebody(name: str) -> Person:
    """Return one of the demonstration's people by the first part of the address."""
    return Person.objects.get(email=f"{name}@demo.example")


def public_places(language: str) -> list[str]:
    """Return addresses of all public pages of the demonstration, one for each kind and state."""
    with translation.override(language):
        states: dict[str, Consultation] = {}
        for consultation in Consultation.objects.exclude(status="draft"):
            states.setdefault(consultation.state, consultation)
        listed = reverse("consultations:list")
        section, document = Section.objects.order_by("pk")[0], Document.objects.order_by("pk")[0]
        comment = Comment.objects.filter(parent=None, state="visible").order_by("pk")[0]
        articles = [Article.objects.filter(behind={}).order_by("pk")[0], Article.objects.exclude(behind={})[0]]
        return [
            reverse("web:home"),
            reverse("web:design"),
            listed,
            f"{listed}?state=open",
            f"{listed}?q=zzzzzz",
            *(registry.kinds["consultation"].url(item) for item in states.values()),
            reverse(
                "consultations:section", args=[section.consultation.code, section.consultation.slug, section.number]
            ),
            reverse(
                "consultations:document", args=[document.consultation.code, document.consultation.slug, document.code]
            ),
            reverse("comments:comment", args=[comment.code]),
            reverse("moderation:report", args=["comment", comment.code]),
            reverse("articles:home"),
            reverse("articles:category", args=["streets"]),
            *(article.get_absolute_url() for article in articles),
            *(f"{reverse('articles:search')}?q={words}" for words in ("", "2", "zzzzzz")),
            reverse("tickets:start"),
            reverse("tickets:ask"),
            reverse("tickets:find"),
            *news_places(),
            *judged_places(),
            reverse("surveys:list"),
            *(reverse("surveys:results", args=[code]) for code in codes_with_results()[:1]),
            reverse("pages:index"),
            reverse("calendars:hours"),
            reverse("insight:statistics"),
            # With a chart and its table, parts alone, and nothing measured yet.
            *(reverse("insight:indicator", args=[code]) for code in ("participants", "comment_languages", "mim_01")),
            *(reverse("pages:page", args=[key]) for key in PolicyPage.objects.values_list("key", flat=True)),
            *(reverse(name) for name in ("account_login", "account_signup", "account_reset_password")),
            f"/{language}/there-is-nothing-here/",
        ]


def news_places() -> list[str]:
    """Return addresses of what goes to many, in the active language."""
    return [
        reverse("newsletter:archive"),
        reverse("newsletter:issue", args=[Issue.objects.published()[0].code]),
        reverse("notifications:stop", args=[stop_token(somebody("citizen").code, Stop((Subject.REPLIES,)))]),
        reverse("announcements:list"),
        *(announcement.get_absolute_url() for announcement in Announcement.objects.order_by("pk")),
    ]


def judged_places() -> list[str]:
    """Return addresses of services, of what is asked about pages, and of what was answered, in the active language."""
    return [
        reverse("services:list"),
        reverse("services:service", args=["resident-parking"]),
        reverse("services:rate", args=["resident-parking"]),
        reverse("feedback:useful", args=["page", "privacy"]),
        reverse("feedback:pages"),
        reverse("feedback:services"),
    ]


def staff_places(language: str) -> list[str]:
    """Return addresses of the pages of staff that are our own."""
    with translation.override(language):
        case = Case.objects.filter(decided_at=None).order_by("pk")[0]
        asked = Question.objects.filter(survey__starter="satisfaction", code="difficult").order_by("pk")[0]
        return [
            reverse("admin:index"),
            reverse("admin:moderation_case_queue"),
            reverse("admin:moderation_case_waiting", args=[case.code]),
            reverse("admin:moderation_case_decided_list"),
            reverse("insight:reports"),
            reverse("admin:calendars_deadline_changelist"),
            reverse("admin:calendars_calendar_changelist"),
            reverse("insight:note", args=[f"{timezone.localdate():%Y-%m}", "all"]),
            reverse("admin:surveys_survey_add"),
            reverse("admin:surveys_survey_change", args=[asked.survey_id]),
            reverse("admin:surveys_question_change", args=[asked.pk]),
            reverse("admin:surveys_survey_preview", args=[asked.survey_id]),
            reverse("admin:pages_remark_changelist"),
            reverse("admin:pages_remark_change", args=[Remark.objects.exclude(text="").order_by("pk")[0].pk]),
            *result_places(),
        ]


def tool_places(language: str) -> list[str]:
    """Return the pages from which editors invite, ask again, read texts and take answers away."""
    asked = Survey.objects.filter(status="live", answer_count__gte=100, mode="identified").order_by("-pk")[0]
    tools = ["invite", "rounds", "texts", "themes", "export"]
    with translation.override(language):
        return [
            *(reverse(f"admin:surveys_survey_{tool}", args=[asked.pk]) for tool in tools),
            f"{reverse('admin:surveys_survey_invite', args=[asked.pk])}?audience=list",
            reverse("surveys:enter", args=[asked.code]),
        ]


def codes_with_results() -> list[str]:
    """Return the surveys whose results are published, the newest first."""
    return list(Survey.objects.filter(status="results").order_by("-pk").values_list("code", flat=True))


def result_places() -> list[str]:
    """Return the staff's pages of results, of an anonymous survey and of one with names, in the active language."""
    anonymous = Survey.objects.filter(mode="anonymous", answer_count__gte=100).order_by("pk").first()
    named = codes_with_results()
    if anonymous is None or not named:
        return []
    crossed = [one.code for one in variables(questionnaire_in(anonymous.version))[:2]]
    texts = next(one.code for one in questionnaire_in(anonymous.version).questions.values() if one.kind == "long")
    return [
        reverse("surveys:staff_results", args=[named[0]]),
        reverse("surveys:staff_results", args=[anonymous.code]),
        f"{reverse('surveys:staff_cross', args=[anonymous.code])}?one={crossed[0]}&other={crossed[1]}",
        reverse("surveys:staff_public", args=[named[0]]),
        reverse("surveys:staff_quotes", args=[anonymous.code, texts]),
    ]


def own_requests(language: str) -> list[str]:
    """Return the list of the citizen's requests and one of them in each state."""
    with translation.override(language):
        found: dict[str, Ticket] = {}
        for ticket in Ticket.objects.filter(person=somebody("citizen")).exclude(state="spam").order_by("pk"):
            found.setdefault(ticket.state, ticket)
        return [reverse("tickets:mine"), *(reverse("tickets:ticket", args=[ticket.code]) for ticket in found.values())]


def notice_places(language: str) -> list[str]:
    """Return the account's pages about being told, and pages with a button to follow."""
    with translation.override(language):
        followed = Follow.objects.filter(person=somebody("citizen"), kind="consultation").order_by("pk")[0]
        listed = reverse("consultations:list")
        return [
            reverse("notifications:notices"),
            reverse("notifications:choices"),
            reverse("notifications:number"),
            f"{listed}?topic=mobility&body=municipal",
            followables["consultation"].find([followed.key])[followed.key].path,
        ]


def desk_places(language: str) -> list[str]:
    """Return the pages of the desk: the queue, one that was ended, the form, and a request in each state."""
    with translation.override(language):
        found: dict[str, Ticket] = {}
        for ticket in Ticket.objects.order_by("pk"):
            found.setdefault(ticket.state, ticket)
        queue = reverse("admin:tickets_ticket_queue")
        requests = [reverse("admin:tickets_ticket_desk", args=[ticket.code]) for ticket in found.values()]
        return [queue, f"{queue}?view=ended", reverse("admin:tickets_ticket_log"), *requests]
