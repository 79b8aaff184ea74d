"""Giving and replacing the secret link of a request."""

from django.db import transaction

from portal.accounts.models import Person
from portal.audit.services import record
from portal.text import new_code
from tickets.models import Ticket
from tickets.selectors.links import hash_of, token_of


def give_link(ticket: Ticket) -> str:
    """Give a request its link, or a new one that makes the earlier useless; return the token. Saves the row."""
    ticket.secret_salt = new_code(16)
    token = token_of(ticket)
    ticket.secret_hash = hash_of(token)
    ticket.save(update_fields=["secret_salt", "secret_hash"])
    return token


@transaction.atomic
def replace_link(ticket: Ticket, *, by: Person | None) -> str:
    """Make the earlier link useless, because somebody else may have it; return the new token.

    What the form was sent with opens nothing any more either: the link of a confirmation, or a session left behind.
    """
    token = give_link(ticket)
    ticket.once = None
    ticket.save(update_fields=["once"])
    record("ticket.link_replaced", ticket, by=by)
    return token
