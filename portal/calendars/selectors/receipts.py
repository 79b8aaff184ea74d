"""A deadline's receipt: as data for auditors, as sentences for the person it was promised to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, gettext, ngettext

from portal.calendars import arithmetic
from portal.calendars.arithmetic import Hours
from portal.calendars.choices import Cause, Pause, Unit
from portal.calendars.models import Deadline, Promise, Wait
from portal.calendars.selectors.book import Book
from portal.text import language_order

_MOMENT = {"ar": "l j F Y، g:i\u00a0a", "en": "l j F Y, H:i", "zh-hans": "Y年n月j日l H:i"}
_DAY = {"ar": "l j F Y", "en": "l j F Y", "zh-hans": "Y年n月j日l"}
# Units as receipts before version 0.1 wrote them.
_OLD_UNITS = {"hours": Unit.CLOCK_HOURS, "weeks": Unit.WEEKS}
# Beyond so many days a receipt names holidays only: that Fridays are free is known by then.
_LONGEST_LIST = 60


def receipt(
    deadline: Deadline, book: Book, waits: Sequence[Wait], extensions: Sequence[Promise], due: datetime
) -> dict[str, Any]:
    """Return the arithmetic behind a due moment; plain values, so that it can be followed years later."""
    hours = book.hours(deadline.calendar_id)
    return {
        "amount": deadline.amount,
        "unit": deadline.unit,
        "zone": str(hours.zone),
        "started": _iso(deadline.started_at),
        "deemed": _iso(deadline.deemed_at),
        "skipped": _skipped(deadline, book, hours, due) if deadline.unit in arithmetic.WORKING_UNITS else [],
        "waits": [{"since": _iso(wait.since), "until": _iso(wait.until), "pause": wait.pause} for wait in waits],
        "extensions": [
            {"promise": promise.number, "amount": promise.amount, "unit": promise.unit} for promise in extensions
        ],
        "reckoned": _iso(due),
    }


def _skipped(deadline: Deadline, book: Book, hours: Hours, due: datetime) -> list[dict[str, Any]]:
    first, last = hours.day(deadline.started_at), hours.day(due)
    runs = arithmetic.skipped(hours, first, last)
    if (last - first).days > _LONGEST_LIST:
        runs = [run for run in runs if run.reason != arithmetic.REST]
    return [
        {
            "first": run.first.isoformat(),
            "last": run.last.isoformat(),
            "reason": "rest" if run.reason == arithmetic.REST else "holiday",
            "names": {} if run.reason == arithmetic.REST else book.name(int(run.reason)),
        }
        for run in runs
    ]


def sentences(deadline: Deadline) -> list[str]:
    """Say in whole sentences how the due moment came about, in the active language and by the portal's clock.

    Asks for the reasons of extensions and of moved promises, and nothing else.
    """
    promises = list(deadline.promises.select_related("reason").order_by("number"))
    told = deadline.receipt
    return [
        *_beginning(deadline),
        *_terms(deadline),
        *(_skipping(run) for run in told.get("skipped", [])),
        *(_waiting(wait) for wait in told.get("waits", [])),
        *_still_waiting(deadline),
        *(_moving(promise) for promise in promises if _was_moved(promise)),
        *_holding(deadline),
        gettext("It is due by %(moment)s.") % {"moment": moment(deadline.due_at)},
    ]


def moment(value: datetime) -> str:
    """Write weekday, day and time in the active language."""
    return formats.date_format(timezone.localtime(value), _MOMENT.get(get_language() or "", _MOMENT["en"]))


def _day(value: date) -> str:
    return formats.date_format(value, _DAY.get(get_language() or "", _DAY["en"]))


def _beginning(deadline: Deadline) -> list[str]:
    started = gettext("The time began on %(moment)s.") % {"moment": moment(deadline.started_at)}
    if deadline.deemed_at is None or deadline.deemed_at == deadline.started_at:
        return [started]
    outside = gettext("That was outside working hours, so it counts as received on %(moment)s.")
    return [started, outside % {"moment": moment(deadline.deemed_at)}]


def _terms(deadline: Deadline) -> list[str]:
    amount = deadline.amount or deadline.receipt.get("amount")
    unit = deadline.unit or _OLD_UNITS.get(deadline.receipt.get("unit", ""))
    if not amount or not unit:
        return []
    texts = {
        Unit.CLOCK_HOURS: ngettext(
            "There is %(count)s hour for it, counted around the clock.",
            "There are %(count)s hours for it, counted around the clock.",
            amount,
        ),
        Unit.WORKING_HOURS: ngettext(
            "There is %(count)s working hour for it.", "There are %(count)s working hours for it.", amount
        ),
        Unit.WORKING_DAYS: ngettext(
            "There is %(count)s working day for it, up to the end of working hours.",
            "There are %(count)s working days for it, up to the end of working hours on the last of them.",
            amount,
        ),
        Unit.WEEKS: ngettext("There is %(count)s week for it.", "There are %(count)s weeks for it.", amount),
    }
    return [texts[Unit(unit)] % {"count": amount}]


def _skipping(run: dict[str, Any]) -> str:
    first, last = parse_date(run["first"]), parse_date(run["last"])
    days = {"first": _day(first), "last": _day(last), "name": isolated(_name(run["names"]))}
    if run["reason"] == "rest":
        if first == last:
            return gettext("%(first)s does not count: it is no working day.") % days
        return gettext("%(first)s to %(last)s do not count: they are no working days.") % days
    if first == last:
        return gettext("%(first)s does not count: %(name)s.") % days
    return gettext("%(first)s to %(last)s do not count: %(name)s.") % days


def _waiting(wait: dict[str, Any]) -> str:
    times = {"since": moment(parse_datetime(wait["since"])), "until": moment(parse_datetime(wait["until"]))}
    if wait["pause"] == Pause.SOLVED:
        return gettext("From %(since)s to %(until)s it was taken to be solved, and the clock stood still.") % times
    return gettext("From %(since)s to %(until)s we waited for an answer, and the clock stood still.") % times


def _still_waiting(deadline: Deadline) -> list[str]:
    if not deadline.is_waiting:
        return []
    text = gettext("We have been waiting for an answer since %(since)s: the clock stands still until then.")
    return [text % {"since": moment(deadline.waiting_since)}]


def _was_moved(promise: Promise) -> bool:
    return promise.cause == Cause.EXTENDED or hasattr(promise, "reason")


def _moving(promise: Promise) -> str:
    reason = isolated(promise.reason.text) if hasattr(promise, "reason") else ""
    if promise.cause != Cause.EXTENDED:
        return gettext("The promise was moved to %(moment)s. The reason: %(reason)s") % {
            "moment": moment(promise.due_at),
            "reason": reason,
        }
    texts = {
        Unit.CLOCK_HOURS: ngettext(
            "It was extended by %(count)s hour. The reason: %(reason)s",
            "It was extended by %(count)s hours. The reason: %(reason)s",
            promise.amount,
        ),
        Unit.WORKING_HOURS: ngettext(
            "It was extended by %(count)s working hour. The reason: %(reason)s",
            "It was extended by %(count)s working hours. The reason: %(reason)s",
            promise.amount,
        ),
        Unit.WORKING_DAYS: ngettext(
            "It was extended by %(count)s working day. The reason: %(reason)s",
            "It was extended by %(count)s working days. The reason: %(reason)s",
            promise.amount,
        ),
        Unit.WEEKS: ngettext(
            "It was extended by %(count)s week. The reason: %(reason)s",
            "It was extended by %(count)s weeks. The reason: %(reason)s",
            promise.amount,
        ),
    }
    return texts[Unit(promise.unit)] % {"count": promise.amount, "reason": reason}


def _holding(deadline: Deadline) -> list[str]:
    reckoned = deadline.receipt.get("reckoned")
    if deadline.held_due_at is None or not reckoned or parse_datetime(reckoned) <= deadline.due_at:
        return []
    text = gettext("Reckoned anew it would be due on %(moment)s, but the earlier promise stands.")
    return [text % {"moment": moment(parse_datetime(reckoned))}]


def isolated(text: str) -> str:
    """Keep the direction of somebody's words from turning round the sentence they stand in."""
    return f"\u2068{text}\u2069"


def _name(names: dict[str, str]) -> str:
    return next((names[code] for code in language_order() if names.get(code)), "")


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
