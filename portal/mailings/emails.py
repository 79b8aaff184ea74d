"""One message for all recipients of an edition, built once, with slots for what is each recipient's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage as DjangoMessage
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from portal import registry
from portal.mailings.models import Edition
from portal.messaging.emails import TAGS

# Letters and digits alone, so that neither templates, addresses nor encodings change them. Written by hand into a text
# they are filled in as well, with nothing but what belongs to its reader.
TOKEN_SLOT = "xSawtTokenSlotx"
PERSONAL_SLOT = "xSawtPersonalSlotx"
_TO_SLOT = "xSawtToSlotx"
_ID_SLOT = "xSawtIdSlotx"
_SLOTS = {TOKEN_SLOT: "token", PERSONAL_SLOT: "personal", _TO_SLOT: "address", _ID_SLOT: "message_id"}
_ANY_SLOT = re.compile("|".join(_SLOTS).encode())
_A_SLOT = re.compile(f"({'|'.join(_SLOTS)})")
# A slot is never broken: what fills it would stand beside it.
_TOKEN = re.compile(rf"{'|'.join(_SLOTS)}|<style.*?</style>|<[^>]*>|&#?\w{{1,30}};|.|\n", re.DOTALL | re.IGNORECASE)
_MARK = re.compile(r"(?P<mailing>\d{1,12})\.(?P<delivery>\d{1,18})\.(?P<signature>[0-9a-f]{16})@")
_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")
# Chinese is written without spaces: where a line must be broken, it is broken where nobody sees it.
_UNSEEN_BREAK = "<!--\n-->"
# Characters, of which each takes four bytes at most. A line may be two such pieces long, with a token beside them: that
# is less than the 998 bytes that relays must take.
_PIECE = 120


@dataclass(frozen=True)
class Personal:
    """What one reader alone is told, in both parts of a message; the HTML is safe already."""

    text: str = ""
    html: str = ""


NOTHING = Personal()


class Mould:
    """The bytes of an edition, cut at the slots."""

    def __init__(self, edition: Edition) -> None:
        purpose = registry.mailings[edition.mailing.purpose]
        head, text, html = _parts(edition, purpose)
        self.language = edition.language
        self._pieces = [*_cut(head), *_cut(text, personal="personal_text"), *_cut(html, personal="personal_html")]

    def fill(self, *, address: str, message_id: str, token: str, personal: Personal = NOTHING) -> bytes:
        """Return one recipient's message; raises ``UnicodeError`` for an address that no relay would take."""
        values: Mapping[str, bytes] = {
            "address": ascii_address(address).encode("ascii"),
            "message_id": message_id.encode("ascii"),
            "token": token.encode("ascii"),
            # On lines of its own: what stands before and behind it has bounded lines as well, but not together with it.
            "personal_text": _crlf(f"\n{_bounded_text(personal.text)}\n" if personal.text else ""),
            "personal_html": _crlf(f"\n{_bounded_html(personal.html)}\n" if personal.html else ""),
        }
        return b"".join(values[piece] if isinstance(piece, str) else piece for piece in self._pieces)


def _cut(content: bytes, *, personal: str = "") -> list[bytes | str]:
    """Return the bytes between the slots and, between them, the names of what fills these."""
    pieces: list[bytes | str] = []
    position = 0
    for found in _ANY_SLOT.finditer(content):
        name = _SLOTS[found.group().decode()]
        pieces += [content[position : found.start()], personal if name == "personal" and personal else name]
        position = found.end()
    return [*pieces, content[position:]]


def _parts(edition: Edition, purpose: Any) -> tuple[bytes, bytes, bytes]:
    """Return the headers with the opening of the body, the plain text, and the HTML with the end of the body."""
    mail = EmailMessage(policy=SMTP)
    mail.set_content(_bounded_text(edition.text), cte="8bit")
    mail.add_alternative(_bounded_html(edition.html), subtype="html", cte="8bit")
    body = mail.as_bytes()
    second = body.rindex(b"--" + mail.get_boundary().encode() + b"\r\nContent-Type: text/html")
    first = body.index(b"--" + mail.get_boundary().encode())
    return _headers(edition, purpose) + body[:first], body[first:second], body[second:]


def _headers(edition: Edition, purpose: Any) -> bytes:
    # Written here, for the standard library turns long addresses in angle brackets into encoded words.
    base = settings.BASE_URL.rstrip("/")
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    rows = {
        "From": formataddr((name, ascii_address(address))),
        "To": _TO_SLOT,
        "Subject": Header(" ".join(edition.subject.split()), "utf-8", header_name="Subject").encode(linesep="\r\n"),
        "Reply-To": settings.REPLY_TO_EMAIL,
        "Date": format_datetime(timezone.now()),
        "Message-ID": f"<{_ID_SLOT}@{urlsplit(settings.BASE_URL).hostname}>",
        "Content-Language": TAGS[edition.language],
        "List-Id": f"<{purpose.list_id}.{urlsplit(settings.BASE_URL).hostname}>",
        "List-Unsubscribe": f"<{base}{purpose.leave_path(edition.language)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
    }
    return "".join(f"{key}: {value}\r\n" for key, value in rows.items()).encode("ascii")


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _bounded_text(text: str) -> str:
    """Break lines, so that two of them and what fills a slot are no longer than relays must take."""
    return "\n".join(_wrapped(line) if _is_long(line) else line for line in text.split("\n"))


def _wrapped(line: str) -> str:
    """Break one line at spaces or, where there is none for long, anywhere but in a slot."""
    pieces = _A_SLOT.split(line)
    return "".join(
        piece if piece in _SLOTS else "\n".join(wrap(piece, _PIECE, break_on_hyphens=False, drop_whitespace=False))
        for piece in pieces
    )


def _bounded_html(html: str) -> str:
    """Break long lines at spaces and, where there is none for long, inside a comment, which shows nothing."""
    if not any(_is_long(line) for line in html.split("\n")):
        return html
    out, length = [], 0
    for token in _TOKEN.findall(html):
        if token == " " and length > _PIECE // 2:
            token = "\n"
        elif length >= _PIECE and token != "\n":
            out.append(_UNSEEN_BREAK)
            length = 0
        if len(token) > _PIECE:
            # A tag or a sheet: between attributes and rules, white space may be any.
            token = "\n".join(wrap(token, _PIECE, break_long_words=False, break_on_hyphens=False))
        out.append(token)
        length = len(token) - token.rindex("\n") - 1 if "\n" in token else length + len(token)
    return "".join(out)


def _is_long(line: str) -> bool:
    return len(line.encode()) > 4 * _PIECE


def ascii_address(address: str) -> str:
    """Return the address as relays take it; raises ``UnicodeError`` where that cannot be written."""
    if _NO_ADDRESS.search(address):
        # What stands in a header and in a command must not end either.
        raise UnicodeError("no address")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}".encode("ascii").decode()


def marks_of(delivery: Any) -> tuple[str, str]:
    """Return the left half of a copy's Message-ID, the same at every try, and its return path.

    To the latter relays return a copy that they cannot deliver. Both name the copy, signed once for both.
    """
    mark = f"{delivery.mailing_id}.{delivery.pk}.{_signature(delivery.mailing_id, delivery.pk)}"
    local, _, domain = settings.BOUNCE_EMAIL.rpartition("@")
    return f"mailing.{mark}", f"{local}+{mark}@{domain}"


def message_id(delivery: Any) -> str:
    """Return the left half of a copy's Message-ID."""
    return marks_of(delivery)[0]


def return_path(delivery: Any) -> str:
    """Return the address to which relays return a copy."""
    return marks_of(delivery)[1]


def delivery_named_by(mark: str) -> int | None:
    """Return the id of the copy that a Message-ID or a return path names, or None for what we did not sign."""
    found = _MARK.search(mark)
    if found is None:
        return None
    mailing_id, delivery_id = int(found["mailing"]), int(found["delivery"])
    is_ours = constant_time_compare(found["signature"], _signature(mailing_id, delivery_id))
    return delivery_id if is_ours else None


def _signature(mailing_id: int, delivery_id: int) -> str:
    return salted_hmac("mailings.delivery", f"{mailing_id}.{delivery_id}", algorithm="sha256").hexdigest()[:16]


class Letter(DjangoMessage):
    """A finished message as Django's mail backends take it: its bytes go out as they are."""

    def __init__(self, content: bytes, *, sender: str, to: str) -> None:
        super().__init__(from_email=sender, to=[ascii_address(to)])
        self.content = content

    def message(self, **kwargs: Any) -> EmailMessage:
        """Return the bytes in the shape that a backend asks for its bytes."""
        return _Finished(self.content)


class _Finished(EmailMessage):
    def __init__(self, content: bytes) -> None:
        super().__init__(policy=SMTP)
        self._content = content

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str = "\r\n") -> bytes:
        return self._content
