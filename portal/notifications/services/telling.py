"""Writing down what people are to be told, and handing round what concerns many of them."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.notifications.choices import ON_SITE, NoticeState, Stage, Subject
from portal.notifications.models import Follow, Happening, Notice
from portal.notifications.rules import plan
from portal.notifications.selectors import Wanted, wanted_by
from portal.registry.notices import followables, notice_events, took_part

logger = logging.getLogger("sawt.notifications")

# People who get their notice in one transaction.
CLAIM = 1000
# Seconds of one tick.
SPELL = 50.0
NO_FOLLOW = ("", "")


def tell(
    person: Person,
    event: str,
    *,
    kind: str,
    key: str,
    once: str,
    about: str = "",
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
    is_told: bool = False,
) -> Notice | None:
    """Write down, in the caller's transaction, that one person is to be told of this event; return the notice.

    The same ``once`` again gives the first. ``is_told``: a message of its own says it, so the notice only stands on
    the portal. None for whoever is erased or may not sign in.
    """
    if not person.is_active or person.erased_at is not None:
        return None
    subject = Subject(notice_events[event].subject)
    notice = Notice(person=person, subject=subject, event=event, kind=kind, key=key, about=about, data=data or {})
    notice.once, notice.at = once, at or timezone.now()
    if is_told:
        notice.state = NoticeState.TOLD
    else:
        _put(notice, wanted_by([person.pk])[person.pk])
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    return Notice.objects.get(person=person, once=once)


@transaction.atomic
def happened(
    event: str,
    *,
    kind: str,
    key: str,
    once: str,
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Happening:
    """Write down, in the caller's transaction, what concerns all who follow a thing, its topics or its body.

    Those who took part are told too where the event says under what. The same ``once`` again gives the first. People
    who begin to follow afterwards are not told.
    """
    if event not in notice_events:
        raise KeyError(event)
    relatives = followables[kind].relatives(key) if kind in followables else []
    first = {
        "event": event,
        "kind": kind,
        "key": key,
        "data": data or {},
        "audience": [[kind, key], *map(list, relatives)],
        "at": at or timezone.now(),
    }
    return Happening.objects.get_or_create(once=once, defaults=first)[0]


def hand_round(*, spell: float = SPELL) -> int:
    """Give people the notices of what has happened, for so many seconds; return how many were made.

    What is wrong with one happening keeps no other waiting; it is tried again by the next tick.
    """
    until, made, broken = monotonic() + spell, 0, set[int]()
    while monotonic() < until:
        done = _hand_round_one(broken)
        if done is None:
            break
        made += done
    return made


@transaction.atomic
def _hand_round_one(broken: set[int]) -> int | None:
    """Take one step with the oldest happening that nobody else works on; None when there is none."""
    waiting = Happening.objects.exclude(stage=Stage.DONE).exclude(pk__in=broken).order_by("pk")
    happening = waiting.select_for_update(skip_locked=True, no_key=True).first()
    if happening is None:
        return None
    try:
        with transaction.atomic():
            return _step(happening)
    except (OperationalError, InterfaceError):
        # The database itself: the next tick goes on.
        raise
    except Exception:
        logger.exception("The happening %s could not be handed round", happening.pk)
        broken.add(happening.pk)
        return 0


def _step(happening: Happening) -> int:
    """Give the next people of this stage their notices; return how many."""
    if happening.event not in notice_events:
        # Of a version before this one, which told of it; nobody knows how to say it any more.
        Happening.objects.filter(pk=happening.pk).update(stage=Stage.DONE)
        return 0
    people = _next_people(happening)
    made = _tell_all(happening, people) if people else 0
    if len(people) == CLAIM:
        happening.cursor = people[-1]
    else:
        happening.cursor = 0
        happening.stage = Stage.FOLLOWERS if happening.stage == Stage.TOOK_PART else Stage.DONE
    happening.save(update_fields=["cursor", "stage"])
    return made


def _next_people(happening: Happening) -> list[int]:
    """Return the ids of the next people of this stage, ascending."""
    if happening.stage == Stage.FOLLOWERS:
        follows = Follow.objects.of_things(_audience(happening)).filter(created_at__lte=happening.at)
        follows = follows.filter(person_id__gt=happening.cursor).order_by("person_id")
        return list(follows.values_list("person_id", flat=True).distinct()[:CLAIM])
    find = took_part.get(happening.kind) if notice_events[happening.event].took_part else None
    return find(happening.key, happening.cursor, CLAIM) if find else []


def _tell_all(happening: Happening, people: Sequence[int]) -> int:
    present = Person.objects.filter(pk__in=people, is_active=True, erased_at=None).values_list("pk", flat=True)
    wanted, follows = wanted_by(present), _follows(happening, people)
    notices = []
    for pk, theirs in wanted.items():
        subject = _subject(happening, theirs, pk in follows)
        cause = follows.get(pk, NO_FOLLOW) if subject == Subject.FOLLOWED else NO_FOLLOW
        notice = Notice(person_id=pk, subject=subject, event=happening.event, kind=happening.kind, key=happening.key)
        notice.follow_kind, notice.follow_key = cause
        notice.data, notice.at, notice.once = happening.data, happening.at, f"happening-{happening.pk}"
        if happening.is_silent:
            notice.state = NoticeState.SITE
        else:
            _put(notice, theirs)
        notices.append(notice)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def _subject(happening: Happening, wanted: Wanted, follows: bool) -> Subject:
    """Return under what somebody is told.

    Whoever took part and follows the thing as well is told as one who took part, unless they want nothing sent of that.
    """
    event = notice_events[happening.event]
    if happening.stage == Stage.FOLLOWERS:
        return Subject(event.subject)
    if follows and wanted.choices[Subject(event.took_part)] == ON_SITE:
        return Subject(event.subject)
    return Subject(event.took_part)


def _follows(happening: Happening, people: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return by person what they follow of the audience, the nearest thing."""
    audience = _audience(happening)
    follows = Follow.objects.of_things(audience).filter(person__in=people, created_at__lte=happening.at)
    found: dict[int, tuple[str, str]] = {}
    for pk, kind, key in follows.values_list("person_id", "kind", "key"):
        thing = (kind, key)
        if pk not in found or audience.index(thing) < audience.index(found[pk]):
            found[pk] = thing
    return found


def _audience(happening: Happening) -> list[tuple[str, str]]:
    return [(kind, key) for kind, key in happening.audience]


def _put(notice: Notice, wanted: Wanted) -> None:
    """Let a new notice wait for when its person wants it, or stand on the portal alone."""
    planned = plan(wanted.choices[Subject(notice.subject)], wanted.wishes, notice.at)
    notice.state = NoticeState.WAITING if planned else NoticeState.SITE
    notice.due_at = planned.due_at if planned else None
