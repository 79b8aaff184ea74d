"""Events and things of the tests' own, and a clock that is set."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import get_language

from portal.messaging.models import Message
from portal.notifications.services import sending, telling
from portal.registry.notices import Followable, Followed, NoticeEvent, Shown, followables, notice_events, took_part

RIYADH = ZoneInfo("Asia/Riyadh")
# A Tuesday, at noon.
NOON = datetime(2026, 11, 24, 12, tzinfo=RIYADH)


def show(notices, person):
    """Show what is not named as hidden."""
    return {
        one.pk: Shown(f"{get_language()}: {one.event} {one.key}", f"/{get_language()}/things/{one.key}/")
        for one in notices
        if one.key not in HIDDEN
    }


HIDDEN = set()
PUBLIC = {"thing": {"a", "b", "c"}, "topic": {"roads"}, "organisation": {"city"}}
PARTICIPANTS = {}


def finder(kind):
    def find(keys):
        return {key: Followed(f"{kind} {key}", f"/{kind}/{key}/") for key in keys if key in PUBLIC[kind]}

    return find


def find_participants(key, after, limit):
    return [pk for pk in sorted(PARTICIPANTS.get(key, ())) if pk > after][:limit]


def offer(registry, key, entry):
    registry._entries[key] = entry


def register():
    """Offer the tests' events and things; also in a program of its own."""
    for event, subject in (
        ("replied", "replies"),
        ("decided", "decisions"),
        ("opened", "followed"),
        ("said", "requests"),
    ):
        offer(notice_events, event, NoticeEvent(subject, show))
    offer(notice_events, "concluded", NoticeEvent("followed", show, took_part="outcomes"))
    relatives = {"relatives": lambda key: [("topic", "roads"), ("organisation", "city")]}
    for kind in PUBLIC:
        offer(followables, kind, Followable(kind, finder(kind), **(relatives if kind == "thing" else {})))
    offer(took_part, "thing", find_participants)


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    """Offer them for one test."""
    for registry in (notice_events, followables, took_part):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    register()
    yield
    HIDDEN.clear()
    PARTICIPANTS.clear()


class Clock:
    """The server's clock: stands still until it is set."""

    def __init__(self):
        self.now = NOON

    def set(self, day, hour, minute=0, second=0):
        """Set it to a moment of November 2026, in Riyadh."""
        self.now = datetime(2026, 11, day, hour, minute, second, tzinfo=RIYADH)
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def tick():
    """Do what the beat asks for each minute."""
    telling.hand_round()
    return sending.send_due()


def subjects():
    """Return the subjects of all messages, in the order in which they were written."""
    return list(Message.objects.order_by("pk").values_list("subject", flat=True))
