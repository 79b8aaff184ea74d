"""Promises: additions a second, and how long a hundred thousand take to be reckoned anew after a holiday."""

import random
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from django.utils import timezone

from portal.accounts.models import Organisation
from portal.calendars import arithmetic
from portal.calendars.choices import Cause
from portal.calendars.models import Deadline, Holiday
from portal.calendars.selectors.book import Book
from portal.calendars.services import begin_recount, continue_recount, record_breaches, save_holiday, scope_of
from tickets.choices import OPEN_STATES
from tickets.models import Ticket
from tickets.services import reminders

ADDITIONS = 10_000
ROUNDS = 5
WANTED = 100_000


def additions_a_second() -> tuple[float, dict[str, float]]:
    """Return how many of the slowest kind are done in a second of this processor, and of each kind.

    By the calendar of the largest body with its holidays and Ramadan, from moments of two years.
    """
    body = Organisation.objects.get(code="municipal")
    book = Book()
    hours = book.hours(book.main_calendar(body.pk))
    source = random.Random(3)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [since + timedelta(seconds=source.randrange(2 * 365 * 86400)) for _number in range(ADDITIONS)]
    spans = [timedelta(minutes=source.randrange(30, 80 * 60)) for _number in range(ADDITIONS)]
    kinds = {
        "working time": lambda: [arithmetic.add(hours, *each) for each in zip(moments, spans, strict=True)],
        "2 working days": lambda: [arithmetic.due((2, "working_days"), hours, each) for each in moments],
        "10 working days": lambda: [arithmetic.due((10, "working_days"), hours, each) for each in moments],
        "24 working hours": lambda: [arithmetic.due((24, "working_hours"), hours, each) for each in moments],
    }
    found = {name: median(_rate(act) for _round in range(ROUNDS)) for name, act in kinds.items()}
    return min(found.values()), found


def _rate(act) -> float:
    began = time.process_time()
    act()
    return ADDITIONS / (time.process_time() - began)


def recount_after_holiday() -> tuple[float, dict[str, int]]:
    """Return the seconds that a holiday's reckoning takes for a hundred thousand open requests, and what it did.

    The promises stand, as no reason is given to move them. It tells how far it is, as the admin's page does.
    """
    day = timezone.localdate() + timedelta(days=1)
    holiday = Holiday(country="SA", name_ar="عطلة", name_en="A day off", first_day=day, last_day=day)
    scope = scope_of(save_holiday(holiday, by=None))
    touched = Deadline.objects.in_scope(scope)
    requests = Ticket.objects.filter(state__in=OPEN_STATES)
    owners = set(requests.filter(first_reply__in=touched).values_list("pk", flat=True))
    owners |= set(requests.filter(solution__in=touched).values_list("pk", flat=True))
    if len(owners) < WANTED:
        raise RuntimeError(f"The city has {len(owners):,} open requests that a holiday touches: too few.")
    recount = begin_recount(scope, cause=Cause.CALENDAR, subject="A day off", by=None)
    assert recount is not None
    began, shown = time.perf_counter(), 0
    while continue_recount(recount.pk):
        recount.refresh_from_db()
        if recount.percent >= shown + 20:
            shown = recount.percent
            print(f"reckoned anew: {shown}% of {recount.total:,} promises")
    seconds = time.perf_counter() - began
    recount.refresh_from_db()
    assert recount.finished_at is not None
    return seconds, {"requests": len(owners), "promises": recount.done}


def quiet_tick() -> float:
    """Return the seconds of a tick that finds nothing to do, with all these requests open."""
    acts = (
        *(record_breaches, reminders.set_alarms, reminders.tell_due, reminders.remind_waiting),
        *(reminders.tell_how_it_stands, reminders.close_resting),
    )
    for act in acts:
        while act():
            pass
    began = time.perf_counter()
    for act in acts:
        act()
    return time.perf_counter() - began
