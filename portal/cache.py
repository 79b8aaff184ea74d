"""The cache: nothing that stands on it breaks without it, and one value tells visitors' pages when they are old."""

import logging
import secrets
import time
from contextlib import suppress
from typing import Any, ClassVar

from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from django.db import transaction
from redis.exceptions import RedisError, ResponseError

logger = logging.getLogger("sawt.cache")

GENERATION_KEY = "pages.generation"


def bump() -> None:
    """Make every stored page of visitors old once the current transaction is committed; a rollback changes nothing.

    ``portal.audit.services.record`` calls this for every act that leaves a trace. A service that changes what
    visitors see and writes no trace calls it itself.
    """
    transaction.on_commit(_bump, robust=True)


def generation() -> str:
    """Return the generation pages belong to now; empty while there is no cache."""
    found = cache.get(GENERATION_KEY)
    if found is None:
        # Lost or never there. Never the value it had, so nothing stored before is taken for new.
        cache.add(GENERATION_KEY, _new_generation(), None)
        found = cache.get(GENERATION_KEY)
    return found or ""


def changed_at(generation: str) -> float:
    """Return the moment (seconds since 1970) of the change that began this generation."""
    return float(generation.partition(" ")[0] or 0)


def tally(name: str, member: str) -> None:
    """Count one more of a member, where a row for each would cost too much: kept in memory until ``taken``.

    While there is no cache nothing is counted.
    """
    cache.tally(name, member)


def taken(name: str) -> dict[str, int]:
    """Set aside what was counted under this name and return it; the same again until ``settled`` is called."""
    return cache.taken(name)


def settled(name: str) -> None:
    """Forget what was set aside, now that it is written down."""
    cache.settled(name)


def _bump() -> None:
    cache.set(GENERATION_KEY, _new_generation(), None)


def _new_generation() -> str:
    # The moment is read by people and by the rule for busy times; what tells generations apart is the random part.
    return f"{time.time():.3f} {secrets.token_hex(6)}"


class ForgivingCache(RedisCache):
    """Django's cache, which answers “not there” while its server is away, and asks it again after a second.

    Without it counters of limits begin anew, pages are made for each visitor, and ``/readyz`` says so.
    """

    PAUSE = 1.0
    _FAILURES = (RedisError, OSError)
    # By server, for all threads: Django makes an object for each of them.
    _away_until: ClassVar[dict[str, float]] = {}

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True while the server is away: the key was not there, as far as anybody knows."""
        return self._try(True, super().add, key, value, timeout, version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the default while the server is away."""
        return self._try(default, super().get, key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        """Return nothing while the server is away."""
        return self._try({}, super().get_many, keys, version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Do nothing while the server is away."""
        self._try(None, super().set, key, value, timeout, version)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[str]:
        """Return all keys as not stored while the server is away."""
        return self._try(list(data), super().set_many, data, timeout, version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """False while the server is away."""
        return self._try(False, super().touch, key, timeout, version)

    def delete(self, key: str, version: int | None = None) -> bool:
        """False while the server is away."""
        return self._try(False, super().delete, key, version)

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        """Do nothing while the server is away."""
        self._try(None, super().delete_many, keys, version)

    def has_key(self, key: str, version: int | None = None) -> bool:
        """False while the server is away."""
        return self._try(False, super().has_key, key, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count; while the server is away this is the first time, as with ``add``."""
        return self._try(delta, super().incr, key, delta, version)

    def tally(self, name: str, member: str) -> None:
        """Count nothing while the server is away."""
        self._try(None, self._tally, name, member)

    def taken(self, name: str) -> dict[str, int]:
        """Return nothing while the server is away."""
        return self._try({}, self._taken, name)

    def settled(self, name: str) -> None:
        """Do nothing while the server is away."""
        self._try(None, self.delete, f"{name}.taken")

    def _tally(self, name: str, member: str) -> None:
        self._writer().hincrby(self.make_and_validate_key(name), member, 1)

    def _taken(self, name: str) -> dict[str, int]:
        here, aside = self.make_and_validate_key(name), self.make_and_validate_key(f"{name}.taken")
        # Without anything new there is nothing to rename; with something set aside still, that comes first.
        with suppress(ResponseError):
            self._writer().renamenx(here, aside)
        return {member.decode(): int(count) for member, count in self._writer().hgetall(aside).items()}

    def _writer(self) -> Any:
        return self._cache.get_client(None, write=True)

    def _try(self, otherwise: Any, act: Any, *args: Any) -> Any:
        server = self._servers[0]
        if time.monotonic() < self._away_until.get(server, 0.0):
            return otherwise
        try:
            return act(*args)
        except self._FAILURES as error:
            self._away_until[server] = time.monotonic() + self.PAUSE
            logger.warning("The cache does not answer: %s", error)
            return otherwise
