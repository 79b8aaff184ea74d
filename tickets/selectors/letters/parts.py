"""A mail taken apart: headers, words, attachments. Everything in it is hostile."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from portal.text import clean_line, clean_text
from tickets.selectors.letters.languages import to_text
from tickets.selectors.letters.markup import words_of

# In characters, bytes and numbers: more than honest mail has.
LONGEST_HEADER = 8_000
LONGEST_TEXT = 400_000
MOST_PARTS = 200
MOST_RECIPIENTS = 50
SHOWN_SOURCE = 20_000
_FOLDS = re.compile(r"\r?\n[ \t]*")
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


class Unreadable(Exception):
    """No parser gets through it: the raw mail is kept, and people look at it."""


class _Bounded(EmailPolicy):
    """The standard library's reading of headers, which takes very long for very long ones, and stumbles over some."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """Read the beginning of a header."""
        try:
            return super().header_fetch_parse(name, value[:LONGEST_HEADER])
        # Whatever it stumbles over: it answers broken headers with almost any error.
        except Exception:
            return self._sanitised(value)

    @staticmethod
    def _sanitised(value: str) -> str:
        return value[:LONGEST_HEADER].encode("ascii", "replace").decode()


POLICY = _Bounded()


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail; ``is_mail`` for another mail inside, which is not taken apart."""

    name: str
    content: bytes
    is_mail: bool = False


@dataclass(frozen=True)
class Letter:
    """A mail as people read it. ``text`` is plain words with the history; ``headers`` are for staff."""

    headers: dict[str, str]
    sender: str
    sender_name: str
    recipients: frozenset[str]
    subject: str
    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)

    def header(self, name: str) -> str:
        """Return a header on one line, empty when there is none."""
        return self.headers.get(name.lower(), "")

    def has(self, name: str) -> bool:
        """Tell whether there is such a header, an empty one too."""
        return name.lower() in self.headers


def read_letter(raw: bytes) -> Letter:
    """Take a mail apart; raises ``Unreadable``."""
    try:
        mail = message_from_bytes(raw, _class=EmailMessage, policy=POLICY)
        text, attachments = _contents(mail)
        return _letter(mail, text, attachments)
    # Nested a thousand times deep, or whatever else the parser has no word for.
    except Exception as error:
        raise Unreadable(type(error).__name__) from error


def first_look(raw: bytes) -> Letter:
    """Return what can be said of a mail that is not whole, or that no parser gets through: never fails."""
    head, _, rest = raw[: 4 * LONGEST_HEADER].partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:SHOWN_SOURCE] else b"\n\n")
    text = clean_text(to_text(rest[:SHOWN_SOURCE]))
    try:
        return _letter(BytesHeaderParser(policy=POLICY).parsebytes(head + b"\n\n"), text, [])
    except Exception:
        return Letter(headers={}, sender="", sender_name="", recipients=frozenset(), subject="", text=text)


def _letter(mail: Message, text: str, attachments: list[Attachment]) -> Letter:
    headers = _headers(mail)
    name, address = _sender(headers.get("from", ""))
    return Letter(
        headers={key: clean_line(_decoded(value)) for key, value in headers.items()},
        sender=address,
        sender_name=name,
        recipients=_recipients(headers),
        subject=clean_line(_decoded(headers.get("subject", ""))),
        text=text,
        attachments=attachments,
    )


def _headers(mail: Message) -> dict[str, str]:
    """Return the headers by name as they came, unfolded; of several of one name the first."""
    found: dict[str, str] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.lower(), _FOLDS.sub(" ", str(value)[:LONGEST_HEADER]).strip())
    return found


def _decoded(value: str) -> str:
    """Return a header in words: encoded as agreed, or in bare bytes as some programs do."""
    if not value.isascii():
        value = to_text(value.encode("utf-8", "surrogateescape"))
    try:
        pieces = decode_header(value)
    except Exception:
        return value
    return "".join(piece if isinstance(piece, str) else to_text(piece, charset or "utf-8") for piece, charset in pieces)


def _addresses(value: str) -> list[tuple[str, str]]:
    if not value.isascii():
        value = to_text(value.encode("utf-8", "surrogateescape"))
    try:
        pairs = getaddresses([value])[:MOST_RECIPIENTS]
    # Brackets in brackets without end.
    except RecursionError:
        return []
    found = []
    for name, address in pairs:
        address = address.strip().lower()
        try:
            validate_email(address)
        except ValidationError:
            continue
        if len(address) <= 254:
            found.append((clean_line(_decoded(name)), address))
    return found


def _sender(value: str) -> tuple[str, str]:
    found = _addresses(value)
    return found[0] if found else ("", "")


def _recipients(headers: dict[str, str]) -> frozenset[str]:
    return frozenset(address for name in _RECIPIENTS for _, address in _addresses(headers.get(name, "")))


def _contents(mail: Message) -> tuple[str, list[Attachment]]:
    """Return the words of a mail, plain ones before those in HTML, and what came with it."""
    plain, markup, attachments = [], [], []
    for part in _leaves(mail):
        kind, name = part.get_content_type(), _name_of(part)
        is_inline = not name and part.get_content_disposition() != "attachment"
        if part.is_multipart():
            attachments.append(_nested(part, name))
        elif kind == "text/plain" and is_inline:
            plain.append(_words(part))
        elif kind == "text/html" and is_inline:
            markup.append(_words(part))
        elif not kind.startswith("multipart/"):
            attachments.append(Attachment(name or _unnamed(kind), part.get_payload(decode=True) or b""))
    text = clean_text("\n\n".join(plain))
    if not text.strip():
        text = clean_text("\n\n".join(words_of(each) for each in markup))
    return text[:LONGEST_TEXT], attachments


def _leaves(mail: Message) -> Iterator[Message]:
    """Give the parts that hold something, in their order; mail inside of mail is one of them."""
    waiting: list[Any] = [mail]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = part.get_payload()
        else:
            yield part


def _words(part: Message) -> str:
    data = part.get_payload(decode=True) or b""
    try:
        charset = part.get_content_charset() or ""
    except (LookupError, ValueError):
        charset = ""
    return to_text(data[: 2 * LONGEST_TEXT], charset) if len(data) <= 2 * LONGEST_TEXT else _beginning(data, charset)


def _beginning(data: bytes, charset: str) -> str:
    """Return the beginning of a very long text, cut at the end of a line so that no character is."""
    head = data[: 2 * LONGEST_TEXT]
    return to_text(head[: head.rfind(b"\n") + 1] or head, charset)


def _name_of(part: Message) -> str:
    try:
        return clean_line(_decoded(part.get_filename() or ""))
    # As with headers: a broken name is none.
    except Exception:
        return ""


def _nested(part: Message, name: str) -> Attachment:
    inner = part.get_payload()[0] if part.get_payload() else None
    subject = clean_line(_decoded(_headers(inner).get("subject", ""))) if isinstance(inner, Message) else ""
    return Attachment(name or f"{subject[:100] or 'message'}.eml", b"", is_mail=True)


def _unnamed(kind: str) -> str:
    return f"file.{kind.rpartition('/')[2][:10]}" if kind.isascii() else "file"
