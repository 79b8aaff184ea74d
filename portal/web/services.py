"""What the portal itself records."""

import time

from django.core.cache import cache

from portal.web.selectors import HEARTBEAT_KEY


def record_heartbeat() -> None:
    """Note that a worker is working; ``/readyz`` tells how long ago."""
    cache.set(HEARTBEAT_KEY, time.time(), 24 * 3600)
