"""Telling staff of promises that fall due, and ending what rests: done by ticks, each thing once.

A tick may come late, twice, or at the same time as another: alarms are rows, told under their lock.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.calendars import arithmetic
from portal.calendars.arithmetic import Hours
from portal.calendars.choices import Target, Unit
from portal.calendars.models import Deadline
from portal.calendars.selectors.book import Book
from tickets.choices import OPEN_STATES, WORK_STATES, Mover, Stage, TicketKind, TicketState
from tickets.emails import tell_closed, tell_progress, tell_staff, tell_waiting
from tickets.models import Alarm, Ticket
from tickets.selectors.staff import whom_to_tell
from tickets.services.moves import locked, move
from tickets.services.rating import ask_how_it_went

STRIDE = 100
# As many new promises as are looked through for those of open requests: more than ever belong to others.
NEW = 2000
NEAR = timedelta(hours=4)
AFTER = timedelta(hours=8)
# A promise of so few clock hours is watched around the clock; a longer one is told of while people work.
AT_ONCE_WITHIN_HOURS = 24
REMIND_AFTER = timedelta(days=7)
# How long its sender may hear nothing of a request that is being worked on.
TELL_PROGRESS_AFTER = timedelta(days=7)
CLOSE_AFTER = timedelta(days=14)
_ALWAYS = Hours(settings.TIME_ZONE, arithmetic.ALWAYS)


def alarms_for(deadline: Deadline, book: Book) -> dict[Stage, datetime]:
    """Return when staff are told of a promise.

    At once, where the level says so. At half of its working time and, where it has more, four working hours before it:
    both fall into working time before the due moment. At the breach or, outside hours, at the next opening; eight
    working hours later again.
    """
    hours = _hours(deadline, book)
    total = arithmetic.measure(hours, deadline.started_at, deadline.due_at)
    found = {Stage.ARRIVED: deadline.started_at} if _is_told_at_once(deadline, book) else {}
    if total:
        found[Stage.HALF] = arithmetic.add(hours, deadline.started_at, total / 2)
    if total > NEAR:
        found[Stage.NEAR] = arithmetic.add(hours, deadline.started_at, total - NEAR)
    found[Stage.BREACH] = arithmetic.deemed(hours, deadline.due_at + timedelta(seconds=1))
    found[Stage.AFTER] = arithmetic.add(hours, deadline.due_at, AFTER)
    return found


def set_alarms(now: datetime | None = None) -> int:
    """Reckon the alarms of promises that have none for their due moment yet; return for how many.

    What already lay in the past when a promise was given or moved is not told: it would be no reminder.
    """
    count = 0
    while found := _set_some(now or timezone.now()):
        count += found
    return count


@transaction.atomic
def _set_some(now: datetime) -> int:
    reckoned = Alarm.objects.filter(deadline=OuterRef("pk"), due_at=OuterRef("due_at"))
    ours = Deadline.objects.running().filter(level__in=TicketKind.values)
    # Two indexes tell which are new, among a hundred thousand that are not; only of those the requests are looked at.
    new = list(ours.exclude(Exists(reckoned)).order_by("pk").values_list("pk", flat=True)[:NEW])
    waiting = Q(first_reply_of__state__in=OPEN_STATES) | Q(solution_of__state__in=OPEN_STATES)
    fresh = ours.filter(waiting, pk__in=new)
    rows = list(fresh.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("pk")[:STRIDE])
    book = Book()
    alarms = [
        Alarm(deadline=row, due_at=row.due_at, stage=stage, at=at, told_at=now if _is_past(stage, at, now) else None)
        for row in rows
        for stage, at in alarms_for(row, book).items()
    ]
    Alarm.objects.bulk_create(alarms, ignore_conflicts=True)
    return len(rows)


def tell_due(now: datetime | None = None) -> int:
    """Tell staff of every alarm whose moment has come and whose promise still runs; return how many."""
    now = now or timezone.now()
    count = 0
    while found := _tell_some(now):
        count += found
    return count


@transaction.atomic
def _tell_some(now: datetime) -> int:
    due = Alarm.objects.filter(told_at=None, at__lte=now).order_by("at", "pk")
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("deadline")[:STRIDE])
    for alarm in rows:
        if _holds(alarm):
            _tell(alarm)
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in rows]).update(told_at=now)
    return len(rows)


def _holds(alarm: Alarm) -> bool:
    deadline = alarm.deadline
    still_runs = deadline.met_at is None and deadline.dropped_at is None and not deadline.is_waiting
    return still_runs and deadline.due_at == alarm.due_at


def _tell(alarm: Alarm) -> None:
    owner = Q(first_reply=alarm.deadline_id) | Q(solution=alarm.deadline_id)
    ticket = Ticket.objects.with_people().select_related("team__lead").filter(owner).first()
    if ticket is None or ticket.state not in OPEN_STATES:
        return
    for person in whom_to_tell(ticket, Stage(alarm.stage)):
        tell_staff(person, ticket, Stage(alarm.stage), due_at=alarm.due_at, key=f"ticket-alarm-{alarm.pk}-{person.pk}")


def remind_waiting(now: datetime | None = None) -> int:
    """Remind people whom we have been waiting for a week; once for each spell of waiting."""
    now = now or timezone.now()
    resting = Ticket.objects.filter(
        state=TicketState.WAITING, state_since__lte=now - REMIND_AFTER, state_since__gt=now - CLOSE_AFTER
    ).exclude(reminded_for=F("state_since"))
    return _each(resting, _remind)


def tell_how_it_stands(now: datetime | None = None) -> int:
    """Tell people how their requests stand of which they have heard nothing for a week; again after the next one."""
    silent = Ticket.objects.to_work_on().filter(told_at__lte=(now or timezone.now()) - TELL_PROGRESS_AFTER)
    return _each(silent, _tell_progress, order="told_at")


def close_resting(now: datetime | None = None) -> int:
    """Close what has been waiting for its sender, or solved without a word of doubt, for two weeks."""
    now = now or timezone.now()
    resting = Ticket.objects.filter(
        state__in=[TicketState.WAITING, TicketState.SOLVED], state_since__lte=now - CLOSE_AFTER
    )
    return _each(resting, _close)


def _each(tickets: QuerySet[Ticket], act: Callable[[Ticket], None], *, order: str = "state_since") -> int:
    """Apply an act to each request in a transaction of its own, under its lock; return how many."""
    keys = list(tickets.order_by(order, "pk").values_list("pk", flat=True)[:STRIDE])
    for pk in keys:
        with transaction.atomic():
            act(locked(Ticket(pk=pk)))
    return len(keys)


def _remind(ticket: Ticket) -> None:
    if ticket.state == TicketState.WAITING and ticket.reminded_for != ticket.state_since:
        ticket.reminded_for = ticket.state_since
        ticket.save(update_fields=["reminded_for"])
        tell_waiting(ticket)


def _tell_progress(ticket: Ticket) -> None:
    now = timezone.now()
    is_silent = ticket.told_at is not None and ticket.told_at <= now - TELL_PROGRESS_AFTER
    if ticket.state in WORK_STATES and is_silent:
        ticket.told_at = now
        ticket.save(update_fields=["told_at"])
        tell_progress(ticket, now)


def _close(ticket: Ticket) -> None:
    if ticket.state in (TicketState.WAITING, TicketState.SOLVED) and ticket.state_since <= timezone.now() - CLOSE_AFTER:
        move(ticket, TicketState.CLOSED, mover=Mover.PORTAL, by=None, at=timezone.now(), reason="resting")
        tell_closed(ticket, is_asked=ask_how_it_went(ticket))


def _hours(deadline: Deadline, book: Book) -> Hours:
    if deadline.unit == Unit.CLOCK_HOURS and (deadline.amount or 0) <= AT_ONCE_WITHIN_HOURS:
        return _ALWAYS
    return book.hours(deadline.calendar_id or book.main_calendar(deadline.organisation_id))


def _is_told_at_once(deadline: Deadline, book: Book) -> bool:
    return deadline.target == Target.REPLY and book.alerts_at_once(deadline.organisation_id, deadline.level)


def _is_past(stage: Stage, at: datetime, now: datetime) -> bool:
    return stage in (Stage.HALF, Stage.NEAR) and at < now
