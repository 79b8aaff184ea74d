"""A cache whose server is found through Valkey's or Redis' Sentinels, so that it may change."""

from typing import Any

from django.core.cache.backends.redis import RedisCacheClient
from redis import Redis
from redis.sentinel import Sentinel

from portal.cache import ForgivingCache

# No page waits longer for an answer, also while the Sentinels elect another primary.
SECONDS = 0.5


class SentinelCacheClient(RedisCacheClient):
    """Reads and writes at the primary of the moment."""

    def __init__(self, servers: list[str], *, name: str, password: str = "", db: int = 0, **options: Any) -> None:
        super().__init__(servers, **options)
        pairs = [(host, int(port)) for host, _, port in (server.rpartition(":") for server in servers)]
        secret = {"password": password} if password else {}
        sentinel = Sentinel(pairs, sentinel_kwargs={"socket_timeout": SECONDS, **secret})
        self._primary: Redis = sentinel.master_for(name, db=db, socket_timeout=SECONDS, **secret)

    def get_client(self, key: str | None = None, *, write: bool = False) -> Redis:
        """Return the client; it asks the Sentinels for each new connection."""
        return self._primary


class SentinelCache(ForgivingCache):
    """The portal's cache; ``LOCATION`` lists Sentinels as host:port."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SentinelCacheClient
