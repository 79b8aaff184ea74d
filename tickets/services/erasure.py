"""Emptying what somebody wrote in requests: when they ask to be erased, and when guests are of long ago."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.models import Contact, Person
from portal.files.models import StoredFile
from portal.files.services import forget
from tickets.choices import OPEN_STATES, TO_DECIDE, EntryKind, IncomingState, Mover, TicketState
from tickets.emails import ask_to_erase
from tickets.models import Draft, Entry, Incoming, Rating, ReplyDraft, Ticket
from tickets.services.incoming import forget_raw
from tickets.services.moves import locked, move

# In seconds: how long the link in the mail can be used.
CONFIRM_WITHIN = 24 * 3600
_BATCH = 200
_signer = TimestampSigner(salt="tickets.erase")


@transaction.atomic
def erase_requests_of(person: Person) -> None:
    """Empty a person's words, names and numbers; kinds, states and times stay, so that figures do not change.

    Replies of the body stay: they are the record of an official act. The links of the requests open nothing more, and
    what was still open is closed in the name of who asked: nothing is left that could be answered.
    """
    _empty(Ticket.objects.filter(person=person), by=person)
    _empty_incoming(Incoming.objects.filter(sender_key=person.email_key))


@transaction.atomic
def erase_requests_of_guest(contact: Contact) -> None:
    """Do the same for a guest, who is let go of; drafts that name the address go as well."""
    mine = Ticket.objects.filter(contact=contact)
    _empty(mine, by=None)
    mine.update(contact=None)
    _empty_incoming(Incoming.objects.filter(sender_key=contact.email_key))
    for draft in Draft.objects.filter(data__email__iexact=contact.email):
        files = list(draft.files.all())
        draft.delete()
        _forget(files)


def guests_without_recent(contacts: QuerySet[Contact], before: datetime) -> QuerySet[Contact]:
    """Return the guests without a request that is open or in which something happened since."""
    contacts = contacts.exclude(pk__in=_guests(Ticket.objects.filter(last_activity_at__gte=before)))
    return contacts.exclude(pk__in=_guests(Ticket.objects.filter(state__in=OPEN_STATES)))


@transaction.atomic
def erase_old_callers(before: datetime) -> int:
    """Empty requests of who left no address (callers, visitors) in which nothing happened since; return how many."""
    ended = Ticket.objects.filter(person=None, contact=None, last_activity_at__lt=before).exclude(state__in=OPEN_STATES)
    keys = list(ended.exclude(subject="").order_by("pk").values_list("pk", flat=True)[:_BATCH])
    _empty(Ticket.objects.filter(pk__in=keys), by=None)
    return len(keys)


def ask_guest_to_confirm(ticket: Ticket) -> bool:
    """Send the guest of a request the link by which all that is held about them is erased; False without an address.

    Once an hour at most: whoever has the link of a request cannot flood a mailbox.
    """
    contact = ticket.contact
    if contact is None:
        return False
    key = f"ticket-erase-{contact.pk}-{timezone.now():%Y%m%d%H}"
    ask_to_erase(contact, language=ticket.language, signed=_signer.sign(contact.code), key=key)
    return True


def guest_to_erase(signed: str) -> Contact | None:
    """Return the guest whom such a link names; None when it is not ours, too old, or was used."""
    try:
        code = _signer.unsign(signed, max_age=CONFIRM_WITHIN)
    except BadSignature:
        return None
    return Contact.objects.filter(code=code).first()


def _guests(tickets: QuerySet[Ticket]) -> Any:
    return tickets.filter(contact__isnull=False).values("contact")


def _empty(tickets: QuerySet[Ticket], *, by: Person | None) -> None:
    keys = list(tickets.values_list("pk", flat=True))
    for pk in tickets.filter(state__in=OPEN_STATES).order_by("pk").values_list("pk", flat=True):
        _close(pk, by=by)
    words = Entry.objects.filter(ticket__in=keys, kind=EntryKind.MESSAGE)
    files = list(StoredFile.objects.filter(pk__in=words.values("files")))
    for entry in words.filter(files__isnull=False).distinct():
        entry.files.clear()
    _forget(files)
    words.update(text="", once=None)
    Rating.objects.filter(ticket__in=keys).update(text="")
    ReplyDraft.objects.filter(ticket__in=keys).delete()
    _empty_incoming(Incoming.objects.filter(ticket__in=keys))
    Ticket.objects.filter(pk__in=keys).update(subject="", sender_name="", phone="", secret_hash=None, once=None)


def _empty_incoming(rows: QuerySet[Incoming]) -> None:
    """Delete mail and messages as they came, and notes that were made of them; what waited for staff waits no more."""
    keys = list(rows.values_list("pk", flat=True))
    Entry.objects.filter(incoming__in=keys, kind=EntryKind.NOTE).update(text="")
    for row in Incoming.objects.filter(pk__in=keys).exclude(raw=""):
        forget_raw(row)
    emptied = Incoming.objects.filter(pk__in=keys)
    emptied.filter(state__in=[*TO_DECIDE, IncomingState.NEW]).update(state=IncomingState.DISCARDED)
    emptied.update(raw="", sender="", sender_key="", subject="", message_id="")


def _close(pk: int, *, by: Person | None) -> None:
    ticket = locked(Ticket(pk=pk))
    move(ticket, TicketState.CLOSED, mover=Mover.PERSON, by=by, at=timezone.now(), reason="erased")


def _forget(files: Iterable[StoredFile]) -> None:
    """Delete files that no other contribution names, a reply that hands one on for example."""
    for stored in files:
        if not Entry.objects.filter(files=stored).exists():
            forget(stored)
