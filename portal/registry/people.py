"""What registries that speak of people hand round: what somebody did here, and what is opened in their name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Whom:
    """Somebody whose history is asked for: an account, and the address and number under which they may be known.

    ``email`` and ``phone`` are as they were written: whoever compares brings them into one form. ``besides`` are
    the public codes of what is on the page already.
    """

    person: Any = None
    email: str = ""
    phone: str = ""
    besides: tuple[str, ...] = ()


class Tie(StrEnum):
    """By what a deed is held to be theirs. An address or number that somebody typed proves nothing."""

    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True)
class Deed:
    """One thing that somebody did here. ``title`` is in ``language``, as they wrote it: hostile until escaped."""

    title: str
    language: str
    url: str
    at: datetime
    note: Any = ""
    tie: Tie = Tie.ACCOUNT


@dataclass(frozen=True)
class History:
    """What an app knows of what one person did here, as far as the viewer may see it.

    ``find`` takes whom, the viewer and a limit, and gives the newest first in a fixed number of queries; nothing to
    viewers without a right to it. Votes and ballots are never among it.
    """

    label: Any
    find: Callable[[Whom, Any, int], list[Deed]]


@dataclass(frozen=True)
class Passed:
    """What became of a text that was passed on: the number people are told, and whether it is new."""

    reference: str
    at: datetime
    is_new: bool


@dataclass(frozen=True)
class Intake:
    """A place that opens something from a text which was written elsewhere.

    ``choices`` are what it can become (code and label), ``default`` one of them. ``open`` takes keywords: ``choice``,
    ``text``, ``language``, ``author`` (a person), ``organisation``, ``source`` (kind and key) and ``by``; it tells the
    author, and the same source again gives the first. ``passed`` tells what became of a source, None where nothing.
    """

    choices: Callable[[], list[tuple[str, Any]]]
    default: str
    open: Callable[..., Passed]
    passed: Callable[[tuple[str, str]], Passed | None]


@dataclass(frozen=True)
class GuestData:
    """What an app holds about guests who left an address (contacts).

    ``erase`` empties what one of them wrote and was told, and lets go of the row. ``without_recent`` takes contacts
    and a moment, and returns those with whom nothing is open and nothing happened since. ``erase_old`` erases those
    who left no address, a caller for example, and with whom nothing happened since; it returns how many.
    """

    erase: Callable[[Any], None]
    without_recent: Callable[[Any, datetime], Any]
    erase_old: Callable[[datetime], int] | None = None
