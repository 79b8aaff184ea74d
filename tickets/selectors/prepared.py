"""Prepared replies as an agent chooses them, and their texts with the values of one request."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import override

from portal.languages import behind_texts, text_columns
from portal.messaging.templatetags.mail import absolute_url
from portal.text import clean_line, is_blank, localised
from tickets.models import PreparedReply, Ticket
from tickets.rules.prepared import fill_fields

# More than anybody would look through.
MOST_OFFERED = 200


@dataclass(frozen=True)
class Offer:
    """A prepared reply beside one request: whether it is written in the request's language, and up to date there."""

    prepared: PreparedReply
    language: str

    @property
    def title(self) -> str:
        """What agents choose it by, in their own language where it is written."""
        return localised(self.prepared, "title")[0]

    @property
    def is_written(self) -> bool:
        """True when the request can be answered by it: no other language is ever put in its place."""
        return not is_blank(_text(self.prepared, self.language))

    @property
    def is_behind(self) -> bool:
        """True when the meaning changed in another language since."""
        return _column(self.language) in behind_texts(self.prepared)


def offers_for(ticket: Ticket) -> list[Offer]:
    """Return what may answer this request, in one query."""
    return [Offer(each, ticket.language) for each in PreparedReply.objects.offered_for(ticket)[:MOST_OFFERED]]


def filled(prepared: PreparedReply, ticket: Ticket, *, agent: Any) -> str | None:
    """Return the text with this request's values in its language, None where it is not written in it."""
    text = _text(prepared, ticket.language)
    if is_blank(text):
        return None
    with override(ticket.language):
        return fill_fields(text, _values(ticket, agent))


def follow_address(ticket: Ticket) -> str:
    """Return where its sender follows a request, in the active language.

    Never the secret link: what is written in a conversation is stored and read by staff, and the link is neither.
    A guest is led to the page that sends it again.
    """
    if ticket.person_id:
        return absolute_url(reverse("tickets:ticket", args=[ticket.code]))
    return absolute_url(reverse("tickets:find"))


def _values(ticket: Ticket, agent: Any) -> dict[str, str]:
    name = ticket.sender_name or (ticket.person.public_name if ticket.person else "")
    due = ticket.next_due_at
    return {
        "name": clean_line(name),
        "reference": ticket.reference,
        "subject": clean_line(ticket.subject) or ticket.reference,
        "body": localised(ticket.organisation, "name")[0],
        "due": formats.date_format(timezone.localtime(due), "DATETIME_FORMAT") if due else "",
        "agent": clean_line(agent.display_name),
        "link": follow_address(ticket),
    }


def _column(language: str) -> str:
    return text_columns(PreparedReply)["text"][language]


def _text(prepared: PreparedReply, language: str) -> str:
    return getattr(prepared, _column(language)) or ""
