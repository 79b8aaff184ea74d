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
from portal.calendars.models import Breach, Deadline, Promise, Reason, Recount
from portal.calendars.selectors.book import Book
from portal.calendars.services.deadlines import first_promise, settled, tell_owner, write_promise
from portal.calendars.services.reckoning import Facts, Reckoning, reckon, set_terms
from portal.celery import enqueue
from portal.text import clean_text

STRIDE = 100
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
    """Reckon the next hundred and remember the place, in one transaction; False when there is nothing left to do.

    A second worker waits for the first one's hundred and takes the next; a killed one leaves its hundred as it was.
    """
    recount = Recount.objects.select_for_update(no_key=True, of=("self",)).select_related("by").get(pk=pk)
    if recount.finished_at is not None:
        return False
    rows = Deadline.objects.in_scope(recount.scope).filter(pk__gt=recount.last_pk).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:STRIDE])
    for entry in registry.deadline_owners.values():
        entry.claim(keys)
    # Asked again under the lock: what was met meanwhile is frozen.
    claimed = rows.filter(pk__in=keys).select_for_update(no_key=True, of=("self",))
    recount.moved += _reckon_all(list(_with_facts(claimed)), recount)
    recount.done += len(keys)
    if keys:
        recount.last_pk = keys[-1]
    if len(keys) < STRIDE:
        recount.finished_at = timezone.now()
    recount.save(update_fields=["moved", "done", "last_pk", "finished_at"])
    bump()
    return recount.finished_at is None


def _reckon_all(deadlines: list[Deadline], recount: Recount) -> int:
    """Write the new reckonings of these deadlines; return how many promises moved."""
    book, at = Book(), timezone.now()
    moved: list[int] = []
    last = (
        Promise.objects.filter(deadline__in=deadlines).values_list("deadline").annotate(last=Max("number")).order_by()
    )
    numbers = dict(last)
    changed: list[Deadline] = []
    rows: list[Promise] = []
    told: list[Deadline] = []
    late = [Breach(deadline=each, due_at=each.due_at) for each in deadlines if at > each.due_at and not each.is_waiting]
    for deadline in deadlines:
        before = _stand(deadline)
        opening = [] if deadline.pk in numbers else [first_promise(deadline)]
        set_terms(deadline, book)
        found = reckon(deadline, _facts(deadline), book)
        if settled(deadline, found, Cause(recount.cause), reason=recount.reason, at=at):
            told.append(deadline)
        if _stand(deadline) == before:
            continue
        changed.append(deadline)
        if deadline.due_at != before[0]:
            moved.append(deadline.pk)
        rows += [*opening, _row(deadline, found, recount, numbers.get(deadline.pk, 1) + 1, at)]
    Breach.objects.bulk_create(late, ignore_conflicts=True)
    # Many times as quick as bulk_update, which writes a case for each row and column. The rows are locked and there.
    Deadline.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN)
    Promise.objects.bulk_create(rows)
    for entry in registry.deadline_owners.values():
        entry.follow(moved)
    _give_reasons(rows, told, recount)
    return len(moved)


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


def _relations() -> Iterable[str]:
    return [entry.relation for entry in registry.deadline_owners.values()]


def _move_of(deadline: Deadline, after: datetime) -> Move:
    title, url = str(deadline.pk), ""
    for entry in registry.deadline_owners.values():
        owner = getattr(deadline, entry.relation, None)
        if owner is not None:
            title, url = entry.title(owner), entry.url(owner)
    return Move(title, url, deadline.get_level_display(), deadline.due_at, after)
