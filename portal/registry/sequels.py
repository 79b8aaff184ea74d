"""What came of something that somebody took part in: told to them alone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from portal.registry import Registry


@dataclass(frozen=True)
class Sequel:
    """One thing that came of it. ``key`` names it: told once to each person.

    ``sentence(language)`` is one whole sentence of plain text, which may hold titles: hostile until escaped.
    ``path(language)`` is the address on the portal where it can be read.
    """

    key: str
    at: datetime
    sentence: Callable[[str], str]
    path: Callable[[str], str]


# By the person's id, for people of these ids, what came after the first moment and up to the second: in a fixed number
# of queries, however many people there are. Nothing that is hidden by now, and never how anybody voted.
sequels: Registry[Callable[[Collection[int], datetime, datetime], dict[int, list[Sequel]]]] = Registry("sequels")
