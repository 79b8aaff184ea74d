"""Home, root, health, robots; and what the layout of every page holds."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from portal import registry
from portal.messaging.models import WayState
from portal.registry import Feed, FeedItem, NavigationEntry
from portal.web import tasks
from portal.web.selectors import HEARTBEAT_KEY, HEARTBEAT_LIMIT, home_feed
from tests.factories import PersonFactory, days

pytestmark = pytest.mark.django_db


class Thing:
    """Something open."""

    def __init__(self, name, opens_at=None):
        self.name = name
        self.opens_at = opens_at


def item(name, closes, lead="", opens=None):
    """Return an entry of the feed that closes in so many days."""
    now = timezone.now()
    return FeedItem(
        "thing", name, "t.html", Thing(name, opens and now + days(opens)), closes and now + days(closes), lead
    )


@pytest.fixture
def feeds(monkeypatch):
    """Replace the feeds by these items."""

    def replace(*lists, answered=()):
        fresh = registry.Registry("feed")
        for number, items in enumerate(lists):
            fresh.register(
                str(number),
                Feed(
                    lambda n, items=items: items[:n],
                    lambda n: list(answered)[:n],
                    lambda items=items: len(items),
                    lambda: "/list/",
                ),
            )
        monkeypatch.setattr(registry, "feed", fresh)

    return replace


def names(items):
    """Return the names of things in entries."""
    return [entry.key for entry in items]


def test_the_lead_closes_soonest_of_what_is_open_and_has_a_card(feeds):
    feeds(
        [item("late", 9, "l.html"), item("soon", 2)], [item("mid", 5, "l.html"), item("coming", 3, "l.html", opens=1)]
    )
    shown = home_feed()
    assert shown["lead"].key == "mid"
    assert names(shown["coming"]) == ["soon", "coming", "late"]
    assert shown["listed_count"] == 4


def test_things_without_a_closing_time_come_last(feeds):
    feeds([item("ever", None, "l.html"), item("late", 30)])
    assert names(home_feed()["coming"]) == ["late", "ever"]
    assert home_feed()["lead"] is None


def test_nothing_open(feeds, client):
    feeds()
    assert home_feed() == {"lead": None, "coming": [], "answered": [], "listed_count": 0, "list_url": ""}
    assert "Nothing is open at the moment" in client.get("/en/").content.decode()


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_home_in_each_language(client, language):
    page = client.get(f"/{language}/")
    assert page.status_code == 200
    assert page["Content-Language"] == language
    assert page.content.decode().count("<h1") == 1


def test_anonymous_pages_hold_no_token_and_set_no_cookie(client):
    page = client.get("/en/")
    assert "csrf" not in page.content.decode().lower()
    assert not page.cookies


def test_signed_in_pages_give_htmx_the_token(client):
    client.force_login(PersonFactory(display_name="Sara"))
    page = client.get("/en/").content.decode()
    assert "X-CSRFToken" in page
    assert "<bdi>Sara</bdi>" in page


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("", "/ar/"), ("en-US,en;q=0.5", "/en/"), ("zh-CN", "/zh-hans/"), ("fr", "/ar/"), ("fr,en;q=0.2", "/en/")],
)
def test_the_root_asks_the_browser(client, accept, expected):
    response = client.get("/", headers={"accept-language": accept})
    assert (response.status_code, response["Location"]) == (302, expected)
    assert "Accept-Language" in response["Vary"]


def test_the_root_knows_the_language_of_whoever_is_signed_in(client):
    client.force_login(PersonFactory(language="zh-hans"))
    assert client.get("/", headers={"accept-language": "en"})["Location"] == "/zh-hans/"


def test_languages_keep_the_page_and_its_query(client):
    page = client.get("/en/consultations/?state=open&q=%D8%A7").content.decode()
    assert '<a href="/ar/consultations/?state=open&amp;q=%D8%A7" lang="ar" dir="rtl"' in page
    assert 'hreflang="zh-Hans" href="/zh-hans/consultations/?state=open&amp;q=%D8%A7"' in page


def test_signing_in_leads_back(client):
    page = client.get("/en/consultations/?state=open").content.decode()
    assert 'href="/en/account/login/?next=%2Fen%2Fconsultations%2F%3Fstate%3Dopen"' in page


def test_more_than_seven_entries_fold_away(client, monkeypatch):
    fresh = registry.Registry("navigation")
    for number in range(9):
        fresh.register(str(number), NavigationEntry(f"Entry {number}", lambda: "/x/", 9 - number, prefix=f"p{number}/"))
    fresh.register("secret", NavigationEntry("Secret", lambda: "/s/", 0, visible_to=lambda user: user.is_staff))
    monkeypatch.setattr(registry, "navigation", fresh)
    layout = client.get("/en/").context["portal"]
    assert [entry["label"] for entry in layout["navigation"]] == [f"Entry {n}" for n in (8, 7, 6, 5, 4, 3)]
    assert [entry["label"] for entry in layout["navigation_more"]] == ["Entry 2", "Entry 1", "Entry 0"]


def test_the_current_entry_is_marked(client):
    assert 'href="/en/consultations/" aria-current="page"' in client.get("/en/consultations/").content.decode()
    assert 'href="/en/consultations/" aria-current="page"' not in client.get("/en/").content.decode()


def test_strips_are_settings(client):
    with override_settings(DEMO=True, OFFICIAL_SITE_STRIP=False):
        page = client.get("/en/").content.decode()
        assert "strip-demo" in page and "strip-official" not in page
    with override_settings(DEMO=False, OFFICIAL_SITE_STRIP=True):
        page = client.get("/en/").content.decode()
        assert "strip-demo" not in page and "strip-official" in page


def test_design_is_for_demonstrations_and_development(client):
    assert client.get("/en/design/").status_code == 200
    with override_settings(DEMO=False, DEBUG=False):
        assert client.get("/en/design/").status_code == 404


def test_health(client):
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").status_code == 503
    tasks.heartbeat()
    ready = client.get("/readyz")
    assert ready.status_code == 200
    told = ready.json()
    assert told["checks"]["worker"].pop("heartbeat_age_seconds") < 30
    assert told == {
        "ready": True,
        "checks": {
            "database": {"ok": True},
            "migrations": {"ok": True, "pending": 0},
            "cache": {"ok": True},
            "worker": {"ok": True},
        },
    }


@pytest.mark.parametrize(("minutes", "is_ok"), [(9, True), (11, False)])
def test_a_mailbox_that_is_away_is_told_and_keeps_nobody_from_being_answered(client, settings, minutes, is_ok):
    tasks.heartbeat()
    settings.IMAP = settings.IMAP | {"host": "mail.example"}
    WayState.objects.create(way="email", fetched_at=timezone.now() - timedelta(minutes=minutes))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    told = answer.json()["checks"]["mailbox"]
    assert told["ok"] is is_ok
    assert 0 <= told["read_age_seconds"] - minutes * 60 < 50


def test_not_ready_when_the_worker_is_away(client):
    cache.set(HEARTBEAT_KEY, time.time() - HEARTBEAT_LIMIT - 5)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == {"ok": False, "heartbeat_age_seconds": HEARTBEAT_LIMIT + 5}


def test_not_ready_without_database_or_cache(client, monkeypatch):
    tasks.heartbeat()

    def fails(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr("portal.web.selectors.cache.set", fails)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", fails)
        checks = client.get("/readyz").json()["checks"]
    assert {name: check["ok"] for name, check in checks.items()} == {
        "database": False,
        "migrations": False,
        "cache": False,
        "worker": False,
    }


def test_robots_and_favicon(client):
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
    with override_settings(DEMO=False):
        assert b"Disallow: /*/account/" in client.get("/robots.txt").content
    assert client.get("/favicon.ico")["Location"] == "/static/img/mark.svg"


def test_nothing_inline_that_the_policy_forbids():
    page = Client().get("/en/design/")
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert "<script>" not in page.content.decode()
    with translation.override("en"):
        assert reverse("web:home") == "/en/"
