"""What the portal itself records."""

import time
from importlib import import_module

from django.conf import settings
from django.core.cache import cache

from portal.accounts.services import addresses, open_sessions
from portal.web.selectors import HEARTBEAT_KEY


def record_heartbeat() -> None:
    """Note that a worker is working; ``/readyz`` tells how long ago."""
    cache.set(HEARTBEAT_KEY, time.time(), 24 * 3600)


def clear_sessions() -> None:
    """Remove what is left of sessions that have ended, drafts of visitors included, and of changes grown too old."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    open_sessions.forget_ended()
    addresses.forget_old()
