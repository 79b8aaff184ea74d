"""Where threads hang: the owners of threads say, so that comments need not know them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.registry import Registry


@dataclass(frozen=True)
class Place:
    """The page a thread stands on, in the active language."""

    title: str
    url: str


# Each entry returns the place of a thread it owns, or None.
places: Registry[Callable[[Any], Place | None]] = Registry("places")


def place_of(thread: Any) -> Place | None:
    """Return where this thread stands, or None for one that nobody owns (any more)."""
    found = (entry(thread) for entry in places.values())
    return next((place for place in found if place), None)
