"""Pages of which readers are asked whether they were useful, offered by the apps that own them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.registry import Registry


@dataclass(frozen=True)
class JudgedPage:
    """One page: its title with the language that is in, its address in the active language, and whose it is.

    ``organisation`` is the id of the body, None for what belongs to the whole portal.
    """

    title: str
    language: str
    path: str
    organisation: int | None = None


@dataclass(frozen=True)
class JudgedPages:
    """The pages of one kind.

    ``find`` gives those of these keys that everybody may read, in a fixed number of queries; ``keys`` at most so many
    keys of such pages. A kind that asks its readers itself gives ``counts``: by key how many found a page useful
    and how many answered, since a day; then nobody is asked twice.
    """

    label: Any
    find: Callable[[Collection[str]], dict[str, JudgedPage]]
    keys: Callable[[int], list[str]]
    counts: Callable[[date], dict[str, tuple[int, int]]] | None = None


# By kind. A key is public and says nothing of who reads: a code or the like, never an address with a secret in it.
judged_pages: Registry[JudgedPages] = Registry("judged_pages")
