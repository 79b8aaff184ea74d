"""The door that every channel has: send, receive, health."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.messaging.choices import Way
from portal.messaging.models import Message


class NotTaken(Exception):
    """This message was not taken. A temporary refusal is tried again; the text says why, for the log of attempts."""

    def __init__(self, detail: str, *, is_temporary: bool) -> None:
        super().__init__(detail)
        self.detail, self.is_temporary = detail, is_temporary


class Away(Exception):
    """The other side cannot be reached at all: no message is to blame, and none uses up a try."""


@dataclass(frozen=True)
class Arrived:
    """Something that came in, as it came.

    ``is_whole`` is False when it was too large and only its beginning was fetched. ``settle`` tells the other side
    that it is kept here: called after the commit, never before.
    """

    raw: bytes
    size: int
    is_whole: bool
    settle: Callable[[], None]


@dataclass(frozen=True)
class Health:
    """Whether the other side answers, and a line for administrators: never a secret."""

    ok: bool
    detail: str = ""


class Channel(ABC):
    """One way of reaching people. Used by one thread, between ``open`` and ``close``."""

    way: Way

    def open(self) -> None:  # noqa: B027, most channels have nothing to open
        """Make ready to send; raises ``Away``. Opening again is free."""

    def close(self) -> None:  # noqa: B027
        """Let go of what is open; never raises."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Hand one message over; raises ``NotTaken``."""

    def receive(self) -> Iterator[Arrived]:
        """Give what has arrived and was not settled, the oldest first; raises ``Away``."""
        return iter(())

    def health(self) -> Health:
        """Ask the other side, without sending anything."""
        return Health(ok=True)
