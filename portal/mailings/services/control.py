"""What staff and the clock do with a mailing as a whole."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.audit.services import record
from portal.celery import enqueue
from portal.mailings.choices import MAILING_MOVES, MailingState, Reason
from portal.mailings.models import Mailing
from portal.mailings.services.suppression import skip


class MailingRefused(Exception):
    """``reason``: ``state`` when the table of moves has no such move, ``late`` after the last moment to begin."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def locked(mailing: Mailing, *, to: MailingState) -> Mailing:
    """Return the locked row; raises ``MailingRefused("state")`` when it may not go there from where it stands."""
    mailing = Mailing.objects.select_for_update(no_key=True).get(pk=mailing.pk)
    if to not in MAILING_MOVES[MailingState(mailing.state)]:
        raise MailingRefused("state")
    return mailing


@transaction.atomic
def begin(mailing: Mailing, *, moment: datetime | None = None) -> Mailing:
    """Let a mailing go out at its time; after its last moment it waits for a person instead."""
    moment = moment or timezone.now()
    mailing = locked(mailing, to=MailingState.SENDING)
    if moment > mailing.not_after and mailing.state == MailingState.READY:
        return _move(mailing, MailingState.LATE, by=None)
    mailing.started_at = mailing.started_at or moment
    return _move(mailing, MailingState.SENDING, by=None)


@transaction.atomic
def pause(mailing: Mailing, *, by: Person) -> Mailing:
    """Send nothing more until somebody resumes it; what is in flight arrives."""
    return _move(locked(mailing, to=MailingState.PAUSED), MailingState.PAUSED, by=by)


@transaction.atomic
def resume(mailing: Mailing, *, by: Person) -> Mailing:
    """Go on with a paused mailing, or let one go out that is late: a person has decided."""
    mailing = locked(mailing, to=MailingState.SENDING)
    if mailing.state not in (MailingState.PAUSED, MailingState.LATE):
        raise MailingRefused("state")
    mailing.started_at = mailing.started_at or timezone.now()
    return _move(mailing, MailingState.SENDING, by=by)


@transaction.atomic
def cancel(mailing: Mailing, *, by: Person) -> Mailing:
    """End a mailing for good: whoever has no copy yet gets none."""
    mailing = locked(mailing, to=MailingState.CANCELLED)
    skip(mailing.deliveries.all(), Reason.CANCELLED)
    mailing.finished_at = timezone.now()
    return _move(mailing, MailingState.CANCELLED, by=by)


@transaction.atomic
def finish(mailing: Mailing) -> bool:
    """End a mailing of which nothing waits any more; tell whether it has ended."""
    mailing = Mailing.objects.select_for_update(no_key=True).get(pk=mailing.pk)
    if mailing.state != MailingState.SENDING or mailing.deliveries.unsent().exists():
        return False
    mailing.finished_at = timezone.now()
    mailing.last_error = ""
    _move(mailing, MailingState.SENT, by=None)
    return True


def tick(moment: datetime | None = None) -> int:
    """Begin what is due, and see to it that all that is on its way is being sent; return how many are."""
    moment = moment or timezone.now()
    going = list(Mailing.objects.going_out(moment).order_by("start_at", "pk"))
    for mailing in going:
        if mailing.state == MailingState.READY:
            mailing = _begun(mailing, moment)
        if mailing.state == MailingState.SENDING:
            enqueue("mailings.send", mailing.pk)
    return len(going)


def _begun(mailing: Mailing, moment: datetime) -> Mailing:
    try:
        return begin(mailing, moment=moment)
    except MailingRefused:
        # Another tick was first.
        return Mailing.objects.get(pk=mailing.pk)


def _move(mailing: Mailing, to: MailingState, *, by: Person | None) -> Mailing:
    mailing.state = to
    mailing.save(update_fields=["state", "started_at", "finished_at", "last_error"])
    record(f"mailing.{to}", mailing, by=by)
    if to == MailingState.SENDING:
        enqueue("mailings.send", mailing.pk)
    return mailing
