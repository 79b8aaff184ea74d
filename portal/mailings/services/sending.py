"""Sending what is due: each copy is begun, handed over and settled by itself, so that a kill costs at most that one.

Several connections to the relay work side by side, each on claims of its own. Between two copies there is one
statement, committed by itself, which settles the first and begins the second: whoever has left in the meantime, or
whose mailing was paused, is not begun.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter
from smtplib import SMTPException
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.db.models import Case, Q, Value, When
from django.db.utils import Error
from django.utils import timezone

from portal import registry
from portal.celery import enqueue
from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.emails import NOTHING, Mould, marks_of
from portal.mailings.models import Delivery, Mailing
from portal.mailings.services.control import finish
from portal.mailings.services.outcomes import MAX_DOUBTS, Outcome, judged, settle_and_begin
from portal.mailings.services.relay import Handing, Relay
from portal.mailings.services.suppression import skip
from portal.mailings.services.throttle import Throttle

logger = logging.getLogger("sawt.mailings")

BATCH = 100
LEASE = timedelta(minutes=5)
# Longer than one copy can take, so that nobody else sends what this sender still holds.
LEASE_MARGIN = timedelta(minutes=1)
# A relay that is away is asked again after so long.
AWAY = timedelta(minutes=1)
# So often a database that went away is asked whether it is back.
RETRY = 1.0
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
            self.sent = self.work()
            return
        with ThreadPoolExecutor(width) as pool:
            self.sent = sum(done.result() for done in [pool.submit(self.work_and_close) for _ in range(width)])

    def work_and_close(self) -> int:
        """Work in a thread, which has a connection to the database of its own."""
        try:
            return self.work()
        finally:
            connection.close()

    def work(self) -> int:
        """Send claim after claim on one connection until nothing is due or time is up; return how many were sent."""
        relay, sent = Relay(get_connection()), 0
        try:
            while monotonic() < self.until:
                Mailing.objects.filter(pk=self.mailing.pk).update(held_until=timezone.now() + HOLD)
                deliveries, until = _claim(self.mailing)
                if not deliveries:
                    break
                claim = _Claim(self, relay, deliveries, until)
                is_whole = claim.send()
                sent += claim.sent
                if not is_whole:
                    break
        finally:
            # Also where the database is away: no relay is left waiting for a text.
            relay.hang_up()
        return sent


class _Claim:
    """The copies that one connection took, each made ready while the relay takes the one before."""

    def __init__(self, run: _Run, relay: Relay, deliveries: list[Delivery], until: datetime) -> None:
        self.run, self.relay, self.until, self.sent = run, relay, until, 0
        self.tokens = run.purpose.tokens(deliveries)
        self.personal = run.purpose.personal(deliveries) if run.purpose.personal else {}
        self.deliveries = _without_strangers(deliveries, self.tokens)
        self._ready: dict[int, Handing | Exception] = {}

    def send(self) -> bool:
        """Send them one after the other; False when there is no use in going on now."""
        outcome: Outcome | None = None
        with connection.cursor() as cursor:
            for position, delivery in enumerate(self.deliveries):
                error = self._obstacle()
                if error is not None:
                    self._step(outcome, position, cursor, begins=False)
                    wait = AWAY if error else timedelta()
                    _give_back(self.run.mailing, self.deliveries[position:], error, wait=wait)
                    return False
                if (seconds := self.run.throttle.wait_for(delivery.address)) > 0:
                    self._step(outcome, position, cursor, begins=False)
                    outcome = None
                    _put_off(delivery, seconds)
                    continue
                handing = self._announced(position)
                has_begun = self._step(outcome, position, cursor)
                outcome = self._deliver(position, handing) if has_begun else None
                if not has_begun:
                    self.relay.hang_up()
                    if self._was_stopped():
                        _give_back(self.run.mailing, self.deliveries[position:], "")
                        return False
            self._step(outcome, len(self.deliveries), cursor, begins=False)
        return True

    def _step(self, outcome: Outcome | None, position: int, cursor: Any, *, begins: bool = True) -> bool:
        """Settle one copy and begin the one at this position; tell whether it is begun.

        Raises ``Error`` when the database cannot do that, once all that is known is written after all.
        """
        try:
            return settle_and_begin(outcome, self.deliveries[position] if begins else None, cursor=cursor)
        except Error as error:
            self.relay.hang_up()
            if not connection.in_atomic_block:
                self._write_late(outcome, position, error)
            raise

    def _write_late(self, outcome: Outcome | None, position: int, error: Error) -> None:
        """Write down how a copy ended as soon as the database takes it, while nobody else may send it again."""
        logger.warning("The database does not take what became of a copy: %s", error)
        while timezone.now() < self.until - LEASE_MARGIN:
            sleep(RETRY)
            connection.close()
            with suppress(Error):
                settle_and_begin(outcome, None)
                left = self.deliveries[position:]
                # Begun, perhaps, when the answer was lost; but its text was never given.
                Delivery.objects.filter(pk__in=[one.pk for one in left[:1]], state=DeliveryState.CLAIMED).update(
                    begun_at=None
                )
                _give_back(self.run.mailing, left, str(error))
                return

    def _was_stopped(self) -> bool:
        return not Mailing.objects.filter(pk=self.run.mailing.pk, state=MailingState.SENDING).exists()

    def _obstacle(self) -> str | None:
        """Open the connection where need be; return why nothing can be sent now, or None."""
        if monotonic() > self.run.until or timezone.now() > self.until - LEASE_MARGIN:
            return ""
        try:
            self.relay.open()
        except (OSError, SMTPException) as error:
            # The relay is away, or refuses us: no recipient is to blame, and none uses up a try.
            logger.warning("The mail relay cannot be reached: %s", error)
            self.relay.hang_up()
            return str(error) or type(error).__name__
        return None

    def _announced(self, position: int) -> Handing | Exception:
        """Announce a copy while the database begins it, for both take their time; an error is the copy's once it is."""
        handing = self._made(position)
        if isinstance(handing, Exception):
            return handing
        try:
            self.relay.announce(handing)
        except (SMTPException, OSError) as error:
            return error
        return handing

    def _deliver(self, position: int, handing: Handing | Exception) -> Outcome:
        delivery = self.deliveries[position]
        self._ready.pop(position, None)
        try:
            if isinstance(handing, Exception):
                raise handing
            self.relay.give(handing, following=self._following(position))
            # While the relay takes the text there is time.
            self._make_ready(position + 2)
            self.relay.answer()
        except (SMTPException, OSError, ValueError) as error:
            # What state the session is in is anybody's guess: the next copy gets a new one.
            self.relay.hang_up()
            return judged(delivery, error)
        self.sent += 1
        return Outcome(delivery, DeliveryState.SENT)

    def _following(self, position: int) -> Handing | None:
        """Return what may be announced with the text of this one: nothing where it may have to wait for its minute."""
        if self.run.throttle.is_bounded or position + 1 == len(self.deliveries):
            return None
        handing = self._made(position + 1)
        return None if isinstance(handing, Exception) else handing

    def _make_ready(self, position: int) -> None:
        if position < len(self.deliveries):
            self._made(position)

    def _made(self, position: int) -> Handing | Exception:
        """Return a finished message, made once; for an address that cannot be written, the error."""
        if position not in self._ready:
            self._ready[position] = self._make(self.deliveries[position])
        return self._ready[position]

    def _make(self, delivery: Delivery) -> Handing | Exception:
        message_id, return_path = marks_of(delivery)
        try:
            content = self.run.moulds[delivery.language].fill(
                address=delivery.address,
                message_id=message_id,
                token=self.tokens[delivery.pk],
                personal=self.personal.get(delivery.pk, NOTHING),
            )
            return Handing.of(content, sender=return_path, to=delivery.address)
        except ValueError as error:
            return error


def _claim(mailing: Mailing) -> tuple[list[Delivery], datetime]:
    """Take up to a hundred copies that are due; those whose sender was killed in flight count a doubt."""
    now = timezone.now()
    until = now + LEASE
    # By the index alone: of a million that are due at the same moment none is sorted.
    due = mailing.deliveries.due(now).order_by("due_at").values("pk")[:BATCH]
    rows, parameters = due.query.sql_with_params()
    found = sorted(Delivery.objects.raw(_CLAIM.format(due=rows), [*parameters, until]), key=attrgetter("pk"))
    return _without_doubtful(found), until


# One statement, with what a copy needs to be sent; each of these columns is read, and no other.
_CLAIM = """
WITH due (id) AS ({due} FOR NO KEY UPDATE SKIP LOCKED)
UPDATE mailings_delivery AS one
   SET state = 'claimed', claimed_until = %s, begun_at = NULL,
       doubts = one.doubts + CASE WHEN one.begun_at IS NULL THEN 0 ELSE 1 END
  FROM due
 WHERE one.id = due.id
RETURNING one.id, one.mailing_id, one.person_id, one.contact_id, one.member, one.address, one.language, one.attempts,
          one.doubts
"""


def _without_doubtful(deliveries: list[Delivery]) -> list[Delivery]:
    """Skip those whose readers may have two copies already, and return the others.

    While records cannot be written, as on a full disk, the same ones would be sent again and again.
    """
    doubtful = [one.pk for one in deliveries if one.doubts >= MAX_DOUBTS]
    if doubtful:
        skip(Delivery.objects.filter(pk__in=doubtful), Reason.DOUBT)
    return [one for one in deliveries if one.doubts < MAX_DOUBTS]


def _without_strangers(deliveries: list[Delivery], tokens: dict[int, str]) -> list[Delivery]:
    """Skip those who are no members any more, and return the others."""
    strangers = [one.pk for one in deliveries if one.pk not in tokens]
    if strangers:
        skip(Delivery.objects.filter(pk__in=strangers), Reason.LEFT)
    return [one for one in deliveries if one.pk in tokens]


def _give_back(mailing: Mailing, deliveries: list[Delivery], error: str, *, wait: timedelta = timedelta()) -> None:
    """Put claimed copies back to be sent at once, or after a while; note the error, or that there is none."""
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
