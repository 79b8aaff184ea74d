"""Tokens of invitations, and how often anybody is invited. Plain functions: no model, no request."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

# Nobody has two invitations to surveys within this time, whichever surveys they are, unless they asked for something.
BETWEEN = timedelta(days=7)
# Base64 of 256 bits.
TOKEN_LENGTH = 43


def new_nonce() -> str:
    """Return what a token is reckoned from: 128 random bits. Without the server's key it opens nothing."""
    return secrets.token_hex(16)


def token_of(nonce: str, *, secret: str | None = None) -> str:
    """Return the token of an invitation, which nobody can guess or reckon without the server's key."""
    signed = salted_hmac("surveys.invitation", nonce, secret=secret, algorithm="sha256")
    return urlsafe_b64encode(signed.digest()).decode().rstrip("=")


def token_for(nonce: str, token_hash: str) -> str:
    """Return the token that has this hash, also where the server's key was changed since; empty where none has."""
    if not nonce:
        return ""
    return next((token for token in _tokens(nonce) if hash_of_token(token) == token_hash), "")


def _tokens(nonce: str) -> Iterator[str]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield token_of(nonce, secret=secret)


def hash_of_token(token: str) -> str:
    """Return what is kept of a token, and what ``Participation`` keeps once it is spent."""
    return hashlib.sha256(token.encode()).hexdigest()


def may_be_invited(last: datetime | None, moment: datetime, *, follows_request: bool = False) -> bool:
    """Tell whether somebody who was last invited then may be invited now: once in seven days, whatever the survey.

    What follows their own request is no matter of that.
    """
    return follows_request or last is None or last <= counted_from(moment)


def counted_from(moment: datetime) -> datetime:
    """Return the moment after which an invitation still counts."""
    return moment - BETWEEN
