"""Reckoning one deadline anew from its start: what it would be, and what stands. Nothing is written here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.calendars import arithmetic
from portal.calendars.arithmetic import Hours
from portal.calendars.choices import Cause
from portal.calendars.models import Deadline, Promise, Wait
from portal.calendars.selectors.book import Book
from portal.calendars.selectors.receipts import receipt


@dataclass
class Facts:
    """What happened to a deadline: intervals in which its clock stood still, and extensions, in order."""

    waits: list[Wait] = field(default_factory=list)
    extensions: list[Promise] = field(default_factory=list)

    @classmethod
    def of(cls, deadline: Deadline) -> "Facts":
        """Read them."""
        return cls(list(deadline.waits.all()), list(deadline.promises.filter(cause=Cause.EXTENDED).order_by("number")))


@dataclass(frozen=True)
class Reckoning:
    """``due_at`` by the rules as they are now, and ``limit``: an earlier promise that stands, moved by later facts."""

    due_at: datetime
    limit: datetime | None
    receipt: dict[str, Any]

    @property
    def standing(self) -> datetime:
        """The earlier of the two."""
        return self.due_at if self.limit is None else min(self.due_at, self.limit)


def set_terms(deadline: Deadline, book: Book) -> None:
    """Write on the deadline the terms and the calendar that hold for it now."""
    (deadline.amount, deadline.unit), deadline.calendar_id = book.terms(
        deadline.organisation_id, deadline.level, deadline.target
    )


def reckon(deadline: Deadline, facts: Facts, book: Book) -> Reckoning:
    """Reckon from the start, by the terms written on the deadline."""
    hours = hours_for(deadline, book)
    terms = (deadline.amount, deadline.unit)
    deadline.deemed_at = (
        arithmetic.deemed(hours, deadline.started_at) if deadline.unit in arithmetic.WORKING_UNITS else None
    )
    due_at = _moved(arithmetic.due(terms, hours, deadline.started_at), deadline, hours, facts.waits, facts.extensions)
    limit = None
    if deadline.held_due_at is not None:
        later_waits = [wait for wait in facts.waits if wait.until > deadline.held_since]
        later_extensions = [each for each in facts.extensions if each.given_at >= deadline.held_since]
        limit = _moved(deadline.held_due_at, deadline, hours, later_waits, later_extensions)
    return Reckoning(due_at, limit, receipt(deadline, book, facts.waits, facts.extensions, due_at))


def hours_for(deadline: Deadline, book: Book) -> Hours:
    """Return the hours a deadline is reckoned by."""
    return book.hours(deadline.calendar_id)


def _moved(
    due_at: datetime, deadline: Deadline, hours: Hours, waits: Sequence[Wait], extensions: Sequence[Promise]
) -> datetime:
    for extension in extensions:
        due_at = arithmetic.extended((extension.amount, extension.unit), hours, due_at)
    return arithmetic.shifted(deadline.unit, hours, due_at, [(wait.since, wait.until) for wait in waits])
