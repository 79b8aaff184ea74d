"""Taking in what comes from outside: kept as it came, committed, and only then made something of."""

import hashlib
import logging
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from portal.celery import enqueue
from portal.messaging import channels
from portal.messaging.choices import Way
from portal.messaging.services import hold_mailbox, let_go_of_mailbox
from tickets.choices import Channel, IncomingState, Why
from tickets.models import Incoming
from tickets.services.bodies import default_body
from tickets.services.mail_in import take_mail
from tickets.services.text_in import take_text

logger = logging.getLogger("sawt.tickets")

BATCH = 50
# After these waits something that cannot be taken is left to people.
_WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
# Raw mail that became part of nothing is kept so long.
KEPT_FOR = timedelta(days=90)


def fetch_mail() -> int:
    """Read the mailbox, unless another worker is doing so; return how many mails are new here."""
    if not hold_mailbox(Way.EMAIL):
        return 0
    new, error = 0, ""
    try:
        for arrived in channels.channel(Way.EMAIL).receive():
            new += keep(arrived.raw, channel=Channel.EMAIL, size=arrived.size, is_whole=arrived.is_whole)
            # Only now: whoever is killed before finds it again, and knows it by its bytes.
            arrived.settle()
    except channels.Away as away:
        error = str(away)
        logger.warning("The mailbox cannot be read: %s", error)
    finally:
        let_go_of_mailbox(Way.EMAIL, error=error)
    if new:
        enqueue("tickets.take_incoming")
    return new


def keep(raw: bytes, *, channel: Channel, size: int | None = None, is_whole: bool = True) -> bool:
    """Store something as it came, in a transaction of its own; False when the very same is here already."""
    sha256 = hashlib.sha256(raw).hexdigest()
    if Incoming.objects.filter(sha256=sha256).exists():
        return False
    now = timezone.now()
    row = Incoming(channel=channel, is_whole=is_whole, sha256=sha256, received_at=now, due_at=now)
    row.size = len(raw) if size is None else size
    try:
        with transaction.atomic():
            row.raw.save("raw", ContentFile(raw), save=False)
            row.save()
    except IntegrityError:
        row.raw.delete(save=False)
        return False
    return True


def take_due() -> int:
    """Make something of what came in, each in a transaction of its own; return how many were looked at."""
    due = Incoming.objects.due(timezone.now()).order_by("due_at", "pk")
    found = list(due.values_list("pk", flat=True)[:BATCH])
    for pk in found:
        _take(pk)
    if len(found) == BATCH:
        enqueue("tickets.take_incoming")
    return len(found)


def _take(pk: int) -> None:
    try:
        with transaction.atomic():
            waiting = Incoming.objects.select_for_update(no_key=True, skip_locked=True)
            row = waiting.due(timezone.now()).filter(pk=pk).first()
            if row is not None:
                take = take_mail if row.is_mail else take_text
                take(row)
                row.settled_at = None if row.to_decide else timezone.now()
                row.save()
    except DatabaseError:
        # Not the message's fault; the next tick finds it as it was.
        raise
    # One message must not keep the others back, whatever is wrong with it.
    except Exception as error:
        logger.exception("Something that came in could not be taken: %s", type(error).__name__)
        _put_off(pk)


@transaction.atomic
def _put_off(pk: int) -> None:
    row = Incoming.objects.select_for_update(no_key=True).get(pk=pk)
    row.tries += 1
    if row.tries > len(_WAITS):
        row.state, row.why, row.organisation = IncomingState.FAILED, Why.BROKEN, default_body()
    else:
        row.due_at = timezone.now() + _WAITS[row.tries - 1]
    row.save()


def purge_incoming() -> int:
    """Delete what became part of nothing 90 days ago: automatic mail, and what staff discarded."""
    over = timezone.now() - KEPT_FOR
    nothing = Incoming.objects.filter(state__in=[IncomingState.IGNORED, IncomingState.DISCARDED], entry=None)
    old = list(nothing.filter(received_at__lt=over).order_by("pk")[:1000])
    for row in old:
        forget_raw(row)
        row.delete()
    return len(old)


def forget_raw(row: Incoming) -> None:
    """Delete the raw bytes once the transaction is committed; the row is the caller's to save or delete."""
    if row.raw:
        transaction.on_commit(lambda name=row.raw.name, storage=row.raw.storage: storage.delete(name))
