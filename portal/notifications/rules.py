"""When somebody is told, and the links by which they stop it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.messaging.channels import is_on
from portal.messaging.choices import BY_NUMBER, Way
from portal.notifications.choices import ALWAYS_SENT, GATHERED, ON_SITE, Choice, Rhythm, Subject
from portal.notifications.models import Wishes

DAY = timedelta(days=1)
_FOLLOW = "follow"
_SIGNATURE = 24


def effective(choice: Choice, wishes: Wishes) -> Choice:
    """Return how a choice is carried out: by mail where there is no number, or messages to numbers are switched off."""
    if choice.way not in BY_NUMBER or (wishes.phone and is_on(choice.way)):
        return choice
    return Choice(Way.EMAIL, choice.rhythm)


@dataclass(frozen=True)
class Plan:
    """How and when one notice goes out."""

    way: Way
    rhythm: Rhythm
    due_at: datetime


def plan(choice: Choice, wishes: Wishes, at: datetime) -> Plan | None:
    """Return how what came up at this moment goes out; None where it stays on the portal."""
    choice = effective(choice, wishes)
    if choice == ON_SITE:
        return None
    gathered = choice.rhythm in GATHERED
    due_at = next_slot(choice.rhythm, wishes, at) if gathered else end_of_quiet(wishes, at)
    return Plan(choice.way, choice.rhythm, due_at)


def choices_as_text(choices: Mapping[Subject, Choice]) -> list[str]:
    """Write choices as a form carries them."""
    return [f"{subject}:{choice.way}:{choice.rhythm}" for subject, choice in choices.items()]


def read_choices(texts: Iterable[str]) -> dict[Subject, Choice]:
    """Read what a form brought back; what is none of ours is left out."""
    found = {}
    for text in texts:
        try:
            subject, way, rhythm = text.split(":")
            found[Subject(subject)] = Choice(Way(way), Rhythm(rhythm))
        except ValueError:
            continue
    return found


def is_quiet(wishes: Wishes, moment: datetime) -> bool:
    """Tell whether somebody wants to be left alone at this moment: from the first minute to before the last."""
    now = moment.astimezone(_zone()).time()
    if wishes.quiet_from <= wishes.quiet_to:
        return wishes.quiet_from <= now < wishes.quiet_to
    return now >= wishes.quiet_from or now < wishes.quiet_to


def end_of_quiet(wishes: Wishes, moment: datetime) -> datetime:
    """Return the moment itself or, in quiet hours, their end."""
    if not is_quiet(wishes, moment):
        return moment
    ends = _moments(moment, wishes.quiet_to, range(-1, 3))
    return min(end for end in ends if end > moment and not is_quiet(wishes, end))


def next_slot(rhythm: Rhythm, wishes: Wishes, after: datetime) -> datetime:
    """Return the first moment after this one at which gathered notices come."""
    return min(slot for slot in _slots(rhythm, wishes, after, range(-1, 9)) if slot > after)


def last_slot(rhythm: Rhythm, wishes: Wishes, until: datetime) -> datetime:
    """Return the last such moment that is not after this one."""
    return max(slot for slot in _slots(rhythm, wishes, until, range(-8, 2)) if slot <= until)


def _slots(rhythm: Rhythm, wishes: Wishes, near: datetime, days: range) -> Iterator[datetime]:
    for slot in _moments(near, time(wishes.daily_hour), days, folds=(0,)):
        # By the day that was asked for, which the clock may have skipped an hour of.
        if rhythm == Rhythm.DAILY or slot.astimezone(_zone()).weekday() == wishes.weekly_day:
            yield slot


def _moments(near: datetime, at: time, days: range, folds: tuple[int, ...] = (0, 1)) -> Iterator[datetime]:
    """Give the moments of this time on days around another one; both where clocks are put back over it.

    In UTC: two moments of one zone are compared by what its clocks say, which may be the same twice.
    """
    zone = _zone()
    today = near.astimezone(zone).date()
    for day in days:
        for fold in folds:
            yield datetime.combine(today + day * DAY, at.replace(fold=fold), tzinfo=zone).astimezone(UTC)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True)
class Stop:
    """What a link in a message stops: subjects, or following one thing (kind, key)."""

    subjects: tuple[Subject, ...] = ()
    follow: tuple[str, str] | None = None


def stop_token(code: str, stop: Stop) -> str:
    """Return the token by which the person of this public code stops it; it does nothing else, and does not age."""
    what = "-".join((_FOLLOW, *stop.follow)) if stop.follow else "-".join(stop.subjects)
    return f"{code}-{what}-{_signature(code, what)}"


def read_stop_token(token: str) -> tuple[str, Stop] | None:
    """Return whom a token belongs to (by public code) and what it stops; None for what we did not sign."""
    code, _, rest = token.partition("-")
    what, _, signature = rest.rpartition("-")
    if not token.isascii() or not constant_time_compare(signature, _signature(code, what)):
        return None
    first, *more = what.split("-", 2)
    if first == _FOLLOW:
        kind, key = more
        return code, Stop(follow=(kind, key))
    return code, Stop(subjects=tuple(Subject(one) for one in what.split("-")))


def may_stop(subject: Subject) -> bool:
    """Tell whether people may keep messages about this from being sent."""
    return subject not in ALWAYS_SENT


def _signature(code: str, what: str) -> str:
    return salted_hmac("notifications.stop", f"{code}-{what}", algorithm="sha256").hexdigest()[:_SIGNATURE]
