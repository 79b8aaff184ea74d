"""Who opens what was sealed in urns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class UrnOwner:
    """``open`` is given an urn's code and contents in an order that tells nothing.

    It writes what they say, within the mixer's transaction: rows with random keys alone, nothing that names a moment
    finer than a content does. Where it raises, nothing has moved, and it is asked again with the next tick.
    """

    open: Callable[[str, Sequence[bytes]], None]
