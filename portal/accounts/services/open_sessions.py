"""Where people are signed in: written down at sign-in, seen now and then, ended one by one or all at once.

Two marks stand in the session itself, so that most requests ask the database nothing: when it began and when it was
last used, both in seconds since 1970.
"""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.choices import Browser, System
from portal.accounts.models import OpenSession, Person
from portal.audit import services as audit

CODE, BEGAN, SEEN = "open_session", "session_began", "session_seen"
# Seconds between two notes of use: of staff, whose idle time is counted, and of everybody else.
STAFF_NOTE, NOTE = 30, 300
# The first that fits: others name themselves after those further down.
_BROWSERS = [
    (Browser.EDGE, ("Edg",)),
    (Browser.OPERA, ("OPR/", "Opera")),
    (Browser.SAMSUNG, ("SamsungBrowser",)),
    (Browser.FIREFOX, ("Firefox", "FxiOS")),
    (Browser.CHROME, ("Chrome", "CriOS", "Chromium")),
    (Browser.SAFARI, ("Safari",)),
]
_SYSTEMS = [
    (System.IPHONE, ("iPhone",)),
    (System.IPAD, ("iPad",)),
    (System.ANDROID, ("Android",)),
    (System.WINDOWS, ("Windows",)),
    (System.MAC, ("Macintosh", "Mac OS")),
    (System.LINUX, ("Linux", "X11")),
]


def device_of(user_agent: str) -> tuple[Browser, System]:
    """Return what a person needs to recognise their device, of all that browsers say."""
    return _first(_BROWSERS, user_agent, Browser.OTHER), _first(_SYSTEMS, user_agent, System.OTHER)


def _first(known: list[tuple[Any, tuple[str, ...]]], user_agent: str, other: Any) -> Any:
    return next((choice for choice, marks in known if any(mark in user_agent for mark in marks)), other)


def begin(person: Person, *, session: Any, user_agent: str) -> None:
    """Write down that a person has signed in with this session."""
    now = int(time.time())
    session[BEGAN] = session[SEEN] = now
    if not session.session_key:
        session.save()
    browser, system = device_of(user_agent)
    opened, _created = OpenSession.objects.update_or_create(
        session_key=session.session_key, defaults={"person": person, "browser": browser, "system": system}
    )
    session[CODE] = opened.code


def has_run_out(person: Person, session: Any) -> bool:
    """Tell whether a member of staff was idle, or signed in, for too long; sessions that do not tell count as old."""
    if not person.is_staff:
        return False
    now = time.time()
    limits = ((settings.STAFF_IDLE_MINUTES * 60, SEEN), (settings.STAFF_SESSION_HOURS * 3600, BEGAN))
    return any(limit and now - session.get(mark, 0) >= limit for limit, mark in limits)


def note_seen(person: Person, *, session: Any, user_agent: str) -> None:
    """Note that a session is in use, now and then; one that nobody has written down yet is."""
    if CODE not in session:
        # Made before sessions were listed.
        begin(person, session=session, user_agent=user_agent)
        return
    now = int(time.time())
    if now - session.get(SEEN, 0) >= (STAFF_NOTE if person.is_staff else NOTE):
        session[SEEN] = now
        OpenSession.objects.filter(code=session[CODE]).update(last_seen_at=timezone.now())


def of(person: Person) -> QuerySet[OpenSession]:
    """Return the sessions of a person that have not ended, the one used last first: two questions."""
    keys = person.open_sessions.values_list("session_key", flat=True)
    alive = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return person.open_sessions.filter(session_key__in=list(alive.values_list("session_key", flat=True))).order_by(
        "-last_seen_at", "-pk"
    )


def forget(session: Any) -> None:
    """Take a session that ends by itself, as by signing out, from the list."""
    if CODE in session:
        OpenSession.objects.filter(code=session[CODE]).delete()


@transaction.atomic
def end_one(person: Person, *, code: str) -> bool:
    """End one of a person's own sessions; False where they have none of this code."""
    return bool(_end(person, person.open_sessions.filter(code=code), why="asked", by=person))


@transaction.atomic
def end_others(person: Person, *, session: Any, why: str) -> int:
    """End all of a person's sessions but this one; return how many ended.

    The key of this one may be new: a changed password gives it another.
    """
    code = session.get(CODE, "")
    ended = _end(person, person.open_sessions.exclude(code=code), why=why, by=person)
    if session.session_key:
        person.open_sessions.filter(code=code).update(session_key=session.session_key)
    return ended


@transaction.atomic
def end_all(person: Person, *, why: str, by: Person | None) -> int:
    """End every session of a person; return how many ended."""
    return _end(person, person.open_sessions.all(), why=why, by=by)


def _end(person: Person, sessions: QuerySet[OpenSession], *, why: str, by: Person | None) -> int:
    keys = list(sessions.values_list("session_key", flat=True))
    ended, _details = Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    if keys:
        audit.record("person.sessions_ended", person, by=by, data={"count": ended, "why": why})
    return len(keys)


def forget_ended() -> None:
    """Clear the list of sessions that no longer exist."""
    before = timezone.now() - timedelta(minutes=5)
    # Not those just begun: their session may not be stored yet.
    OpenSession.objects.filter(signed_in_at__lt=before).exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()
