"""The list of those who are never written to again, by hash."""

import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from portal.audit.services import record
from portal.mailings.choices import UNSENT_STATES, DeliveryState, Reason
from portal.mailings.models import Delivery, Suppression


def hash_of(key: str) -> str:
    """Return the hash under which a canonical address stands on the list; the database reckons the same."""
    return hashlib.sha256(key.encode()).hexdigest()


def suppress(address: str, reason: Reason) -> None:
    """Never write to this address again; what still waits for it is not sent. The first reason stays."""
    key = email_key(address)
    Suppression.objects.get_or_create(address_hash=hash_of(key), defaults={"reason": reason})
    skip(Delivery.objects.filter(email_key=key), Reason.SUPPRESSED)


def is_suppressed(address: str) -> bool:
    """Tell whether the address is on the list."""
    return Suppression.objects.filter(address_hash=hash_of(email_key(address))).exists()


def suppressed_among(addresses: Iterable[str]) -> set[str]:
    """Return those of these addresses that are on the list, in one query."""
    by_hash = {hash_of(email_key(address)): address for address in addresses}
    listed = Suppression.objects.filter(address_hash__in=by_hash).values_list("address_hash", flat=True)
    return {by_hash[found] for found in listed}


def lift(address: str) -> bool:
    """Take an address off the list, because its owner asks for it again; tell whether it was there."""
    return bool(Suppression.objects.filter(address_hash=hash_of(email_key(address))).delete()[0])


@transaction.atomic
def lift_by_staff(row: Suppression, *, by: Person, reason: str) -> None:
    """Take an address off the list by an administrator's decision, with the reason in the trail.

    The trail holds what the list held: the hash and why the address stood there.
    """
    record("suppression.lifted", row, by=by, data={"why": reason[:300], "stood_for": row.reason})
    row.delete()


def skip(deliveries: QuerySet[Delivery], reason: Reason) -> int:
    """Do not send these copies, as far as they are not sent or in flight; return how many."""
    waiting = deliveries.filter(state__in=UNSENT_STATES, begun_at=None)
    return waiting.update(state=DeliveryState.SKIPPED, reason=reason, claimed_until=None, sent_at=None)


def withdraw(purpose: str, members: list[str]) -> int:
    """Send these members nothing more of what is going out for this purpose: they left; return how many copies."""
    found = Delivery.objects.filter(mailing__purpose=purpose, member__in=members)
    return skip(found, Reason.LEFT)
