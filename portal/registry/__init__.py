"""The registries through which apps offer things to the ground floor.

The ground floor reads everything and imports nothing: an app registers its entries in ``AppConfig.ready()``, and
whoever walks a registry knows only the shapes given here. Registration order is the order of ``INSTALLED_APPS``,
which runs from the lowest room up.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from portal.registry.mailings import MailingPurpose as MailingPurpose
from portal.registry.mailings import Offer as Offer
from portal.registry.people import Deed as Deed
from portal.registry.people import GuestData as GuestData
from portal.registry.people import History as History
from portal.registry.people import Intake as Intake
from portal.registry.people import Passed as Passed
from portal.registry.people import Tie as Tie
from portal.registry.people import Whom as Whom
from portal.registry.sealed import UrnOwner as UrnOwner

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """Entries by key, in the order in which they were registered; a key is taken once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, Entry] = {}

    def register(self, key: str, entry: Entry) -> Entry:
        """Add an entry; raises ``ValueError`` when another has its key."""
        if key in self._entries:
            raise ValueError(f"{self.name}: “{key}” is registered already")
        self._entries[key] = entry
        return entry

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def get(self, key: str) -> Entry | None:
        """Return the entry, or None."""
        return self._entries.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> list[tuple[str, Entry]]:
        """Return pairs of key and entry."""
        return list(self._entries.items())

    def values(self) -> list[Entry]:
        """Return the entries."""
        return list(self._entries.values())


class Kind(ABC):
    """One kind of thing that people write or staff publish.

    A soft reference is (kind, key), the key being the thing's public code. Every method takes the object that
    ``get`` returned.
    """

    name: str = ""
    label: Any = ""

    @abstractmethod
    def get(self, key: str) -> Any | None:
        """Return the object of this public code, or None."""

    def key(self, obj: Any) -> str:
        """Return its public code."""
        return obj.code

    @abstractmethod
    def title(self, obj: Any) -> str:
        """Return a short name for lists."""

    @abstractmethod
    def text(self, obj: Any) -> str:
        """Return what was written, as stored: hostile until escaped."""

    @abstractmethod
    def language(self, obj: Any) -> str:
        """Return the language it was written in."""

    @abstractmethod
    def url(self, obj: Any) -> str:
        """Return its address in the active language."""

    def author(self, obj: Any) -> Any | None:
        """Return the person who wrote it, or None for what a body publishes."""
        return None

    @abstractmethod
    def organisation(self, obj: Any) -> Any:
        """Return the body it belongs to."""

    def context(self, obj: Any) -> str:
        """Return what it answers, for the person who decides about it; empty if nothing."""
        return ""

    def place(self, obj: Any) -> "Place | None":
        """Return the page on which it stands, or None where its own address says it all."""
        return None

    def reportable_by(self, obj: Any, user: Any) -> bool:
        """Tell whether this user (a guest too) sees the thing and may report it."""
        return False

    def hide(self, obj: Any, *, ground: Any, by: Any) -> None:
        """Hide it on this ground, through the owner's own service; raises ``TypeError`` where that is not offered."""
        raise TypeError(f"{self.name} cannot be hidden")

    def restore(self, obj: Any, *, by: Any) -> None:
        """Show it again, through the owner's own service; raises ``TypeError`` where that is not offered."""
        raise TypeError(f"{self.name} cannot be restored")

    def author_figures(self, obj: Any) -> dict[str, Any]:
        """Return what a moderator should know of the author: ``since``, ``written`` and ``hidden``."""
        return {}


@dataclass(frozen=True)
class Period:
    """From ``start`` up to, not including, ``end``; both aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Figure:
    """One figure. ``value`` is None where there is nothing to measure: shown as “no data”, never as zero.

    ``dimension`` names the part it stands for (a state, a ground, a language); empty for the whole. A share keeps
    its numerator and denominator; a median keeps ``n``, the number of cases behind it.
    """

    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    n: int | None = None
    dimension: str = ""


# Takes a period and a body (None for all bodies) and returns one figure, or one for each dimension; none at all where
# it measures nothing for this body.
Kpi = Callable[[Period, Any], list[Figure]]


@dataclass(frozen=True)
class MeasuredKpi:
    """An entry of ``kpis`` of which more is to be known than how it is measured.

    ``about_people``: it counts people, so public pages show no number that is small enough to point to one.
    ``as_taken``: it tells what people's accounts said, or whose a thing was, when it was taken; measured months later
    it may rightly differ.
    """

    measure: Kpi
    about_people: bool = False
    as_taken: bool = False

    def __call__(self, period: Period, scope: Any) -> list[Figure]:
        """Measure, as a plain function among the entries does."""
        return self.measure(period, scope)


@dataclass(frozen=True, kw_only=True)
class PartedKpi(MeasuredKpi):
    """An indicator by part. ``labels`` turns codes of parts into words of the active language, all in one go.

    ``of`` is the code of the whole that it divides, ``heading`` says by what; ``unit`` is that of the parts where it
    is not the whole's.
    """

    labels: Callable[[Collection[str]], dict[str, str]]
    of: str = ""
    heading: Any = ""
    unit: str = ""


@dataclass(frozen=True)
class Drift:
    """A stored figure or counter that is not what its rows say."""

    what: str
    name: str
    stored: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.what}: {self.name} was {self.stored}, is {self.found}"


def no_progress(done: int, total: int) -> None:
    """Tell nobody how much is compared of how much."""


# Compares an app's counters with the rows they count, in claims of bounded size, and gives each that drifted; with
# True it mends them too, each under its lock. The second argument is told how much is compared of how much.
Recount = Callable[[bool, Callable[[int, int], None]], Iterator[Drift]]


@dataclass(frozen=True)
class FeedItem:
    """A public thing for the home page: the template draws the object it is given as ``item``."""

    kind: str
    key: str
    template: str
    object: Any
    closes_at: datetime | None = None
    lead_template: str = ""


@dataclass(frozen=True)
class Feed:
    """What an app shows on the home page.

    Open and coming things (soonest closing first), those answered, and how many its own list holds for a visitor.
    """

    open_items: Callable[[int], list[FeedItem]]
    answered_items: Callable[[int], list[FeedItem]]
    listed_count: Callable[[], int]
    list_url: Callable[[], str]


@dataclass(frozen=True)
class NavigationEntry:
    """A link in the header, the footer, or (``section="staff"``) on the start page of staff.

    With ``section="invitation"`` it stands in a box of its own on the home page, under ``title`` and with ``about``.

    A page appears there when its app is there.

    ``prefix`` is the address prefix (after the language) under which the entry is the current one. ``visible_to``
    decides by user; None means everybody.
    """

    label: Any
    url: Callable[[], str]
    position: int
    section: str = "header"
    prefix: str = ""
    visible_to: Callable[[Any], bool] | None = None
    title: Any = ""
    about: Any = ""


@dataclass(frozen=True)
class Place:
    """The page on which a thread, a poll or the like stands, in the active language."""

    title: str
    url: str


@dataclass(frozen=True)
class InboxItem:
    """One thing that waits. ``language`` is that of the title; ``due_at`` None where nothing was promised."""

    title: str
    url: str
    language: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class InboxEntry:
    """What waits for this member of staff: a count and where to go; None as a count means “not yours”.

    ``first`` gives at most so many of them for the start page, overdue and oldest first, in a fixed number of queries.
    """

    label: Any
    url: Callable[[], str]
    count: Callable[[Any], int | None]
    first: Callable[[Any, int], list[InboxItem]] | None = None


@dataclass(frozen=True)
class DeadlineOwner:
    """Those who own deadlines, one-to-one: names them for staff, and tells people whose promise was moved.

    ``relation`` leads from a deadline to its owner and ``organisation`` from there to the body. ``moved`` is given the
    owner and the reason when a promise was moved later; it tells the people, in the same transaction. ``idle``
    filters the deadlines that nothing is asked of any more.

    Owners that repeat something of their deadlines are given the ids of many: ``claim`` locks the owners before a
    recomputation locks the deadlines, in the order in which their own acts do; ``follow`` writes what changed.
    """

    relation: str
    title: Callable[[Any], str]
    url: Callable[[Any], str]
    moved: Callable[[Any, str], None]
    organisation: str = "organisation"
    idle: dict[str, Any] = field(default_factory=dict)
    claim: Callable[[Sequence[int]], None] = field(default=lambda deadlines: None)
    follow: Callable[[Sequence[int]], None] = field(default=lambda deadlines: None)


@dataclass(frozen=True)
class PersonalData:
    """Export returns plain values for one person; erase makes what they wrote anonymous or empty."""

    label: Any
    export: Callable[[Any], Any]
    erase: Callable[[Any], None] | None = None


@dataclass(frozen=True)
class SimilarItem:
    """Something public that is like a text: ``excerpt`` is plain text in the language asked for."""

    kind: str
    title: str
    url: str
    excerpt: str


# Takes a text as somebody wrote it, the code of its language and a limit; the likest first.
Similar = Callable[[str, str, int], list[SimilarItem]]


@dataclass
class DemoStage:
    """What loaders of the demonstration share: the stored anchor day, a seeded random source, a password."""

    anchor: datetime
    random: Any
    password: str
    say: Callable[[str], None] = field(default=lambda line: None)


kinds: Registry[Kind] = Registry("kinds")
kpis: Registry[Kpi] = Registry("kpis")
# Ids of the people who took part in something in a period: a queryset of one column, so that they can be united.
participants: Registry[Callable[[Period, Any], Any]] = Registry("participants")
recounts: Registry[Recount] = Registry("recounts")
feed: Registry[Feed] = Registry("feed")
inbox: Registry[InboxEntry] = Registry("inbox")
personal_data: Registry[PersonalData] = Registry("personal_data")
guest_data: Registry[GuestData] = Registry("guest_data")
# Each entry returns the place of a thing that hangs on something of its app, or None for all others.
places: Registry[Callable[[Any], Place | None]] = Registry("places")
# Who owns deadlines: see ``portal.calendars``.
deadline_owners: Registry[DeadlineOwner] = Registry("deadline_owners")
# The first moment after the given one at which something visitors see changes by date alone; None when nothing does.
turns: Registry[Callable[[datetime], datetime | None]] = Registry("turns")
navigation: Registry[NavigationEntry] = Registry("navigation")
# Given a file in which a virus was found, in the same transaction: who owns such files tells the people.
infected_files: Registry[Callable[[Any], None]] = Registry("infected_files")
# Things like a text in one language, shown before it is sent.
similar: Registry[Similar] = Registry("similar")
# What one person did here: see ``deeds_of``.
history: Registry[History] = Registry("history")
# Where a text can be passed on to.
intake: Registry[Intake] = Registry("intake")
# What the newsletter may tell of between two moments, the most important first.
offers: Registry[Callable[[datetime, datetime], list[Offer]]] = Registry("offers")
# Why one text goes to many: newsletters, invitations.
mailings: Registry[MailingPurpose] = Registry("mailings")
# Who opens sealed answers and ballots once the mixer has taken them out of an urn.
urns: Registry[UrnOwner] = Registry("urns")
# What every installation starts with (policy pages, grounds, definitions): creates what is missing, changes nothing.
starters: Registry[Callable[[], None]] = Registry("starters")
demo: Registry[Callable[[DemoStage], None]] = Registry("demo")
# What the demonstration loads on top when it is asked for a whole city's data.
city: Registry[Callable[[DemoStage], None]] = Registry("city")


def place_of(thing: Any) -> Place | None:
    """Return where this thread or poll stands, or None for one that nothing owns (any more)."""
    found = (entry(thing) for entry in places.values())
    return next((place for place in found if place), None)


def things_like(text: str, language: str, limit: int) -> list[SimilarItem]:
    """Return what is like this text in one language, from every app that knows something, at most so many of each."""
    return [item for entry in similar.values() for item in entry(text, language, limit)]


def deeds_of(whom: Whom, viewer: Any, limit: int) -> list[tuple[Any, list[Deed]]]:
    """Return what somebody did here as far as this viewer may see it, by app; apps that give nothing are left out."""
    found = [(entry.label, entry.find(whom, viewer, limit)) for entry in history.values()]
    return [(label, deeds) for label, deeds in found if deeds]
