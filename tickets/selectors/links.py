"""The secret link of a request: made of a salt and the portal's key, kept as a hash only."""

import hashlib

from django.utils.crypto import salted_hmac

from tickets.models import Ticket

# 43 letters out of 32 hold 215 bits.
TOKEN_LENGTH = 43
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def token_of(ticket: Ticket) -> str:
    """Return the token for the link of this request, for a message to its sender.

    Made anew each time from the salt in the row and the key of the portal, so that who reads the database alone
    cannot open a request.
    """
    digest = salted_hmac("tickets.secret", f"{ticket.code}:{ticket.secret_salt}", algorithm="sha512").digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:TOKEN_LENGTH])


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def opened_by(token: str) -> Ticket | None:
    """Return the request that this token opens, or None.

    Asked by the hash's index whatever the token looks like, so that wrong and foreign ones take the same time.
    """
    return Ticket.objects.with_people().filter(secret_hash=hash_of(token)).first()
