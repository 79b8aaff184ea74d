"""What the senders of requests are told, each in the language of their request."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import translation

from portal.accounts.models import Contact, Person
from portal.files.models import StoredFile
from portal.messaging.channels import is_on
from portal.messaging.choices import BY_NUMBER, Way
from portal.messaging.emails import render, render_text
from portal.messaging.services import notify, post, post_text, texts_within
from portal.notifications.services import tell
from portal.text import localised, new_code
from tickets.choices import Stage, TicketKind, TicketState
from tickets.models import Entry, Ticket
from tickets.rules.mail import address_of_body
from tickets.selectors.links import token_of
from tickets.selectors.notices import SENTENCES
from tickets.selectors.threads import RECEIPT, headers_for
from tickets.selectors.tracking import IN_WORDS

# Receipts to one number within an hour: whoever types a stranger's into forms must not make it ring all day.
MOST_RECEIPTS = 5
HOUR = timedelta(hours=1)
# In characters: what of a reply goes to a number for which there is no link to the whole.
LONGEST_TEXT = 600

# What programs for mail make a link of, whatever stands before and behind it.
_ADDRESS = re.compile(r"://|www\.|[\w-]\.[^\W\d_]{2,}", re.I)


def tell_receipt(ticket: Ticket, token: str, *, answers: str = "", passed_on: bool = False) -> None:
    """Confirm that a request arrived: reference, link, and when it is answered at the latest.

    ``answers`` is the Message-ID of the mail in which it came. ``passed_on``: its sender wrote it elsewhere and is told
    why it is a request now.
    """
    if goes_to_number(ticket) and texts_within(ticket.phone, HOUR) >= MOST_RECEIPTS:
        return
    said = _first_words(ticket)
    words = {"text": "" if _may_be_strangers_advertisement(ticket, said) else said, "passed_on": passed_on}
    headers = headers_for(ticket, RECEIPT, answers=answers, automatic="auto-replied")
    _tell(ticket, "receipt", key=f"ticket-receipt-{ticket.pk}", token=token, headers=headers, **words)


def tell_reply(entry: Entry) -> None:
    """Hand on a reply, with what is expected of the person now."""
    ticket = entry.ticket
    words = {
        "text": entry.text,
        "text_language": entry.language,
        "is_question": ticket.state == TicketState.WAITING,
        "is_solved": ticket.state == TicketState.SOLVED,
        "file_names": [stored.name for stored in entry.files.all()],
    }
    # A person wrote it: whoever is away may say so, and staff read it as a note.
    headers = headers_for(ticket, entry.code, automatic="no")
    _tell(ticket, "reply", key=f"ticket-entry-{entry.pk}", headers=headers, **words)


def tell_moved_to(ticket: Ticket, reason: str) -> None:
    """Say which body answers now, and why."""
    _tell(ticket, "handed_over", reason=reason)


def tell_merged(ticket: Ticket) -> None:
    """Say that a request goes on in another one of the same sender, and give the link of that one."""
    into = ticket.merged_into
    _tell(into, "merged", key=f"ticket-merged-{ticket.pk}-{into.pk}", joined=ticket.reference)


def tell_extended(ticket: Ticket, reason: str) -> None:
    """Say until when the answer takes, and why."""
    _tell(ticket, "extended", reason=reason)


def tell_waiting(ticket: Ticket) -> None:
    """Remind the person that we wait for them; once for each spell of waiting."""
    _tell(ticket, "waiting", key=f"ticket-waiting-{ticket.pk}-{ticket.state_since.timestamp():.0f}")


def tell_progress(ticket: Ticket, now: datetime) -> None:
    """Say that a request is still being worked on, how it stands, and where it is late that we know it."""
    due = ticket.promise if not (ticket.promise.is_met or ticket.promise.dropped_at) else None
    is_late = due is not None and due.due_at < now
    words = {"in_words": IN_WORDS[TicketState(ticket.state)], "late_since": due.due_at if is_late else None}
    key = f"ticket-progress-{ticket.pk}-{now.timestamp():.0f}"
    _tell(ticket, "progress", key=key, **words, **({"due_at": None} if is_late else {}))


def tell_closed(ticket: Ticket, *, is_asked: bool = False) -> None:
    """Say that a request is closed, how to reopen it, and ask how it went; once for each time it is closed.

    ``is_asked``: they have said so, or a survey asks them.
    """
    _tell(ticket, "closed", key=f"ticket-closed-{ticket.pk}-{ticket.state_since.timestamp():.0f}", is_asked=is_asked)


def tell_staff_of_message(ticket: Ticket, entry: Entry) -> None:
    """Tell whoever answers the request that its sender wrote again; nobody while nobody has it."""
    if ticket.assignee is not None:
        _tell_one(ticket.assignee, ticket, "staff_message", key=f"ticket-message-{entry.pk}")


def tell_staff_handed_over(person: Person, ticket: Ticket) -> None:
    """Tell those who answer for a body that another one has handed a request over to them."""
    _tell_one(person, ticket, "staff_handed_over", due=ticket.next_due_at)


def tell_infected(ticket: Ticket, stored: StoredFile) -> None:
    """Say that a virus was found in a file that came with the request, and what to do."""
    _tell(ticket, "infected", key=f"ticket-infected-{ticket.pk}-{stored.pk}", file_name=stored.name)


def tell_staff_infected(person: Person, ticket: Ticket, stored: StoredFile) -> None:
    """Tell a member of staff that a file of a request was removed, because a virus was found in it."""
    _tell_one(person, ticket, "staff_infected", key=f"ticket-infected-{ticket.pk}-{stored.pk}-{person.pk}")


def tell_link(ticket: Ticket, *, key: str | None = None) -> None:
    """Send the link of a request to the address on it, to somebody who lost it or after it was replaced."""
    _tell(ticket, "link", key=key, by_mail=True)


def ask_to_confirm(address: str, *, language: str, signed: str, key: str) -> None:
    """Ask whoever reads this address to confirm that they wrote a request.

    Nothing is known of them, so no word of what was written goes there: the portal is nobody's way to send mail.
    """
    with translation.override(language):
        context = {"path": reverse("tickets:confirm", args=[signed])}
        rendered = render("tickets/mail/confirm", language, context)
    post(None, address=address, template="tickets/confirm", rendered=rendered, language=language, key=key)


def ask_to_erase(contact: Contact, *, language: str, signed: str, key: str) -> None:
    """Send a guest the link by which what is held about them is erased."""
    with translation.override(language):
        context = {"path": reverse("tickets:erase", args=[signed])}
        notify(contact, "tickets/erase", context=context, key=key, language=language)


def tell_staff(person: Person, ticket: Ticket, stage: Stage, *, due_at: datetime, key: str) -> None:
    """Tell a member of staff how a promise stands."""
    _tell_one(person, ticket, "staff_alarm", key=key, stage=str(stage), due=due_at)


def _tell_one(person: Person, ticket: Ticket, template: str, *, key: str | None = None, **words: Any) -> None:
    # Never the secret link, and never the words of the person: mail to staff may be read on the way home.
    with translation.override(person.language):
        context = {
            "reference": ticket.reference,
            "kind": ticket.get_kind_display(),
            "body": localised(ticket.organisation, "name")[0],
            "path": reverse("admin:tickets_ticket_desk", args=[ticket.code]),
            **words,
        }
        notify(person, f"tickets/{template}", context=context, key=key)


def _tell(
    ticket: Ticket,
    template: str,
    *,
    key: str | None = None,
    token: str = "",
    headers: dict[str, str] | None = None,
    by_mail: bool = False,
    **words: Any,
) -> None:
    """Tell the sender by the way they chose: a short message to their number, else mail where there is an address.

    ``by_mail`` prefers the address even so.
    """
    recipient = ticket.recipient
    if isinstance(recipient, Person) and recipient.erased_at is not None:
        return
    if isinstance(recipient, Person):
        _note_on_portal(recipient, ticket, template, key, words)
    # Titles and addresses are looked up here, so they must be in the conversation's language here already.
    with translation.override(ticket.language):
        context = _context(ticket, token) | words
        if goes_to_number(ticket) and not (by_mail and recipient is not None):
            _text(ticket, template, context, key)
        elif recipient is not None:
            notify(
                recipient,
                f"tickets/{template}",
                context=context,
                key=key,
                language=ticket.language,
                reply_to=address_of_body(ticket.organisation.code),
                headers=headers or headers_for(ticket),
            )


def _note_on_portal(person: Person, ticket: Ticket, template: str, key: str | None, words: dict[str, Any]) -> None:
    """Put among the notices of a person what the message beside it tells them."""
    flags = [("is_question", "question"), ("is_solved", "solved"), ("passed_on", "passed_on")]
    what = next((said for name, said in flags if words.get(name)), template)
    if what in SENTENCES:
        once = key or f"ticket-{what}-{ticket.pk}-{new_code()}"
        tell(person, "request", kind="ticket", key=ticket.code, data={"what": what}, once=once, is_told=True)


def goes_to_number(ticket: Ticket) -> bool:
    """Tell whether the sender is told by a short message to a telephone number."""
    return bool(ticket.phone) and ticket.reply_by in BY_NUMBER and is_on(ticket.reply_by)


def _text(ticket: Ticket, template: str, context: dict[str, Any], key: str | None) -> None:
    """Write a short message: what happened, and the link to the rest of it."""
    if not ticket.secret_hash:
        context = context | {"path": "", "text": context.get("text", "")[:LONGEST_TEXT]}
    post_text(
        ticket.recipient,
        way=Way(ticket.reply_by),
        phone=ticket.phone,
        template=f"tickets/{template}",
        text=render_text(f"tickets/texts/{template}.txt", ticket.language, context),
        language=ticket.language,
        key=key,
    )


def _context(ticket: Ticket, token: str) -> dict[str, Any]:
    due = ticket.first_reply if not ticket.first_reply.is_met else ticket.solution
    return {
        "reference": ticket.reference,
        "ticket_subject": _subject(ticket),
        "ticket_language": ticket.language,
        "kind": ticket.get_kind_display(),
        "body": localised(ticket.organisation, "name")[0],
        "due_at": due.due_at if due is not None and not due.is_met else None,
        "path": reverse("tickets:by_link", args=[token or token_of(ticket)]),
        "is_urgent": ticket.kind == TicketKind.EMERGENCY,
    }


def _subject(ticket: Ticket) -> str:
    return str(ticket.get_kind_display()) if _may_be_strangers_advertisement(ticket, ticket.subject) else ticket.subject


def _may_be_strangers_advertisement(ticket: Ticket, words: str) -> bool:
    """Tell whether words could lead the reader of a mail elsewhere: anybody can give a stranger's address as theirs.

    Such words of guests stand on the page of the request alone, so that the portal carries nobody's links to others.
    """
    return ticket.person_id is None and _ADDRESS.search(words) is not None


def _first_words(ticket: Ticket) -> str:
    entry = ticket.entries.order_by("pk").first()
    return entry.text if entry else ""
