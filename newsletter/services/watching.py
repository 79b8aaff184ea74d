"""Canaries: for each language a copy has to arrive in a mailbox of ours within the hour, or editors hear of it."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from newsletter.choices import Silence
from newsletter.models import CanaryAlarm, Subscription
from newsletter.services.subscribing import PURPOSE, locked
from portal.accounts.models import Person
from portal.audit.services import record
from portal.mailings.choices import ENDED_STATES
from portal.mailings.models import Delivery, Mailing
from portal.mailings.services.returned import last_read

logger = logging.getLogger("sawt.newsletter")

WITHIN = timedelta(hours=1)
# After that a copy is awaited no longer.
AWAITED = timedelta(days=2)


@transaction.atomic
def set_canary(subscription: Subscription, *, by: Person) -> Subscription:
    """Expect the copies of this reader in the mailbox of returns from now on, or no longer."""
    subscription = locked(subscription)
    subscription.is_canary = not subscription.is_canary
    subscription.save(update_fields=["is_canary"])
    record("subscription.canary_set", subscription, by=by, data={"is_canary": subscription.is_canary})
    return subscription


def watch(moment: datetime) -> int:
    """Raise an alarm for each copy that should have arrived by now, and settle those that did; return how many rose."""
    canaries = list(Subscription.objects.filter(is_canary=True).values_list("code", flat=True))
    if not canaries or not settings.BOUNCE_IMAP["host"]:
        return 0
    recent = Mailing.objects.filter(purpose=PURPOSE, started_at__gt=moment - AWAITED)
    copies = Delivery.objects.filter(mailing__in=recent, member__in=canaries).select_related("mailing", "arrival")
    return sum(_judge(copy, moment) for copy in copies.order_by("pk"))


def _judge(copy: Delivery, moment: datetime) -> bool:
    if hasattr(copy, "arrival"):
        CanaryAlarm.objects.filter(mailing=copy.mailing, language=copy.language, settled_at=None).update(
            settled_at=copy.arrival.at
        )
        return False
    due = _due(copy)
    if due is None or moment < due:
        return False
    read_at = last_read()
    reason = Silence.MAILBOX if read_at is None or read_at < due else Silence.MISSING
    return _raise(copy, reason)


def _due(copy: Delivery) -> datetime | None:
    """Return by when it has to be there; None while the mailing is still on its way to it."""
    since = copy.sent_at or (copy.mailing.finished_at if copy.mailing.state in ENDED_STATES else None)
    return since + WITHIN if since else None


@transaction.atomic
def _raise(copy: Delivery, reason: Silence) -> bool:
    _alarm, is_new = CanaryAlarm.objects.get_or_create(
        mailing=copy.mailing,
        language=copy.language,
        defaults={"reason": reason, "organisation_id": copy.mailing.organisation_id},
    )
    if is_new:
        logger.error("The copy of a canary (%s) has not arrived: %s", copy.language, reason)
        record("mailing.canary_missed", copy.mailing, by=None, data={"language": copy.language, "reason": str(reason)})
    return is_new
