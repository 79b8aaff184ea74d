"""What becomes of a mail: part of a request, a new request, held back for people, or left alone."""

import hashlib
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override

from portal.accounts.choices import Verification
from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from tickets.choices import Channel, EntryKind, IncomingState, TicketKind, TicketState, Why
from tickets.models import SUBJECT_LENGTH, Entry, Incoming, Ticket
from tickets.rules import may_write
from tickets.rules.mail import body_code, is_automatic, is_marked_as_spam, is_own
from tickets.selectors.letters import Letter, Unreadable, first_look, language_of, read_letter
from tickets.selectors.threads import ids_in, is_ours, named_in
from tickets.services.asking import Asked, Receipt, Sender, add_message, open_ticket
from tickets.services.bodies import body_of_code
from tickets.services.mail_words import Words, keep_files, note_on, subject_of, words_of

HOUR = timedelta(hours=1)
# From one sender within an hour: new requests, answers, and acknowledgements sent to them.
MOST_NEW, MOST_ANSWERS, MOST_ACKNOWLEDGED = 5, 20, 5
# New requests by mail within an hour from senders of whom nothing was taken before: addresses are easily invented.
MOST_UNKNOWN = 100
SPAM_REMEMBERED = timedelta(days=180)


def take_mail(row: Incoming) -> None:
    """Decide about a locked row and act; the caller saves it. Nothing is decided by the text, all by headers."""
    try:
        letter, is_readable = read_letter(read_raw(row)), True
    except Unreadable:
        letter, is_readable = first_look(read_raw(row)), False
    _describe(row, letter)
    named, _is_forged = _named(letter)
    if named is not None:
        row.ticket, row.organisation = named, named.organisation
    if not (row.is_whole and is_readable):
        _hold(row, Why.BROKEN if row.is_whole else Why.LARGE)
    elif is_own(letter, message_id_is_ours=is_ours(row.message_id)):
        _leave(row, Why.OWN)
    elif _is_repeated(row):
        _leave(row, Why.REPEATED)
    elif is_automatic(letter):
        _take_automatic(row, letter, named)
    elif named is not None:
        _take_answer(row, letter, named)
    else:
        _take_new(row, letter)


def read_raw(row: Incoming) -> bytes:
    """Return the message as it came."""
    with row.raw.open("rb") as raw:
        return raw.read()


def _describe(row: Incoming, letter: Letter) -> None:
    ids = ids_in(letter.header("message-id"))
    row.message_id = ids[0] if ids else ""
    row.sender, row.sender_key = letter.sender, email_key(letter.sender) if letter.sender else ""
    row.subject = letter.subject[:SUBJECT_LENGTH]
    row.organisation = body_of_code(body_code(letter.recipients))
    facts = (row.message_id, row.sender, letter.subject, letter.header("date"), letter.text)
    named = row.message_id and "\n".join(facts)
    row.identity = hashlib.sha256(named.encode("utf-8", "replace")).hexdigest() if named else row.sha256


def _named(letter: Letter) -> tuple[Ticket | None, bool]:
    """Return the request that the mail answers by a Message-ID that we signed."""
    written = f"{letter.header('references')} {letter.header('in-reply-to')}"
    codes, is_forged = named_in(written)
    found = {each.code: each for each in Ticket.objects.with_people().filter(code__in=codes)}
    return next((found[code] for code in codes if code in found), None), is_forged


def _hold(row: Incoming, why: Why) -> None:
    row.state, row.why = IncomingState.HELD, why


def _leave(row: Incoming, why: Why) -> None:
    row.state, row.why, row.ticket = IncomingState.IGNORED, why, None


def _is_repeated(row: Incoming) -> bool:
    others = Incoming.objects.filter(identity=row.identity).exclude(pk=row.pk)
    return others.exclude(state=IncomingState.NEW).exists()


def _take_automatic(row: Incoming, letter: Letter, named: Ticket | None) -> None:
    """Put an automatic answer (somebody is on holiday) down as a note; nothing moves by it, and nothing is answered."""
    if named is None or row.sender not in addresses_on(named) or _came_from(row) >= MOST_ANSWERS:
        _leave(row, Why.AUTOMATIC)
        return
    with override(named.language):
        heading = gettext("An automatic answer came from the person's mailbox:")
    ticket = named.merged_into or named
    row.entry = note_on(ticket, f"{heading}\n\n{words_of(letter).text}")
    row.ticket, row.state, row.why = ticket, IncomingState.TAKEN, Why.AUTOMATIC


def _take_answer(row: Incoming, letter: Letter, named: Ticket) -> None:
    if row.sender not in addresses_on(named):
        _hold(row, Why.STRANGER)
    elif named.state == TicketState.SPAM or is_marked_as_spam(letter):
        _hold(row, Why.SPAM)
    elif _came_from(row) >= MOST_ANSWERS:
        _hold(row, Why.MANY)
    elif may_write(_last(named), timezone.now()):
        join(row, letter, named, person=named.person)
    elif (reason := _why_not_new(row, letter)) is not None:
        _hold(row, reason)
    else:
        open_from(row, letter, continues=_last(named))


def _take_new(row: Incoming, letter: Letter) -> None:
    reason = _why_not_new(row, letter)
    if reason is not None:
        _hold(row, reason)
    else:
        open_from(row, letter)


def _why_not_new(row: Incoming, letter: Letter) -> Why | None:
    """Return why this mail does not open a request by itself."""
    if not row.sender:
        return Why.NO_SENDER
    if is_marked_as_spam(letter) or _sent_spam(row):
        return Why.SPAM
    if _came_from(row, opened=True) >= MOST_NEW:
        return Why.MANY
    return Why.CROWD if _is_unknown(row) and _unknown_within_an_hour() >= MOST_UNKNOWN else None


def join(row: Incoming, letter: Letter, ticket: Ticket, *, person: Person | None) -> Entry:
    """Add a mail to a request, in which it goes on as if written on its page. Raises ``TicketRefused("over")``."""
    words = words_of(letter)
    stored, refused = keep_files(letter, ticket.language)
    entry = add_message(
        ticket,
        words.text or _without_words(ticket.language),
        person=person,
        language=language_of(words.text) if words.text else ticket.language,
        channel=Channel.EMAIL,
        files=stored,
        once=f"mail-{row.identity}",
    )
    return _taken(row, entry, words, refused)


def open_from(row: Incoming, letter: Letter, *, continues: Ticket | None = None, by: Person | None = None) -> Receipt:
    """Open a request for what a mail says; its sender is told so, unless they were told much already.

    A sender's address proves nothing: the request is that of a guest, never of an account. Raises ``TicketRefused``.
    """
    words = words_of(letter)
    language = language_of(f"{letter.subject}\n{words.text}")
    stored, refused = keep_files(letter, language)
    acknowledge = not is_automatic(letter) and _acknowledged(row) < MOST_ACKNOWLEDGED
    asked = Asked(
        kind=TicketKind.ENQUIRY,
        subject=subject_of(letter, words, language),
        text=words.text or _without_words(language),
        language=language,
        organisation=row.organisation,
        channel=Channel.EMAIL,
        files=stored,
        once=f"mail-{row.identity}",
        acknowledge=acknowledge,
        answers=row.message_id,
    )
    receipt = open_ticket(asked, Sender(email=row.sender, name=letter.sender_name[:60]), by=by)
    row.acknowledged_at = timezone.now() if acknowledge else None
    _taken(row, receipt.ticket.entries.order_by("pk").first(), words, refused)
    if continues is not None:
        with override(language):
            text = gettext("This goes on from request %(reference)s, which has ended: a mail of it was answered.")
        note_on(receipt.ticket, text % {"reference": continues.reference})
    return receipt


def _taken(row: Incoming, entry: Entry, words: Words, refused: list[str]) -> Entry:
    row.state, row.why, row.ticket = IncomingState.TAKEN, "", entry.ticket
    if Incoming.objects.filter(entry=entry).exclude(pk=row.pk).exists():
        # Two copies taken at the same moment: the words stand there once.
        row.why = Why.REPEATED
        return entry
    row.entry = entry
    with override(entry.ticket.language):
        lines = [*refused, *([gettext("The text was too long: the rest is in the mail.")] if words.is_cut else [])]
        heading = gettext("Not everything in this mail could be taken:")
    if lines:
        note_on(entry.ticket, "\n".join([heading, *(f"- {line}" for line in lines)]))
    return entry


def addresses_on(ticket: Ticket) -> set[str]:
    """Return the addresses from which a request may be answered, letter by letter: no look-alikes."""
    found = {ticket.contact.email} if ticket.contact else set()
    if ticket.person is not None and ticket.person.is_active:
        found |= set(EmailAddress.objects.filter(user=ticket.person, verified=True).values_list("email", flat=True))
        if ticket.person.verification != Verification.NONE:
            found.add(ticket.person.email)
    return {address.lower() for address in found}


def _last(ticket: Ticket) -> Ticket:
    """Return the request in which a joined one goes on."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def _without_words(language: str) -> str:
    with override(language):
        return gettext("(This mail had no text.)")


def _came_from(row: Incoming, *, opened: bool = False) -> int:
    taken = Incoming.objects.since(timezone.now() - HOUR).filter(sender_key=row.sender_key, state=IncomingState.TAKEN)
    return (taken.filter(_OPENED) if opened else taken).count()


# The first contribution of a request that came by mail carries the key of its request.
_OPENED = Q(entry__kind=EntryKind.MESSAGE, ticket__once__startswith="mail-", entry__once=None)


def _acknowledged(row: Incoming) -> int:
    return Incoming.objects.filter(
        sender_key=row.sender_key, acknowledged_at__gt=timezone.now() - HOUR, received_at__gt=timezone.now() - 2 * HOUR
    ).count()


def _sent_spam(row: Incoming) -> bool:
    """Tell whether all that is known of a sender is that they sent what was no request."""
    since = timezone.now() - SPAM_REMEMBERED
    tickets = Ticket.objects.filter(contact__email_key=row.sender_key, created_at__gt=since)
    if tickets.exclude(state=TicketState.SPAM).exists():
        return False
    discarded = Incoming.objects.filter(sender_key=row.sender_key, state=IncomingState.DISCARDED, why=Why.SPAM)
    return tickets.exists() or discarded.filter(received_at__gt=since).exists()


def _is_unknown(row: Incoming) -> bool:
    return not Ticket.objects.filter(contact__email_key=row.sender_key).exists() and not (
        Person.objects.filter(email_key=row.sender_key).exists()
    )


def _unknown_within_an_hour() -> int:
    """Count the requests that mail opened within an hour for senders who had none before."""
    recent = Incoming.objects.since(timezone.now() - HOUR).filter(_OPENED, state=IncomingState.TAKEN)
    return recent.values("sender_key").distinct().count()
