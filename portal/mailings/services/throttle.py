"""How much the relay and each domain are asked to take."""

from collections import Counter
from threading import Lock
from time import monotonic, sleep

_MINUTE = 60.0


class Throttle:
    """Counts copies in windows of a minute, for all connections of one sender; 0 means no bound."""

    def __init__(self, per_minute: int, per_domain: int) -> None:
        self.per_minute, self.per_domain = per_minute, per_domain
        self._lock = Lock()
        self._begun = monotonic()
        self._all, self._domains = 0, Counter()

    @property
    def is_bounded(self) -> bool:
        """Whether anybody may have to wait."""
        return bool(self.per_minute or self.per_domain)

    def wait_for(self, address: str) -> float:
        """Count one copy and return 0, or return after how many seconds the domain takes more.

        Where only the portal's own bound is reached, this waits itself: then nobody else would be served either.
        """
        if not self.is_bounded:
            return 0.0
        domain = address.rpartition("@")[2].lower()
        while True:
            with self._lock:
                left = self._left()
                if self.per_domain and self._domains[domain] >= self.per_domain:
                    return left
                if not self.per_minute or self._all < self.per_minute:
                    self._all += 1
                    self._domains[domain] += 1
                    return 0.0
            sleep(min(left, 1.0))

    def _left(self) -> float:
        """Return the seconds that are left of this window; begins a new one when it is over."""
        if (left := self._begun + _MINUTE - monotonic()) > 0:
            return left
        self._begun = monotonic()
        self._all, self._domains = 0, Counter()
        return _MINUTE
