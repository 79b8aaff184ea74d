"""Message-IDs of the mail about a request: signed, so that an answer names its request and nobody can invent one."""

import base64
import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.messaging.emails import mail_domain
from portal.text import new_code
from tickets.models import Incoming, Ticket

RECEIPT = "receipt"
# What a person's program may call its own mail; anything else would not stand in a header of ours.
_FOREIGN = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,240}>")
_OURS = re.compile(r"<ticket\.([a-z0-9]{1,16})\.([a-z0-9-]{1,40})\.([a-z2-7]{26})@[^<>\s]{1,255}>", re.IGNORECASE)
# Of a header with thousands of them, the last ones say what is answered.
_MOST = 40
_SALT = "tickets.thread"


def thread_id(ticket: Ticket, part: str) -> str:
    """Return the Message-ID of a mail about a request; ``part`` is the contribution's code, or a word for a notice."""
    return f"<ticket.{ticket.code}.{part}.{_signature(ticket.code, part, settings.SECRET_KEY)}@{mail_domain()}>"


def named_in(text: str) -> tuple[list[str], bool]:
    """Return the codes of requests in a list of Message-IDs, the last first; and whether one was signed wrongly."""
    codes, is_forged = [], False
    for code, part, signature in reversed(_OURS.findall(text)[-_MOST:]):
        if _is_signed(code.lower(), part.lower(), signature.lower()):
            codes.append(code.lower())
        else:
            is_forged = True
    return list(dict.fromkeys(codes)), is_forged


def ids_in(text: str) -> list[str]:
    """Return the Message-IDs in a header, as far as they can stand in one of ours."""
    return _FOREIGN.findall(text)[-_MOST:]


def is_ours(message_id: str) -> bool:
    """Tell whether a Message-ID was given by this portal."""
    return message_id.lower().endswith(f"@{mail_domain().lower()}>")


def headers_for(ticket: Ticket, part: str = "", *, answers: str = "", automatic: str = "auto-generated") -> dict:
    """Return the headers that put a mail into its thread.

    ``answers`` is the Message-ID of the mail it answers, else the last one that came in to the request. ``automatic``
    is “no” for what a person wrote.
    """
    own, receipt = thread_id(ticket, part or new_code()), thread_id(ticket, RECEIPT)
    before = [each for each in (receipt if own != receipt else "", answers or _last_of(ticket)) if each]
    headers = {"Message-ID": own, "Auto-Submitted": automatic}
    return headers | ({"In-Reply-To": before[-1], "References": " ".join(before)} if before else {})


def _last_of(ticket: Ticket) -> str:
    found = Incoming.objects.filter(ticket=ticket, entry__isnull=False).exclude(message_id="")
    return found.order_by("-received_at").values_list("message_id", flat=True).first() or ""


def _is_signed(code: str, part: str, signature: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_signature(code, part, key), signature) for key in keys)


def _signature(code: str, part: str, key: str) -> str:
    digest = salted_hmac(_SALT, f"{code}.{part}", secret=key, algorithm="sha256").digest()[:16]
    return base64.b32encode(digest).decode().rstrip("=").lower()
