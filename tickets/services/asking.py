"""What the sender of a request does: open it, add to it, close it, take it up again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Contact, Organisation, Person
from portal.accounts.querysets import email_key
from portal.celery import enqueue
from portal.files.models import StoredFile
from portal.pages.models import Service
from portal.text import clean_line, clean_text, is_blank, new_code
from tickets.choices import Channel, EntryKind, Mover, TicketKind, TicketState
from tickets.emails import tell_receipt, tell_staff_of_message
from tickets.models import SUBJECT_LENGTH, Entry, Ticket
from tickets.rules import may_reopen, may_write, new_reference
from tickets.selectors.links import hash_of, token_of
from tickets.services import clock
from tickets.services.moves import TicketRefused, locked, move, write_move
from tickets.services.rating import ask_how_it_went

TEXT_LENGTH = 10_000
MAX_FILES = 5
# In bytes.
MAX_FILE = 10_000_000
_ATTEMPTS = 5


@dataclass(frozen=True)
class Sender:
    """Who asks: somebody with an account, or a guest with a name and an address or a phone number.

    The address of a guest proves nothing: it never joins the request to an account.
    """

    person: Person | None = None
    email: str = ""
    name: str = ""
    phone: str = ""
    speaks_for: Organisation | None = None


@dataclass(frozen=True)
class Asked:
    """What is asked: ``service`` decides the body where it is given."""

    kind: TicketKind
    subject: str
    text: str
    language: str
    organisation: Organisation
    service: Service | None = None
    channel: Channel = Channel.WEB
    reply_by: Channel = Channel.EMAIL
    files: Sequence[StoredFile] = field(default_factory=list)
    # Whether its sender is told that it arrived, and the Message-ID of the mail in which it did.
    acknowledge: bool = True
    answers: str = ""
    # One sending of one form: a second with the same word gives the receipt of the first.
    once: str = ""
    # It was written elsewhere on the portal, and staff passed it on: the receipt says so.
    passed_on: bool = False


@dataclass(frozen=True)
class Receipt:
    """The request, its link's token (empty when it was here already), and whether it is new."""

    ticket: Ticket
    token: str
    is_new: bool


def open_ticket(asked: Asked, sender: Sender, *, by: Person | None = None) -> Receipt:
    """Take a request: from this moment its promises run, and its sender is told so.

    ``by`` is the member of staff who writes down a call or a visit; without one the sender wrote it. Raises
    ``TicketRefused`` with ``subject``, ``blank``, ``long``, ``files`` or ``sender``.
    """
    try:
        return _open(asked, sender, by=by)
    except IntegrityError:
        # Another press of the same button was quicker by less than a moment.
        earlier = Ticket.objects.filter(once=asked.once).first() if asked.once else None
        if earlier is None:
            raise
        return Receipt(earlier, "", is_new=False)


@transaction.atomic
def _open(asked: Asked, sender: Sender, *, by: Person | None) -> Receipt:
    subject, text = clean_subject(asked.subject), clean_words(asked.text)
    if len(asked.files) > MAX_FILES:
        raise TicketRefused("files")
    if sender.person is None and not sender.email and not sender.phone:
        raise TicketRefused("sender")
    if asked.once:
        earlier = Ticket.objects.filter(once=asked.once).first()
        if earlier is not None:
            return Receipt(earlier, "", is_new=False)
    now = timezone.now()
    organisation = asked.service.organisation if asked.service else asked.organisation
    first_reply, solution = clock.promises(asked.kind, organisation, at=now)
    ticket = _create(
        kind=asked.kind,
        channel=asked.channel,
        reply_by=asked.reply_by,
        language=asked.language,
        subject=subject,
        organisation=organisation,
        service=asked.service,
        first_reply=first_reply,
        solution=solution,
        next_due_at=min(each.due_at for each in (first_reply, solution) if each is not None),
        created_at=now,
        told_at=now,
        last_activity_at=now,
        once=asked.once or None,
        **_sender(sender, asked.language),
    )
    token = token_of(ticket)
    write_move(ticket, "", mover=Mover.STAFF if by else Mover.PERSON, by=by or sender.person, at=now)
    entry = _write(ticket, text, author=sender.person, channel=asked.channel, language=asked.language)
    entry.files.set(asked.files)
    if asked.acknowledge:
        tell_receipt(ticket, token, answers=asked.answers, passed_on=asked.passed_on)
    # Urgent ones are told of at once; the tick does the same should nobody hear this.
    enqueue("tickets.remind")
    return Receipt(ticket, token, is_new=True)


@transaction.atomic
def add_message(
    ticket: Ticket,
    text: str,
    *,
    person: Person | None,
    language: str = "",
    channel: Channel = Channel.WEB,
    files: Sequence[StoredFile] = (),
    once: str = "",
) -> Entry:
    """Add what the sender writes; whoever waited for it goes on, and a request that had ended is taken up again.

    The same ``once`` again changes nothing and returns the first. Raises ``TicketRefused`` with ``over`` once thirty
    days have passed since it ended, and with ``blank``, ``long`` or ``files``.
    """
    words = clean_words(text)
    if len(files) > MAX_FILES:
        raise TicketRefused("files")
    ticket = _followed(locked(ticket))
    if once and (earlier := ticket.entries.filter(once=once).first()):
        return earlier
    now = timezone.now()
    if not may_write(ticket, now):
        raise TicketRefused("over")
    entry = _write(ticket, words, author=person, channel=channel, language=language or ticket.language, once=once)
    entry.files.set(files)
    if may_reopen(ticket, now):
        move(ticket, TicketState.REOPENED, mover=Mover.PERSON, by=person, at=now)
    elif ticket.state == TicketState.WAITING:
        move(ticket, TicketState.OPEN, mover=Mover.PERSON, by=person, at=now)
    _touch(ticket, now)
    tell_staff_of_message(ticket, entry)
    return entry


@transaction.atomic
def close_by_sender(ticket: Ticket, *, person: Person | None) -> Ticket:
    """Close one's own request: nothing more is expected. Closing twice changes nothing."""
    ticket = locked(ticket)
    now = timezone.now()
    if move(ticket, TicketState.CLOSED, mover=Mover.PERSON, by=person, at=now):
        ask_how_it_went(ticket)
    _touch(ticket, now)
    return ticket


def clean_subject(subject: str) -> str:
    """Return the subject as it is stored; raises ``TicketRefused("subject")``."""
    cleaned = clean_line(subject)
    if is_blank(cleaned) or len(cleaned) > SUBJECT_LENGTH:
        raise TicketRefused("subject")
    return cleaned


def clean_words(text: str) -> str:
    """Return a text as it is stored; raises ``TicketRefused`` with ``blank`` or ``long``."""
    cleaned = clean_text(text)
    if is_blank(cleaned):
        raise TicketRefused("blank")
    if len(cleaned) > TEXT_LENGTH:
        raise TicketRefused("long")
    return cleaned


def _create(**values: Any) -> Ticket:
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                ticket = Ticket(reference=new_reference(), **values)
                # Its link in the same statement: each index of the table is written to once.
                ticket.secret_salt = new_code(16)
                ticket.secret_hash = hash_of(token_of(ticket))
                ticket.save(force_insert=True)
                return ticket
        except IntegrityError as error:
            # Two references out of 22 thousand million being equal is worth another try; anything else is not.
            if attempt == _ATTEMPTS - 1 or "reference" not in str(error):
                raise
    raise AssertionError("unreachable")


def _sender(sender: Sender, language: str) -> dict[str, Any]:
    name = clean_line(sender.name)[:60]
    if sender.person is not None:
        return {"person": sender.person, "speaks_for": sender.speaks_for, "phone": sender.phone, "sender_name": name}
    contact = _contact(sender.email, name, language) if sender.email else None
    return {"contact": contact, "phone": sender.phone, "sender_name": name}


def _contact(email: str, name: str, language: str) -> Contact:
    """Return the contact of this address; the first name and language given stay, whatever a stranger types later."""
    contact, _ = Contact.objects.get_or_create(
        email_key=email_key(email), defaults={"email": email, "display_name": name, "language": language}
    )
    return contact


def _followed(ticket: Ticket) -> Ticket:
    """Return the request in which this one's conversation goes on: answers to a joined one arrive there."""
    while ticket.merged_into_id is not None:
        ticket = locked(ticket.merged_into)
    return ticket


def _write(
    ticket: Ticket, text: str, *, author: Person | None, channel: Channel, language: str, once: str = ""
) -> Entry:
    return ticket.entries.create(
        kind=EntryKind.MESSAGE, text=text, author=author, channel=channel, language=language, once=once or None
    )


def _touch(ticket: Ticket, moment: Any) -> None:
    ticket.last_activity_at = moment
    ticket.save(update_fields=["last_activity_at"])
