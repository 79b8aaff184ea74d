"""Erasing what is held about guests: when they ask for it, and when nothing has happened for long."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal import registry
from portal.accounts.models import Contact
from portal.audit.services import record

BATCH = 200
# As months go in a rule for keeping: nobody is erased some days early.
_MONTH = timedelta(days=31)


@transaction.atomic
def erase_guest(contact: Contact, *, reason: str) -> bool:
    """Erase a guest for good: every app empties what it holds and lets go of the row, which is deleted.

    Unlike people guests leave no tombstone: no ledger names them. False when somebody else was first.
    """
    found = Contact.objects.select_for_update().filter(pk=contact.pk).first()
    if found is None:
        return False
    for entry in registry.guest_data.values():
        entry.erase(found)
    record("guest.erased", found, by=None, data={"reason": reason})
    found.delete()
    return True


def erase_old_guests() -> int:
    """Erase guests with whom nothing is open and nothing happened for the time that is set; return how many."""
    if settings.GUEST_DATA_MONTHS <= 0:
        return 0
    before = timezone.now() - settings.GUEST_DATA_MONTHS * _MONTH
    old = Contact.objects.filter(created_at__lt=before)
    for entry in registry.guest_data.values():
        old = entry.without_recent(old, before)
    contacts = list(old.order_by("pk")[:BATCH])
    count = sum(erase_guest(contact, reason="retention") for contact in contacts)
    return count + sum(entry.erase_old(before) for entry in registry.guest_data.values() if entry.erase_old)
