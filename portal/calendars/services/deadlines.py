"""Giving a promise, moving it for a reason, and keeping it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal import registry
from portal.audit.services import record
from portal.calendars.choices import Cause, Level, Pause, Target, Unit
from portal.calendars.models import Breach, Deadline, Promise, Reason, Wait
from portal.calendars.selectors.book import Book
from portal.calendars.services.reckoning import Facts, Reckoning, reckon, set_terms
from portal.text import clean_text

# Causes that are reasons in themselves: everybody sees why the promise is a later one.
PLAIN_CAUSES = (Cause.STARTED, Cause.WAITED, Cause.REOPENED, Cause.EXTENDED)
REASON_MAX_LENGTH = 1000
_STANDING = [
    *("organisation", "level", "calendar", "amount", "unit", "started_at", "deemed_at", "due_at"),
    *("held_due_at", "held_since", "waiting_since", "met_at", "dropped_at", "receipt"),
]


class DeadlineRefused(Exception):
    """The act cannot be done. ``why`` is ``reason`` (none given), ``met`` (frozen) or ``running`` (not met yet)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@transaction.atomic
def promise(
    level: Level, *, body: Any, start: datetime, target: Target = Target.REPLY, book: Book | None = None
) -> Deadline:
    """Give a promise of this level in the name of a body, to run from ``start``; the first row of its history.

    Whoever gives many in one transaction shares a ``book`` between them.
    """
    book = book or Book()
    deadline = Deadline(organisation=body, level=level, target=target, started_at=start)
    set_terms(deadline, book)
    found = reckon(deadline, Facts(), book)
    deadline.due_at, deadline.receipt = found.due_at, found.receipt
    deadline.save()
    write_promise(deadline, found, cause=Cause.GIVEN, number=1)
    return deadline


@transaction.atomic
def restart(deadline: Deadline, *, start: datetime, body: Any = None) -> None:
    """Let a promise run from another moment, because what it waits for (a consultation's close) has another date.

    With a ``body`` it is that one's promise from here on.
    """
    _lock(deadline)
    deadline.started_at, deadline.organisation = start, body or deadline.organisation
    set_terms(deadline, book := Book())
    deadline.held_due_at = deadline.held_since = None
    _move(deadline, Cause.STARTED, book=book)


@transaction.atomic
def wait(deadline: Deadline, *, since: datetime | None = None) -> None:
    """Stop the clock, since the answer of the person is needed; one that stands still or is met stays as it is."""
    _lock(deadline)
    if deadline.met_at is None and deadline.waiting_since is None:
        deadline.waiting_since = since or timezone.now()
        deadline.save(update_fields=["waiting_since"])


@transaction.atomic
def resume(deadline: Deadline, *, at: datetime | None = None) -> None:
    """Let the clock go on; the time it stood still is added. Nothing happens to one that runs."""
    _lock(deadline)
    if deadline.waiting_since is not None:
        _end_wait(deadline, at or timezone.now())


@transaction.atomic
def extend(deadline: Deadline, *, amount: int, unit: Unit, reason: str, by: Any) -> None:
    """Give more time, for a reason that the person is told; a breach that is recorded stays.

    Raises ``DeadlineRefused`` with ``reason`` without one, and with ``met`` for one that is frozen.
    """
    if not clean_text(reason):
        raise DeadlineRefused("reason")
    if amount < 1:
        raise ValueError("an extension makes it later")
    _lock(deadline)
    _refuse_frozen(deadline)
    _breach_if_late(deadline, timezone.now())
    _hold(deadline, at=timezone.now())
    _move(deadline, Cause.EXTENDED, reason=reason, by=by, extension=(amount, Unit(unit)))


@transaction.atomic
def meet(deadline: Deadline, *, at: datetime) -> None:
    """Mark it met; the first moment counts, a second call changes nothing. From here on it is frozen."""
    _lock(deadline)
    if deadline.met_at is not None:
        return
    if deadline.waiting_since is not None:
        _end_wait(deadline, max(at, deadline.waiting_since))
    _breach_if_late(deadline, at)
    deadline.met_at = at
    deadline.save(update_fields=["met_at"])


@transaction.atomic
def reopen(deadline: Deadline, *, at: datetime | None = None) -> None:
    """Go on with what was left when it was met or given up; an early “solved” does not begin the time anew.

    Raises ``DeadlineRefused`` with ``running`` for one that was neither.
    """
    _lock(deadline)
    ended_at = deadline.met_at or deadline.dropped_at
    if ended_at is None:
        raise DeadlineRefused("running")
    at = max(at or timezone.now(), ended_at)
    deadline.met_at = deadline.dropped_at = None
    _hold(deadline, at=ended_at)
    Wait.objects.create(deadline=deadline, since=ended_at, until=at, pause=Pause.SOLVED)
    _move(deadline, Cause.REOPENED)


@transaction.atomic
def drop(deadline: Deadline, *, at: datetime) -> None:
    """Ask for nothing any more (a consultation was withdrawn): no breach is recorded from here on."""
    _lock(deadline)
    if deadline.met_at is None and deadline.dropped_at is None:
        _breach_if_late(deadline, at)
        deadline.dropped_at = at
        deadline.save(update_fields=["dropped_at"])


@transaction.atomic
def pick_up(deadline: Deadline) -> None:
    """Undo ``drop``, which was a mistake: the promise stands as it stood, and its time ran on meanwhile."""
    _lock(deadline)
    if deadline.dropped_at is not None:
        deadline.dropped_at = None
        deadline.save(update_fields=["dropped_at"])


@transaction.atomic
def change_kind(deadline: Deadline, level: Level, *, reason: str = "", by: Any) -> None:
    """Reckon it as another kind from the start. An earlier promise stands, unless a reason is given that is told.

    Raises ``DeadlineRefused`` with ``met`` for one that is frozen.
    """
    _lock(deadline)
    _refuse_frozen(deadline)
    _breach_if_late(deadline, timezone.now())
    deadline.level = level
    set_terms(deadline, book := Book())
    _move(deadline, Cause.KIND, reason=reason, by=by, book=book)


@transaction.atomic
def recompute(deadline: Deadline, *, cause: Cause, reason: str = "", by: Any = None) -> None:
    """Reckon it anew from the start by the levels and calendars of now; what is met is frozen and stays."""
    _lock(deadline)
    if deadline.met_at is None and deadline.dropped_at is None:
        _breach_if_late(deadline, timezone.now())
        set_terms(deadline, book := Book())
        _move(deadline, cause, reason=reason, by=by, book=book)


def settled(deadline: Deadline, found: Reckoning, cause: Cause, *, reason: str, at: datetime) -> bool:
    """Write on the deadline what stands by this reckoning; True where the promise is a later one for its reason.

    Without a reason of words, and for a cause that is none in itself, an earlier promise stands and is held.
    """
    has_reasons = bool(reason) or deadline.receipt.get("has_reasons", False)
    deadline.receipt = found.receipt | ({"has_reasons": True} if has_reasons else {})
    before = deadline.due_at
    if cause in PLAIN_CAUSES:
        deadline.due_at = found.standing
        return False
    if reason:
        deadline.due_at, deadline.held_due_at, deadline.held_since = found.due_at, None, None
        return deadline.due_at > before
    if found.standing > before or (found.limit is None and found.due_at > before):
        deadline.held_due_at, deadline.held_since = before, at
    deadline.due_at = min(before, found.standing)
    return False


def write_promise(
    deadline: Deadline,
    found: Reckoning,
    *,
    cause: Cause,
    number: int,
    by: Any = None,
    at: datetime | None = None,
    extension: tuple[int, str] | None = None,
    is_saved: bool = True,
) -> Promise:
    """Write one row of the history, or return it unsaved."""
    amount, unit = extension or (None, "")
    row = Promise(
        deadline=deadline,
        number=number,
        cause=cause,
        level=deadline.level,
        reckoned_at=found.due_at,
        due_at=deadline.due_at,
        amount=amount,
        unit=unit,
        receipt=found.receipt,
        given_at=at or timezone.now(),
        by=by,
    )
    if is_saved:
        row.save()
    return row


def first_promise(deadline: Deadline) -> Promise:
    """Return, unsaved, the first row of the history of a deadline that is older than histories."""
    return Promise(
        deadline=deadline,
        number=1,
        cause=Cause.GIVEN,
        level=deadline.level,
        reckoned_at=deadline.due_at,
        due_at=deadline.due_at,
        receipt=deadline.receipt,
        given_at=deadline.started_at,
    )


def tell_owner(deadline: Deadline, reason: str) -> None:
    """Have the people told, by whoever owns the deadline, that the promise was moved and why."""
    for entry in registry.deadline_owners.values():
        owner = getattr(deadline, entry.relation, None)
        if owner is not None:
            entry.moved(owner, reason)


def _lock(deadline: Deadline) -> None:
    """Read the row again under a lock, so that two acts at once are one after the other."""
    deadline.refresh_from_db(fields=_STANDING, from_queryset=_locked_rows())


def _locked_rows() -> Any:
    return Deadline.objects.select_for_update(no_key=True, of=("self",))


def _refuse_frozen(deadline: Deadline) -> None:
    if deadline.met_at is not None or deadline.dropped_at is not None:
        raise DeadlineRefused("met")


def _breach_if_late(deadline: Deadline, at: datetime) -> None:
    """Record a moment that was missed before the next tick could see it."""
    if at > deadline.due_at and not deadline.is_waiting:
        Breach.objects.bulk_create([Breach(deadline=deadline, due_at=deadline.due_at)], ignore_conflicts=True)


def _end_wait(deadline: Deadline, until: datetime) -> None:
    since, deadline.waiting_since = deadline.waiting_since, None
    _hold(deadline, at=since)
    Wait.objects.create(deadline=deadline, since=since, until=max(since, until), pause=Pause.PERSON)
    _move(deadline, Cause.WAITED)


def _hold(deadline: Deadline, *, at: datetime) -> None:
    """Hold the promise against changes of calendars that the work in the background has not come to yet.

    Or an act that is a reason in itself, such as the end of a wait, would carry them in without one.
    """
    book, facts = Book(), Facts.of(deadline)
    _complete(deadline, book)
    settled(deadline, reckon(deadline, facts, book), Cause.CALENDAR, reason="", at=at)


def _move(
    deadline: Deadline,
    cause: Cause,
    *,
    reason: str = "",
    by: Any = None,
    extension: tuple[int, str] | None = None,
    book: Book | None = None,
) -> None:
    """Reckon a locked deadline anew, write down what stands and why, and have the person told where it must be."""
    book, at, reason = book or Book(), timezone.now(), clean_text(reason)[:REASON_MAX_LENGTH]
    facts = Facts.of(deadline)
    _complete(deadline, book)
    if extension:
        facts.extensions.append(Promise(amount=extension[0], unit=extension[1], given_at=at, number=0))
    found = reckon(deadline, facts, book)
    before = deadline.due_at
    is_later = settled(deadline, found, cause, reason=reason, at=at) or bool(extension)
    deadline.save(update_fields=_STANDING)
    last = deadline.promises.order_by("-number").first()
    if last is None:
        last = first_promise(deadline)
        last.due_at = last.reckoned_at = before
        last.save()
    if not extension and (last.reckoned_at, last.due_at, last.level) == (found.due_at, deadline.due_at, deadline.level):
        return
    row = write_promise(deadline, found, cause=cause, number=last.number + 1, by=by, at=at, extension=extension)
    if reason:
        Reason.objects.create(promise=row, text=reason)
    record("deadline.moved", deadline, by=by, data={"cause": str(cause), "due_at": deadline.due_at.isoformat()})
    if is_later and reason:
        tell_owner(deadline, reason)


def _complete(deadline: Deadline, book: Book) -> None:
    """Give a deadline of an earlier version the terms it was promised on."""
    if deadline.amount is None:
        set_terms(deadline, book)
