"""Indicators of requests, recounted from the ledgers of moves and promises.

What was spam, or joined with another, when the period ended is left out: of two that were joined one counts.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from portal.calendars.arithmetic import measure
from portal.calendars.selectors.book import Book
from portal.insight.querysets import counted, counted_by, during, median, once, share
from portal.registry import Figure, Kpi, MeasuredKpi, PartedKpi, Period, kpis
from tickets.choices import Channel, EntryKind, TicketKind, TicketState
from tickets.kpis.promises import Asked, FirstPromise, asked, first_promises
from tickets.models import Entry, Move, Rating, Ticket

HOUR = timedelta(hours=1)
DIGITAL_CHANNELS = (Channel.WEB, Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
_NOT_COUNTED = (TicketState.SPAM, TicketState.MERGED)
_MEDIAN, _NINE_IN_TEN = 0.5, 0.9


def counted_requests(period: Period, scope: Any) -> QuerySet[Ticket]:
    """Return the requests that, when the period ended, were neither spam nor joined with another."""
    last = Move.objects.filter(ticket_id=OuterRef("pk"), at__lt=period.end).order_by("-number").values("target")[:1]
    rows = Ticket.objects.filter(created_at__lt=period.end).annotate(stood=Coalesce(Subquery(last), F("state")))
    rows = rows.exclude(stood__in=_NOT_COUNTED)
    return rows if scope is None else rows.filter(organisation=scope)


def _received(period: Period, scope: Any) -> QuerySet[Ticket]:
    return counted_requests(period, scope).filter(created_at__gte=period.start)


def _moves(period: Period, *targets: TicketState) -> QuerySet[Move]:
    return Move.objects.filter(at__gte=period.start, at__lt=period.end, target__in=targets)


def with_answer(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tell of each when it was first answered: by a reply, or by being solved; a note is no answer."""
    reply = Entry.objects.filter(ticket_id=OuterRef("pk"), kind=EntryKind.REPLY).order_by("created_at")
    return _with_solution(rows).annotate(
        answered_at=Least(Subquery(reply.values("created_at")[:1]), F("first_solved_at"))
    )


def answered_in(period: Period) -> list[QuerySet]:
    """Return, by ids, the requests with a reply or a solution in the period, which an index or one scan can find."""
    replies = Entry.objects.filter(kind=EntryKind.REPLY, created_at__gte=period.start, created_at__lt=period.end)
    return [replies.values("ticket_id"), _moves(period, TicketState.SOLVED).order_by().values("ticket_id")]


def _with_solution(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    solved = Move.objects.filter(ticket_id=OuterRef("pk"), target=TicketState.SOLVED).order_by("number")
    return rows.annotate(first_solved_at=Subquery(solved.values("at")[:1]))


# Counts


def requests_received(period: Period, scope: Any) -> list[Figure]:
    """Count requests by the time they came in, by whatever channel."""
    return counted(_received(period, scope))


def _parts(column: str, codes: Collection[str]) -> Kpi:
    def received_by(period: Period, scope: Any) -> list[Figure]:
        found = counted_by(_received(period, scope), column)
        return [Figure(value=float(found.get(code, 0)), dimension=code) for code in codes]

    return received_by


def requests_solved(period: Period, scope: Any) -> list[Figure]:
    """Count requests that were solved in the period, each once however often."""
    solved = _moves(period, TicketState.SOLVED).values("ticket_id")
    return counted(counted_requests(period, scope).filter(pk__in=solved))


# Times


def first_reply_hours(period: Period, scope: Any) -> list[Figure]:
    """Median of the working hours until the first answer, over the requests first answered in the period."""
    return _hours_figure(_until_answer(period, scope), _MEDIAN)


def first_reply_hours_p90(period: Period, scope: Any) -> list[Figure]:
    """Within how many working hours nine in ten of them were answered."""
    return _hours_figure(_until_answer(period, scope), _NINE_IN_TEN)


def solution_hours(period: Period, scope: Any) -> list[Figure]:
    """Median of the working hours until the solution, over the requests first solved in the period."""
    return _hours_figure(_until_solution(period, scope), _MEDIAN)


def solution_hours_p90(period: Period, scope: Any) -> list[Figure]:
    """Within how many working hours nine in ten of them were solved."""
    return _hours_figure(_until_solution(period, scope), _NINE_IN_TEN)


def requests_waiting_hours(period: Period, scope: Any) -> list[Figure]:
    """Median, over the requests that stopped waiting for the person in the period, of the hours they so waited.

    From the moves, not from the deadlines' waits: a promise that was kept before has no clock left to stand still.
    """
    into = Move.objects.filter(ticket_id=OuterRef("ticket_id"), number=OuterRef("number") - 1).values("at")
    ended = Move.objects.filter(source=TicketState.WAITING, at__gte=period.start, at__lt=period.end)
    waited = ExpressionWrapper(F("at") - Subquery(into), output_field=DurationField())
    rows = ended.filter(ticket_id__in=counted_requests(period, scope).values("pk")).annotate(waited=waited)
    sums = rows.order_by().values("ticket_id").annotate(all=Sum("waited")).values_list("all", flat=True)
    return _hours_figure([each / HOUR for each in sums], _MEDIAN)


def _asked(period: Period, scope: Any) -> list[Asked]:
    def ask() -> list[Asked]:
        return asked(with_answer(counted_requests(period, scope)), period, beside=answered_in(period))

    return once(("requests-asked", period, scope), ask)


def _until_answer(period: Period, scope: Any) -> list[float]:
    rows = [each for each in _asked(period, scope) if each.answered_at and _lies_in(period, each.answered_at)]
    return list(_working_hours((each.calendar, each.organisation, each.created_at, each.answered_at) for each in rows))


def _until_solution(period: Period, scope: Any) -> list[float]:
    def ask() -> list[float]:
        solved = _moves(period, TicketState.SOLVED).values("ticket_id")
        rows = _with_solution(counted_requests(period, scope).filter(pk__in=solved))
        columns = ("first_reply__calendar_id", "organisation_id", "created_at", "first_solved_at")
        found = rows.values_list(*columns).iterator()
        return list(_working_hours(row for row in found if _lies_in(period, row[-1])))

    return once(("requests-solved", period, scope), ask)


def _working_hours(rows: Iterable[tuple[int | None, int, datetime, datetime]]) -> Iterator[float]:
    """Measure each by its promise's calendar; of a promise by the clock alone, by the calendar of its body."""
    book = once("book", Book)
    for calendar, body, since, until in rows:
        yield measure(book.hours(calendar or book.main_calendar(body)), since, until) / HOUR


def _lies_in(period: Period, moment: datetime) -> bool:
    return period.start <= moment < period.end


def _hours_figure(hours: list[float], part: float) -> list[Figure]:
    return median(_percentile(hours, part), len(hours))


def _percentile(values: list[float], part: float) -> float | None:
    """Return the continuous percentile, as PostgreSQL reckons it."""
    if not values:
        return None
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


# Shares and satisfaction


def first_promises_kept(period: Period, scope: Any) -> list[Figure]:
    """Share of the first promises kept, of those that fell due in the period or were answered in it."""
    found = _first_promises(period, scope)
    kept, missed = sum(each.is_kept for each in found), sum(each.is_missed for each in found)
    return share(kept, kept + missed)


def digital_requests_in_time(period: Period, scope: Any) -> list[Figure]:
    """Share answered in time and not reopened, of the requests by digital channels that fell due in the period."""
    digital = [each for each in _first_promises(period, scope) if each.fell_due and each.channel in DIGITAL_CHANNELS]
    kept = {each.ticket for each in digital if each.is_kept}
    missed = sum(each.is_missed for each in digital)
    reopened = Move.objects.filter(target=TicketState.REOPENED, at__lt=period.end).order_by().values("ticket_id")
    useful = kept.difference(reopened.filter(ticket_id__in=kept).values_list("ticket_id", flat=True))
    return share(len(useful), len(kept) + missed)


def _first_promises(period: Period, scope: Any) -> list[FirstPromise]:
    return once(("first-promises", period, scope), lambda: list(first_promises(_asked(period, scope), period)))


def requests_reopened(period: Period, scope: Any) -> list[Figure]:
    """Share that was reopened in the period, of the requests that were solved or reopened in it."""
    found = _moves(period, TicketState.SOLVED, TicketState.REOPENED)
    rows = found.filter(ticket_id__in=counted_requests(period, scope).values("pk"))
    targets = Counter(target for _ticket, target in rows.order_by().values_list("ticket_id", "target").distinct())
    return share(targets[TicketState.REOPENED], rows.order_by().values("ticket_id").distinct().count())


def requests_satisfaction(period: Period, scope: Any) -> list[Figure]:
    """Mean of what senders said of their requests in the period, 1 (very poor) to 5 (very good)."""
    said = during(Rating.objects.all(), "created_at", period, "ticket__organisation", scope)
    found = said.aggregate(mean=Avg("score"), n=Count("pk"))
    return [Figure(value=found["mean"], n=found["n"])]


def _labels(words: Collection[tuple[str, Any]]) -> Any:
    return lambda codes: {code: str(label) for code, label in words if code in codes}


def register() -> None:
    """Offer the indicators.

    Later they may rightly differ from what was taken: a request handed over counts for the body that has it now, one
    of another kind for that one, and working hours are those of the calendar as it is now.
    """
    for measured in (
        *(requests_received, requests_solved, first_reply_hours, first_reply_hours_p90, first_promises_kept),
        *(solution_hours, solution_hours_p90, requests_waiting_hours, requests_reopened, requests_satisfaction),
        digital_requests_in_time,
    ):
        kpis.register(measured.__name__, MeasuredKpi(measured, as_taken=True))
    for code, column, words, heading in (
        ("requests_by_kind", "kind", TicketKind.choices, _("Kind")),
        ("requests_by_channel", "channel", Channel.choices, _("Channel")),
        ("requests_by_language", "language", settings.LANGUAGES, _("Language")),
    ):
        measure_parts = _parts(column, [each for each, _label in words])
        entry = PartedKpi(measure_parts, as_taken=True, labels=_labels(words), of="requests_received", heading=heading)
        kpis.register(code, entry)
