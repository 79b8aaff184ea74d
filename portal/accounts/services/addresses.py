"""A new e-mail address: confirmed by the new mailbox, approved by the old one, and until both have spoken nothing."""

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.emails import tell
from portal.accounts.models import AddressChange, Person
from portal.accounts.querysets import email_key
from portal.accounts.services import open_sessions
from portal.audit import services as audit

DAYS_VALID = 3


class AddressTaken(Exception):
    """The mailbox has another account by now."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _oldest():
    return timezone.now() - timedelta(days=DAYS_VALID)


def _locked(person: Person) -> Person:
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


@transaction.atomic
def ask(person: Person, *, address: str) -> AddressChange:
    """Ask both mailboxes whether this address may become the person's; an earlier wish of theirs falls.

    All is done alike whether the address has an account or not, only that then no link goes there: whoever owns that
    account is told instead.
    """
    person = _locked(person)
    AddressChange.objects.filter(person=person).delete()
    new, old = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    change = AddressChange.objects.create(person=person, address=address, new_hash=_hash(new), old_hash=_hash(old))
    audit.record("person.address_change_asked", person, by=person)
    tell(person, "address_change_old", token=old, new_address=address)
    owner = Person.objects.filter(email_key=email_key(address)).exclude(pk=person.pk).first()
    if owner is None:
        tell(person, "address_change_new", address=address, token=new)
    else:
        tell(owner, "address_change_taken")
    return change


def waiting_for(person: Person) -> AddressChange | None:
    """Return the change that waits for a mailbox."""
    return AddressChange.objects.filter(person=person, asked_at__gt=_oldest()).first()


def by_new_link(token: str) -> AddressChange | None:
    """Return the change to which the link in the new mailbox belongs; None once that has been followed."""
    return _valid().filter(new_hash=_hash(token), confirmed_at=None).first()


def by_old_link(token: str) -> AddressChange | None:
    """Return the change to which the link in the old mailbox belongs, as long as it waits: it can still be stopped."""
    return _valid().filter(old_hash=_hash(token)).first()


def _valid():
    return AddressChange.objects.filter(asked_at__gt=_oldest(), person__is_active=True).select_related("person")


@transaction.atomic
def confirm(change: AddressChange) -> bool:
    """The new mailbox says yes. True once the address has changed; raises ``AddressTaken`` when it no longer can."""
    return _say(change, "confirmed_at")


@transaction.atomic
def approve(change: AddressChange) -> bool:
    """The old mailbox says yes. True once the address has changed; raises ``AddressTaken`` when it no longer can."""
    return _say(change, "approved_at")


def _say(change: AddressChange, which: str) -> bool:
    person = _locked(change.person)
    change = AddressChange.objects.filter(pk=change.pk).first()
    if change is None:
        # Stopped, or made, while the page was open.
        return False
    setattr(change, which, timezone.now())
    change.save(update_fields=[which])
    if not (change.confirmed_at and change.approved_at):
        return False
    _make(person, change.address)
    change.delete()
    return True


def _make(person: Person, address: str) -> None:
    old = person.email
    person.email = address
    try:
        with transaction.atomic():
            person.save(update_fields=["email"])
            EmailAddress.objects.filter(user=person).delete()
            EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)
    except IntegrityError:
        raise AddressTaken from None
    audit.record("person.address_changed", person, by=person)
    for place in (old, address):
        tell(person, "address_changed", address=place)


@transaction.atomic
def withdraw(person: Person) -> bool:
    """The person no longer wishes it; False where nothing waited."""
    return _stop(_locked(person), why="withdrawn")


@transaction.atomic
def stop(change: AddressChange) -> None:
    """The old mailbox says that it was somebody else: the wish falls, and every session with it."""
    person = _locked(change.person)
    if _stop(person, why="stopped"):
        open_sessions.end_all(person, why="address_change_stopped", by=person)


def _stop(person: Person, *, why: str) -> bool:
    deleted, _details = AddressChange.objects.filter(person=person).delete()
    if deleted:
        audit.record("person.address_change_stopped", person, by=person, data={"why": why})
    return bool(deleted)


def forget_old() -> None:
    """Remove changes whose links no longer work."""
    AddressChange.objects.filter(asked_at__lte=_oldest()).delete()
