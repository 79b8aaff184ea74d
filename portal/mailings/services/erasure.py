"""What is kept of a person in mailings."""

from typing import Any

from portal.accounts.models import Person
from portal.mailings.choices import Reason
from portal.mailings.models import Delivery
from portal.mailings.services.suppression import hash_of, skip


def export_deliveries(person: Person) -> list[dict[str, Any]]:
    """Return what was sent to a person, the last first."""
    found = Delivery.objects.filter(person=person).select_related("mailing").order_by("-pk")
    return [
        {"mailing": one.mailing.title, "state": one.state, "sent_at": one.sent_at, "address": one.address}
        for one in found
    ]


def erase_deliveries(person: Person) -> None:
    """Send nothing more to a person, and keep of the address only its hash; the record of what was sent stays."""
    for key in set(Delivery.objects.filter(person=person).values_list("email_key", flat=True)):
        forget(key)


def forget(key: str) -> None:
    """Send nothing more to a canonical address, and keep only its hash."""
    found = Delivery.objects.filter(email_key=key)
    skip(found, Reason.LEFT)
    found.update(address="", email_key=hash_of(key))
