"""Reckoning all open deadlines anew that a change touches: first to show what would move, then to move it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Prefetch
from django.utils import timezone

from portal import registry
from portal.cache import bump
from portal.calendars.choices import Cause
from portal.calendars.models import Breach, Deadline, Promise, Reason, Recount, Wait
from portal.calendars.selectors.book import Book
from portal.calendars.services.deadlines import first_promise, settled, tell_owner, write_promise
from portal.calendars.services.reckoning import Facts, Reckoning, reckon, set_terms
from portal.celery import enqueue
from portal.text import clean_text

# As many as are locked together: fewer where each of the people is written to.
STRIDE, SILENT_STRIDE = 100, 2000
# What the admin looks at before it asks: rows shown, and deadlines reckoned for the count.
SHOWN = 20
MOST_PREVIEWED = 2000
_WRITTEN = [
    *("level", "calendar", "amount", "unit", "deemed_at", "due_at", "held_due_at", "held_since", "receipt"),
]


@dataclass(frozen=True)
class Move:
    """What a change would do to one deadline: whose, from when, to when."""

    title: str
    url: str
    level: str
    before: datetime
    after: datetime

    @property
    def is_later(self) -> bool:
        """True where the promise would be a later one."""
        return self.after > self.before


@dataclass(frozen=True)
class Preview:
    """The first moves and how many there are; not complete where a change touches more deadlines than were reckoned."""

    moves: list[Move]
    count: int
    later: int
    touched: int

    @property
    def is_complete(self) -> bool:
        """True where all that the change touches were reckoned."""
        return self.touched <= MOST_PREVIEWED


def preview(scope: dict[str, Any]) -> Preview:
    """Reckon what moves by the calendars and levels as this transaction sees them; writes nothing."""
    book, moves, count, later = Book(), [], 0, 0
    touched = Deadline.objects.in_scope(scope)
    rows = _with_facts(touched).select_related(*_relations()).order_by("due_at", "pk")
    for deadline in rows[:MOST_PREVIEWED]:
        set_terms(deadline, book)
        after = reckon(deadline, _facts(deadline), book).standing
        if after == deadline.due_at:
            continue
        count, later = count + 1, later + (after > deadline.due_at)
        if len(moves) < SHOWN:
            moves.append(_move_of(deadline, after))
    return Preview(moves, count, later, touched.count())


@transaction.atomic
def begin_recount(scope: dict[str, Any], *, cause: Cause, subject: str, reason: str = "", by: Any) -> Recount | None:
    """Have all deadlines in scope reckoned anew; None where there are none.

    With a reason promises are moved later too, and the people are told it; without one earlier promises stand.
    """
    total = Deadline.objects.in_scope(scope).count()
    if not total:
        return None
    recount = Recount.objects.create(
        scope=scope, cause=cause, subject=subject[:200], reason=clean_text(reason)[:1000], by=by, total=total
    )
    enqueue("calendars.recount", recount.pk)
    return recount


def unfinished() -> list[int]:
    """Return the ids of the reckonings that are not through, the oldest first."""
    return list(Recount.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def continue_recount(pk: int) -> bool:
    """Reckon the next ones and remember the place, in one transaction; False when there is nothing left to do.

    A second worker waits for the first one's stride and takes the next; a killed one leaves its stride as it was.
    """
    recount = Recount.objects.select_for_update(no_key=True, of=("self",)).select_related("by").get(pk=pk)
    if recount.finished_at is not None:
        return False
    stride = STRIDE if recount.reason else SILENT_STRIDE
    rows = Deadline.objects.in_scope(recount.scope).filter(pk__gt=recount.last_pk).order_by("pk")
    deadlines = list(rows[:stride])
    recount.done += len(deadlines)
    if deadlines:
        recount.last_pk = deadlines[-1].pk
        recount.moved += _reckon_all(deadlines, rows.filter(pk__lte=recount.last_pk), recount)
    if len(deadlines) < stride:
        recount.finished_at = timezone.now()
    recount.save(update_fields=["moved", "done", "last_pk", "finished_at"])
    bump()
    return recount.finished_at is None


def _reckon_all(deadlines: list[Deadline], rows: Any, recount: Recount) -> int:
    """Write the new reckonings of these deadlines, which are the ones of ``rows``; return how many promises moved.

    Most stand as they did: only the others are locked, after those who own them, and looked at once more.
    """
    book, at = Book(), timezone.now()
    facts = _facts_of(rows)
    keys = [deadline.pk for deadline in deadlines if _settle(deadline, facts, book, recount, at).is_changed]
    if not keys:
        return 0
    for entry in registry.deadline_owners.values():
        entry.claim(keys)
    # What was met meanwhile is frozen.
    claimed = rows.filter(pk__in=keys)
    locked = list(claimed.select_for_update(no_key=True, of=("self",)))
    return _write(locked, _facts_of(claimed), book, recount, at)


def _write(locked: list[Deadline], facts: dict[int, Facts], book: Book, recount: Recount, at: datetime) -> int:
    _record_late(locked, at)
    last = Promise.objects.filter(deadline__in=locked).values_list("deadline").annotate(last=Max("number")).order_by()
    numbers = dict(last)
    # Of those that are older than histories, as they stood before.
    openings = {row.pk: first_promise(row) for row in locked if row.pk not in numbers}
    found = [each for each in (_settle(row, facts, book, recount, at) for row in locked) if each.is_changed]
    rows = [openings[each.deadline.pk] for each in found if each.deadline.pk in openings]
    rows += [_row(each.deadline, each.found, recount, numbers.get(each.deadline.pk, 1) + 1, at) for each in found]
    changed = [each.deadline for each in found]
    # Many times as quick as bulk_update, which writes a case for each row and column. The rows are locked and there.
    Deadline.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN)
    Promise.objects.bulk_create(rows)
    moved = [each.deadline.pk for each in found if each.is_moved]
    for entry in registry.deadline_owners.values():
        entry.follow(moved)
    _give_reasons(rows, [each.deadline for each in found if each.is_told], recount)
    return len(moved)


def _record_late(deadlines: list[Deadline], at: datetime) -> None:
    late = [Breach(deadline=each, due_at=each.due_at) for each in deadlines if at > each.due_at and not each.is_waiting]
    Breach.objects.bulk_create(late, ignore_conflicts=True)


@dataclass(frozen=True)
class Settled:
    """A deadline as reckoned anew, and whether that changed anything of it, its moment, or what the person is told."""

    deadline: Deadline
    found: Reckoning
    is_changed: bool
    is_moved: bool
    is_told: bool


def _settle(deadline: Deadline, facts: dict[int, Facts], book: Book, recount: Recount, at: datetime) -> Settled:
    before = _stand(deadline)
    set_terms(deadline, book)
    found = reckon(deadline, facts.get(deadline.pk) or Facts(), book)
    is_told = settled(deadline, found, Cause(recount.cause), reason=recount.reason, at=at)
    after = _stand(deadline)
    return Settled(deadline, found, after != before, after[0] != before[0], is_told)


def _stand(deadline: Deadline) -> tuple[Any, ...]:
    """Return what a reckoning can change of a deadline."""
    terms = (deadline.amount, deadline.unit, deadline.calendar_id)
    return (deadline.due_at, deadline.held_due_at, deadline.receipt, *terms)


def _row(deadline: Deadline, found: Reckoning, recount: Recount, number: int, at: datetime) -> Promise:
    cause = Cause(recount.cause)
    return write_promise(deadline, found, cause=cause, number=number, by=recount.by, at=at, is_saved=False)


def _give_reasons(rows: list[Promise], told: list[Deadline], recount: Recount) -> None:
    """Write the reason beside each promise that was moved later for it, and have the people told."""
    later = {deadline.pk for deadline in told}
    moved = [row for row in rows if row.deadline_id in later and row.cause == recount.cause]
    Reason.objects.bulk_create(Reason(promise=row, text=recount.reason) for row in moved)
    # With their owners in one query, not one for each.
    for deadline in Deadline.objects.filter(pk__in=later).select_related(*_relations()).order_by("pk"):
        tell_owner(deadline, recount.reason)


def _with_facts(deadlines: Any) -> Any:
    extensions = Promise.objects.filter(cause=Cause.EXTENDED).order_by("number")
    return deadlines.prefetch_related("waits", Prefetch("promises", extensions, to_attr="extensions"))


def _facts(deadline: Deadline) -> Facts:
    return Facts(list(deadline.waits.all()), deadline.extensions)


def _facts_of(deadlines: Any) -> dict[int, Facts]:
    """Return what happened to those of the deadlines to which anything did: by their ids, in two queries."""
    found: dict[int, Facts] = {}
    keys = deadlines.order_by().values("pk")
    for wait in Wait.objects.filter(deadline__in=keys).order_by("since", "pk"):
        found.setdefault(wait.deadline_id, Facts()).waits.append(wait)
    for extension in Promise.objects.filter(deadline__in=keys, cause=Cause.EXTENDED).order_by("number"):
        found.setdefault(extension.deadline_id, Facts()).extensions.append(extension)
    return found


def _relations() -> Iterable[str]:
    return [entry.relation for entry in registry.deadline_owners.values()]


def _move_of(deadline: Deadline, after: datetime) -> Move:
    title, url = str(deadline.pk), ""
    for entry in registry.deadline_owners.values():
        owner = getattr(deadline, entry.relation, None)
        if owner is not None:
            title, url = entry.title(owner), entry.url(owner)
    return Move(title, url, deadline.get_level_display(), deadline.due_at, after)
