"""What goes to many, and what the newsletter may tell of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Offer:
    """Something that the newsletter may tell of: texts by language, those that are missing left out.

    ``section`` says why now: “opening”, “closing”, “result”, “question”, “guide” or “announcement”. ``path(language)``
    is its address on the portal.
    """

    key: str
    section: str
    titles: dict[str, str]
    texts: dict[str, str]
    path: Callable[[str], str]


@dataclass(frozen=True)
class MailingPurpose:
    """Why a mailing goes to many, and how a recipient leaves.

    ``leave_path(language)`` is the path for the one-click header, with the slot for the recipient's token in it.
    ``tokens`` gives these tokens for deliveries, and ``personal`` what each of them says besides: both by the
    delivery's id, in a fixed number of queries. Whoever has no token is not a member any more and gets nothing.
    ``ended`` is told that a member must not be written to any more, and why.
    """

    label: Any
    list_id: str
    leave_path: Callable[[str], str]
    tokens: Callable[[list[Any]], dict[int, str]]
    ended: Callable[[str, str], None]
    personal: Callable[[list[Any]], dict[int, Any]] | None = None
