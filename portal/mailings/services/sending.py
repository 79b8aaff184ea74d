"""Sending what is due: each copy is begun, handed over and settled by itself, so that a kill costs at most that one.

Several connections to the relay work side by side, each on claims of its own. Between two copies there is one
statement, committed by itself, which settles the first and begins the second: whoever has left in the meantime, or
whose mailing was paused, is not begun.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPException
from time import monotonic

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from portal import registry
from portal.celery import enqueue
from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.emails import NOTHING, Mould, Personal, message_id, return_path
from portal.mailings.models import Delivery, Mailing
from portal.mailings.services.control import finish
from portal.mailings.services.outcomes import Outcome, judged, settle_and_begin
from portal.mailings.services.relay import Handing
from portal.mailings.services.suppression import skip
from portal.mailings.services.throttle import Throttle

logger = logging.getLogger("sawt.mailings")

BATCH = 100
LEASE = timedelta(minutes=5)
# Longer than one copy can take, so that nobody else sends what this sender still holds.
LEASE_MARGIN = timedelta(minutes=1)
# A task ends after so long and asks for the next one: a broker gives a task again that runs for an hour.
SPELL = 60.0
# After a sender was killed another one may begin so much later: longer than a claim takes, since each renews it.
HOLD = LEASE


def send(mailing_id: int, *, spell: float = SPELL, connections: int = 0) -> int:
    """Send what is due of one mailing for so many seconds; return how many copies were handed to the relay.

    Only one sender works on a mailing at a time: a second one returns at once with 0.
    """
    if not _hold(mailing_id):
        return 0
    mailing = Mailing.objects.get(pk=mailing_id)
    run = _Run(mailing, until=monotonic() + spell)
    try:
        run.work_side_by_side(connections or settings.BULK_CONNECTIONS)
    finally:
        Mailing.objects.filter(pk=mailing_id).update(held_until=None)
    has_ended = finish(mailing)
    if not has_ended and run.sent:
        enqueue("mailings.send", mailing_id)
    return run.sent


def _hold(mailing_id: int) -> bool:
    """Keep a mailing for this sender alone; False when another one has it.

    A row, no lock of a session: behind PgBouncer sessions belong to nobody. Two senders at once would do no harm but
    to the throttle: each copy is claimed by itself.
    """
    now = timezone.now()
    free = Q(held_until=None) | Q(held_until__lte=now)
    mailing = Mailing.objects.filter(free, pk=mailing_id, state=MailingState.SENDING)
    return bool(mailing.update(held_until=now + HOLD))


class _Run:
    """One spell of sending: what its connections share."""

    def __init__(self, mailing: Mailing, *, until: float) -> None:
        self.mailing, self.until, self.sent = mailing, until, 0
        self.purpose = registry.mailings[mailing.purpose]
        self.moulds = {one.language: Mould(one) for one in mailing.editions.select_related("mailing")}
        self.throttle = Throttle(settings.BULK_PER_MINUTE, settings.BULK_PER_DOMAIN)

    def work_side_by_side(self, width: int) -> None:
        """Work on so many connections at once; one alone needs no thread."""
        if width == 1:
            self.work()
            return
        with ThreadPoolExecutor(width) as pool:
            for done in [pool.submit(self.work_and_close) for _ in range(width)]:
                done.result()

    def work_and_close(self) -> None:
        """Work in a thread, which has a connection to the database of its own."""
        try:
            self.work()
        finally:
            connection.close()

    def work(self) -> None:
        """Send claim after claim on one connection until nothing is due or time is up."""
        relay = get_connection()
        while monotonic() < self.until:
            Mailing.objects.filter(pk=self.mailing.pk).update(held_until=timezone.now() + HOLD)
            deliveries, until = _claim(self.mailing)
            if not deliveries or not self._send_all(relay, deliveries, until):
                break
        _hang_up(relay)

    def _send_all(self, relay: BaseEmailBackend, deliveries: list[Delivery], until: datetime) -> bool:
        """Send one claim; False when there is no use in going on now."""
        tokens = self.purpose.tokens(deliveries)
        personal = self.purpose.personal(deliveries) if self.purpose.personal else {}
        deliveries = _without_strangers(deliveries, tokens)
        outcome: Outcome | None = None
        for position, delivery in enumerate(deliveries):
            error = self._obstacle(relay, until)
            if error is not None:
                settle_and_begin(outcome, None)
                _give_back(self.mailing, deliveries[position:], error)
                return False
            if (wait := self.throttle.wait_for(delivery.address)) > 0:
                settle_and_begin(outcome, None)
                outcome = None
                _put_off(delivery, wait)
                continue
            handing = self._announced(relay, delivery, tokens[delivery.pk], personal.get(delivery.pk, NOTHING))
            has_begun = settle_and_begin(outcome, delivery)
            outcome = self._deliver(relay, delivery, handing) if has_begun else None
            if not has_begun:
                # The relay waits for a text that it will not get.
                _hang_up(relay)
            if not has_begun and self._was_stopped():
                _give_back(self.mailing, deliveries[position:], "")
                return False
        settle_and_begin(outcome, None)
        return True

    def _was_stopped(self) -> bool:
        return not Mailing.objects.filter(pk=self.mailing.pk, state=MailingState.SENDING).exists()

    def _obstacle(self, relay: BaseEmailBackend, until: datetime) -> str | None:
        """Open the connection where need be; return why nothing can be sent now, or None."""
        if monotonic() > self.until or timezone.now() > until - LEASE_MARGIN:
            return ""
        try:
            relay.open()
        except (OSError, SMTPException) as error:
            # The relay is away, or refuses us: no recipient is to blame, and none uses up a try.
            logger.warning("The mail relay cannot be reached: %s", error)
            return str(error) or type(error).__name__
        return None

    def _announced(
        self, relay: BaseEmailBackend, delivery: Delivery, token: str, personal: Personal
    ) -> Handing | Exception:
        """Announce a copy while the database begins it, for both take their time; an error is the copy's once it is."""
        try:
            content = self.moulds[delivery.language].fill(
                address=delivery.address,
                message_id=message_id(delivery),
                token=token,
                personal=personal,
            )
            handing = Handing(relay, content, sender=return_path(delivery), to=delivery.address)
            handing.announce()
        except (SMTPException, OSError, ValueError) as error:
            return error
        return handing

    def _deliver(self, relay: BaseEmailBackend, delivery: Delivery, handing: Handing | Exception) -> Outcome:
        try:
            if isinstance(handing, Exception):
                raise handing
            handing.finish()
        except (SMTPException, OSError, ValueError) as error:
            # What state the session is in is anybody's guess: the next copy gets a new one.
            _hang_up(relay)
            return judged(delivery, error)
        self.sent += 1
        return Outcome(delivery, DeliveryState.SENT)


def _hang_up(relay: BaseEmailBackend) -> None:
    with suppress(SMTPException, OSError):
        relay.close()


@transaction.atomic
def _claim(mailing: Mailing) -> tuple[list[Delivery], datetime]:
    """Take up to a hundred copies that are due; those whose sender was killed in flight count a doubt."""
    now = timezone.now()
    until = now + LEASE
    due = mailing.deliveries.due(now).select_for_update(skip_locked=True, no_key=True)
    # By the index alone: of a million that are due at the same moment none is sorted.
    deliveries = list(due.order_by("due_at")[:BATCH])
    Delivery.objects.filter(pk__in=[one.pk for one in deliveries]).update(
        state=DeliveryState.CLAIMED,
        claimed_until=until,
        doubts=Case(When(begun_at=None, then=F("doubts")), default=F("doubts") + 1),
        begun_at=None,
    )
    return deliveries, until


def _without_strangers(deliveries: list[Delivery], tokens: dict[int, str]) -> list[Delivery]:
    """Skip those who are no members any more, and return the others."""
    strangers = [one.pk for one in deliveries if one.pk not in tokens]
    if strangers:
        skip(Delivery.objects.filter(pk__in=strangers), Reason.LEFT)
    return [one for one in deliveries if one.pk in tokens]


def _give_back(mailing: Mailing, deliveries: list[Delivery], error: str) -> None:
    """Put claimed copies back: at once where only time ran out, in a minute where the relay was away."""
    wait = timedelta(minutes=1) if error else timedelta()
    still_ours = Q(pk__in=[one.pk for one in deliveries], state=DeliveryState.CLAIMED, begun_at=None)
    Delivery.objects.filter(still_ours).update(
        state=Case(When(attempts=0, then=Value(DeliveryState.QUEUED)), default=Value(DeliveryState.DEFERRED)),
        claimed_until=None,
        due_at=timezone.now() + wait,
    )
    Mailing.objects.filter(pk=mailing.pk).update(last_error=error[:300])


def _put_off(delivery: Delivery, seconds: float) -> None:
    """Send a copy later, since its domain has had enough for now; that is no try."""
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.CLAIMED, begun_at=None).update(
        state=Case(When(attempts=0, then=Value(DeliveryState.QUEUED)), default=Value(DeliveryState.DEFERRED)),
        claimed_until=None,
        due_at=timezone.now() + timedelta(seconds=seconds),
    )
