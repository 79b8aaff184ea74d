"""What people can be told, what they can follow, and who took part: offered by the apps that know."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.registry import Registry


@dataclass(frozen=True)
class Shown:
    """A notice as one person reads it: a whole sentence of plain text in the active language, and a path to go to.

    What others wrote (names, titles) stands in the sentence between isolates, as ``isolate`` of the mails puts it.
    """

    sentence: str
    path: str


@dataclass(frozen=True)
class NoticeEvent:
    """One thing that may be told to people.

    ``subject`` is a value of ``portal.notifications.choices.Subject``. ``show`` takes notices of this event, all of
    one person, with that person; it gives what is shown of each by the notice's id, in the active language and in a
    fixed number of queries. A notice that it leaves out is not shown: what it told of was hidden meanwhile.
    ``took_part`` is the subject under which those are told who took part in the thing; empty: they are not.
    """

    subject: str
    show: Callable[[Sequence[Any], Any], dict[int, Shown]]
    took_part: str = ""


@dataclass(frozen=True)
class Followed:
    """Something that is followed, or could be: its title and path in the active language."""

    title: str
    path: str


def _no_relatives(key: str) -> list[tuple[str, str]]:
    return []


@dataclass(frozen=True)
class Followable:
    """A kind of thing that people can follow; its key in the registry is the kind, which softly refers to it.

    ``find`` gives those of these keys that are public, in a fixed number of queries: what it leaves out can neither be
    followed nor is it named. ``relatives`` are the (kind, key) of what a thing belongs to, topics before bodies: who
    follows these is told of the thing as well.
    """

    label: Any
    find: Callable[[Collection[str]], dict[str, Followed]]
    relatives: Callable[[str], list[tuple[str, str]]] = field(default=_no_relatives)


# Takes the key of a thing, an id and a limit: ids of people greater than that one who took part, ascending, so many
# at most.
TookPart = Callable[[str, int, int], list[int]]

notice_events: Registry[NoticeEvent] = Registry("notice_events")
followables: Registry[Followable] = Registry("followables")
# By the kind of the thing.
took_part: Registry[TookPart] = Registry("took_part")


@dataclass(frozen=True)
class Besides:
    """Something else that people are sent and choose on a page of its own, in the active language.

    ``text`` is a whole sentence of how it is for this person now; ``action`` are the words of the link.
    """

    label: str
    text: str
    url: str
    action: str


# Takes a person.
besides: Registry[Callable[[Any], Besides]] = Registry("besides")
