"""Reads across what people chose, follow and are told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from portal.accounts.models import Person
from portal.notifications.choices import DEFAULTS, Choice, Rhythm, Subject, Way
from portal.notifications.models import Follow, Notice, Preference, Wishes
from portal.registry.notices import Followed, Shown, followables, notice_events

# Beyond this many unread notices nobody is told how many there are.
MOST_COUNTED = 99
PAGE = 20
# How many times a page is filled up in place of notices that are hidden.
ROUNDS = 3


@dataclass(frozen=True)
class Wanted:
    """What one person wants: a choice for each subject, and when they may be told."""

    choices: dict[Subject, Choice]
    wishes: Wishes


def wanted_by(people: Iterable[int]) -> dict[int, Wanted]:
    """Return what each of these people wants, by id, in two queries."""
    people = list(people)
    wishes = {row.person_id: row for row in Wishes.objects.filter(person__in=people)}
    chosen: dict[int, dict[Subject, Choice]] = defaultdict(dict)
    for row in Preference.objects.filter(person__in=people):
        chosen[row.person_id][Subject(row.subject)] = Choice(Way(row.way), Rhythm(row.rhythm))
    return {pk: Wanted(DEFAULTS | chosen[pk], wishes.get(pk) or Wishes(person_id=pk)) for pk in people}


def choices_of(person: Person) -> dict[Subject, Choice]:
    """Return what somebody chose for each subject, or the default."""
    return wanted_by([person.pk])[person.pk].choices


def wishes_of(person: Person) -> Wishes:
    """Return somebody's wishes, or the defaults as a row that is not stored."""
    return Wishes.objects.filter(person=person).first() or Wishes(person=person)


def is_following(person: Any, kind: str, key: str) -> bool:
    """Tell whether somebody follows a thing; a visitor follows nothing."""
    return person.is_authenticated and Follow.objects.filter(person=person, kind=kind, key=key).exists()


@dataclass(frozen=True)
class FollowedThing:
    """Something that a person follows, as they see it; ``found`` is None for what is not public (any more)."""

    follow: Follow
    label: Any
    found: Followed | None


def follows_of(person: Person) -> list[FollowedThing]:
    """Return what somebody follows, in the order in which it was begun; one query, and those of each kind."""
    follows = list(Follow.objects.filter(person=person).order_by("pk"))
    found = followed_by_reference((one.kind, one.key) for one in follows)
    return [
        FollowedThing(
            one, followables[one.kind].label if one.kind in followables else "", found.get((one.kind, one.key))
        )
        for one in follows
    ]


def followed_by_reference(things: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Followed]:
    """Return titles and paths, in the active language, of those of these (kind, key) that are public."""
    keys: dict[str, list[str]] = defaultdict(list)
    for kind, key in things:
        keys[kind].append(key)
    return {
        (kind, key): found
        for kind, wanted in keys.items()
        if kind in followables
        for key, found in followables[kind].find(wanted).items()
    }


def unread_count(person: Person) -> int:
    """Return how many notices somebody has not read; counted up to one more than ``MOST_COUNTED``."""
    return Notice.objects.filter(person=person).unread()[: MOST_COUNTED + 1].count()


def unread_words(count: int) -> str:
    """Return a count as a badge says it: “99+” beyond what is counted."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def shown(notices: Sequence[Notice], person: Person) -> dict[int, Shown]:
    """Return how notices of one person read in the active language, by id; those hidden meanwhile are left out."""
    by_event: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_event[notice.event].append(notice)
    found: dict[int, Shown] = {}
    for event, some in by_event.items():
        if event in notice_events:
            found |= notice_events[event].show(some, person)
    return found


@dataclass(frozen=True)
class ShownNotice:
    """One line of somebody's list."""

    notice: Notice
    sentence: str
    path: str

    @property
    def is_unread(self) -> bool:
        """True until the person has read it."""
        return self.notice.read_at is None

    @property
    def at(self) -> datetime:
        """When it came up."""
        return self.notice.at


@dataclass(frozen=True)
class NoticePage:
    """Some notices, the newest first; ``before`` is the id to go on from, None at the end."""

    items: list[ShownNotice]
    before: int | None


def notices_of(person: Person, *, before: int | None = None, limit: int = PAGE) -> NoticePage:
    """Return a page of somebody's notices, without those that are hidden.

    Where most are hidden a page may be shorter than ``limit`` though more follow.
    """
    items: list[ShownNotice] = []
    for _ in range(ROUNDS):
        rows, more = _older(person, before, limit)
        found = shown(rows, person)
        for row in rows:
            before = row.pk
            if row.pk in found:
                items.append(ShownNotice(row, found[row.pk].sentence, found[row.pk].path))
                if len(items) == limit:
                    return NoticePage(items, before if more or row is not rows[-1] else None)
        if not more:
            return NoticePage(items, None)
    return NoticePage(items, before)


def _older(person: Person, before: int | None, limit: int) -> tuple[list[Notice], bool]:
    rows = Notice.objects.filter(person=person).shown().order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: limit + 1])
    return found[:limit], len(found) > limit


def lateness() -> float:
    """Return the seconds since the oldest notice that waits should have gone out; 0 where none is late."""
    now = timezone.now()
    oldest = Notice.objects.due(now).order_by("due_at").values_list("due_at", flat=True).first()
    return (now - oldest).total_seconds() if oldest else 0.0
