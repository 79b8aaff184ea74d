"""What the home page and the health checks read."""

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from portal import registry
from portal.files.services import clamd
from portal.messaging.selectors import mailbox_age
from portal.registry import FeedItem

HEARTBEAT_KEY = "web.heartbeat"
# The beat asks for a heartbeat every 30 seconds; after four missed ones the worker counts as away.
HEARTBEAT_LIMIT = 120
# The mailbox is read every minute; after ten missed visits its server counts as away.
MAILBOX_LIMIT = 600
CARDS = 3


def home_feed() -> dict[str, Any]:
    """Return what the home page shows: ``lead``, ``coming``, ``answered``, ``listed_count`` and ``list_url``.

    The lead is the open thing that closes soonest and has a picture of its own. Without a closing time comes last.
    """
    feeds = registry.feed.values()
    items = sorted(chain.from_iterable(feed.open_items(CARDS + 1) for feed in feeds), key=_closing)
    lead = next((item for item in items if item.lead_template and _is_open(item)), None)
    return {
        "lead": lead,
        "coming": [item for item in items if item is not lead][:CARDS],
        "answered": list(chain.from_iterable(feed.answered_items(CARDS) for feed in feeds))[:CARDS],
        "listed_count": sum(feed.listed_count() for feed in feeds),
        "list_url": feeds[0].list_url() if feeds else "",
    }


def _closing(item: FeedItem) -> tuple[bool, float]:
    return item.closes_at is None, item.closes_at.timestamp() if item.closes_at else 0.0


def _is_open(item: FeedItem) -> bool:
    opens_at = getattr(item.object, "opens_at", None)
    now = timezone.now()
    return item.closes_at is not None and item.closes_at > now and (opens_at is None or opens_at <= now)


def heartbeat_age() -> float | None:
    """Return the seconds since the worker last worked, or None when it has not, as far as the cache knows."""
    last = cache.get(HEARTBEAT_KEY)
    return None if last is None else max(0.0, time.time() - last)


def readiness() -> dict[str, dict[str, Any]]:
    """Return what the portal stands on, each with ``ok`` and a figure; nothing here raises."""
    return dict(_checks())


def is_ready(checks: dict[str, dict[str, Any]]) -> bool:
    """Tell whether the portal can answer people: not having a scanner or a mailbox keeps nobody from being answered."""
    return all(check["ok"] for name, check in checks.items() if name not in ("scanner", "mailbox"))


def _checks() -> Iterator[tuple[str, dict[str, Any]]]:
    database = _database_answers()
    yield "database", {"ok": database}
    pending = _pending_migrations() if database else None
    yield "migrations", {"ok": pending == 0, "pending": pending}
    answers = _cache_answers()
    yield "cache", {"ok": answers}
    age = heartbeat_age() if answers else None
    yield (
        "worker",
        {
            "ok": age is not None and age <= HEARTBEAT_LIMIT,
            "heartbeat_age_seconds": None if age is None else round(age),
        },
    )
    if settings.CLAMD is not None:
        yield "scanner", {"ok": clamd.answers()}
    if settings.IMAP["host"]:
        age = mailbox_age() if database else None
        yield "mailbox", {"ok": age is not None and age <= MAILBOX_LIMIT, "read_age_seconds": age and round(age)}


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def _pending_migrations() -> int | None:
    try:
        executor = MigrationExecutor(connection)
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return None


def _cache_answers() -> bool:
    try:
        cache.set("web.readiness", "yes", 10)
        return cache.get("web.readiness") == "yes"
    # Whatever the cache's client raises, the answer is the same.
    except Exception:
        return False
