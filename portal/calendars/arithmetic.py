"""Working time by the clock on the wall: pure arithmetic on moments, without a database.

Windows are half-open, [opens, closes): what arrives at closing counts from the next opening, while a span that ends
exactly at closing stays there. Moments are aware; results are in UTC. Minutes count from local midnight, and 1440 is
the midnight at the day's end. Where clocks change, a window is as long as it really was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

Window = tuple[int, int]
Span = tuple[datetime, datetime]
Terms = tuple[int, str]

CLOCK_HOURS, WORKING_HOURS, WORKING_DAYS, WEEKS = "clock_hours", "working_hours", "working_days", "weeks"
WORKING_UNITS = (WORKING_HOURS, WORKING_DAYS)
REST = "rest"
DAY_MINUTES = 24 * 60
ALWAYS = (((0, DAY_MINUTES),),) * 7
# A calendar that does not open for so long is taken to be one that never does.
HORIZON_DAYS = 3 * 366
_DAY = timedelta(days=1)


class NoWorkingTime(ValueError):
    """The calendar does not open within the horizon: nothing can be promised by it."""


@dataclass(frozen=True)
class Skipped:
    """Days on which nobody works, one after another and for one reason: a holiday's key, or ``REST``."""

    first: date
    last: date
    reason: str


class Hours:
    """When people work: a week of windows (Monday first), days that are closed, and days with hours of their own."""

    def __init__(
        self,
        zone: str,
        week: Sequence[Sequence[Window]],
        *,
        closed: Mapping[date, str] | None = None,
        dated: Mapping[date, Sequence[Window]] | None = None,
    ) -> None:
        self.zone = ZoneInfo(zone)
        self.week, self.closed, self.dated = week, closed or {}, dated or {}
        self._known: dict[date, tuple[Span, ...]] = {}

    def minutes(self, day: date) -> Sequence[Window]:
        """Return the windows of a day as minutes of the wall clock; none on a holiday or a day of rest."""
        if day in self.closed:
            return ()
        return self.dated[day] if day in self.dated else self.week[day.weekday()]

    def windows(self, day: date) -> tuple[Span, ...]:
        """Return the windows of a day as moments; those that a change of clocks swallows are left out."""
        found = self._known.get(day)
        if found is None:
            spans = ((self._moment(day, opens, 0), self._moment(day, closes, 1)) for opens, closes in self.minutes(day))
            found = self._known[day] = tuple(union(span for span in spans if span[0] < span[1]))
        return found

    def day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return moment.astimezone(self.zone).date()

    def _moment(self, day: date, minute: int, fold: int) -> datetime:
        """Return the moment of a time of day: of one that comes twice the first to open and the last to close."""
        wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        moment = wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) == wall:
            return moment
        # A time that the clocks leap over stands for the leap itself.
        early, late = (wall.replace(tzinfo=self.zone, fold=side).astimezone(UTC) for side in (1, 0))
        before = early.astimezone(self.zone).utcoffset()
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) // 2
            early, late = (middle, late) if middle.astimezone(self.zone).utcoffset() == before else (early, middle)
        return late.replace(microsecond=0)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch or overlap made one; empty ones are dropped."""
    merged: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged


def deemed(hours: Hours, moment: datetime) -> datetime:
    """Return when something counts as received: at once within a window, else at the next opening."""
    moment = moment.astimezone(UTC)
    return max(moment, next(_windows_from(hours, moment))[0])


def add(hours: Hours, moment: datetime, span: timedelta) -> datetime:
    """Return the moment at which so much working time has passed; no time at all moves nothing."""
    moment = moment.astimezone(UTC)
    if not span:
        return moment
    for opens, closes in _windows_from(hours, moment):
        begins = max(opens, moment)
        if span <= closes - begins:
            return begins + span
        span -= closes - begins
    raise AssertionError("unreachable")


def measure(hours: Hours, since: datetime, until: datetime) -> timedelta:
    """Return the working time between two moments."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    total, day, last = timedelta(0), hours.day(since), hours.day(until)
    while day <= last:
        for opens, closes in hours.windows(day):
            total += max(min(closes, until) - max(opens, since), timedelta(0))
        day += _DAY
    return total


def closing(hours: Hours, day: date, count: int) -> datetime:
    """Return when the working day closes that comes ``count`` working days after this day."""
    idle = 0
    while count:
        day += _DAY
        works = bool(hours.windows(day))
        idle = 0 if works else idle + 1
        count -= works
        if idle > HORIZON_DAYS:
            raise NoWorkingTime
    return hours.windows(day)[-1][1]


def due(terms: Terms, hours: Hours, start: datetime) -> datetime:
    """Return when a promise on these terms falls due; weeks keep the time of day by the wall clock."""
    amount, unit = terms
    if unit == WORKING_DAYS:
        return closing(hours, hours.day(deemed(hours, start)), amount)
    return _plain(terms, hours, start)


def extended(terms: Terms, hours: Hours, moment: datetime) -> datetime:
    """Return a due moment extended on these terms; whole days count from the day on which it would have been due."""
    amount, unit = terms
    if unit == WORKING_DAYS:
        # A moment before: what is due at midnight is due on the day that ends then.
        return closing(hours, hours.day(moment - timedelta(microseconds=1)), amount)
    return _plain(terms, hours, moment)


def shifted(unit: str, hours: Hours, moment: datetime, waits: Iterable[Span]) -> datetime:
    """Return a due moment moved by the time in which the clock stood still.

    Waiting is the union of its intervals, clock time or working time as the promise is; what began after the due
    moment moves nothing.
    """
    for since, until in union(waits):
        if since > moment:
            break
        if unit in WORKING_UNITS:
            moment = add(hours, moment, measure(hours, since, until))
        else:
            moment += until - since
    return moment


def skipped(hours: Hours, first: date, last: date) -> list[Skipped]:
    """Return the days from the first to the last on which nobody works, with the reason of each run of them."""
    runs: list[Skipped] = []
    day = first
    while day <= last:
        if not hours.windows(day):
            reason = hours.closed.get(day, REST)
            if runs and runs[-1].reason == reason and runs[-1].last == day - _DAY:
                runs[-1] = Skipped(runs[-1].first, day, reason)
            else:
                runs.append(Skipped(day, day, reason))
        day += _DAY
    return runs


def last_working(hours: Hours, moment: datetime) -> datetime:
    """Return the moment itself within working time, else the last closing before it: when people can still be told."""
    moment, day, idle = moment.astimezone(UTC), hours.day(moment), 0
    while idle <= HORIZON_DAYS:
        for opens, closes in reversed(hours.windows(day)):
            if opens <= moment:
                return min(moment, closes)
        idle, day = idle + 1, day - _DAY
    raise NoWorkingTime


def next_edge(hours: Hours, moment: datetime) -> datetime:
    """Return when working time next begins or ends after this moment."""
    opens, closes = next(_windows_from(hours, moment.astimezone(UTC)))
    return opens if opens > moment else closes


def overlap(windows: Iterable[Window]) -> bool:
    """Tell whether two windows of one day share time; touching is no overlap."""
    ordered = sorted(windows)
    return any(later[0] < earlier[1] for earlier, later in pairwise(ordered))


def _plain(terms: Terms, hours: Hours, moment: datetime) -> datetime:
    amount, unit = terms
    if unit == WORKING_HOURS:
        return add(hours, moment, timedelta(hours=amount))
    if unit == WEEKS:
        return (moment.astimezone(hours.zone) + timedelta(weeks=amount)).astimezone(UTC)
    return moment.astimezone(UTC) + timedelta(hours=amount)


def _windows_from(hours: Hours, moment: datetime) -> Iterator[Span]:
    """Give the windows that close after a moment; raises ``NoWorkingTime`` where none comes for too long."""
    day, idle = hours.day(moment), 0
    while idle <= HORIZON_DAYS:
        found = [span for span in hours.windows(day) if span[1] > moment]
        yield from found
        idle = 0 if found else idle + 1
        day += _DAY
    raise NoWorkingTime
