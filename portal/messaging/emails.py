"""Messages as text: rendering in the recipient's language, and the form in which a relay takes them."""

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, engines
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language_info

from portal.messaging.models import Message

SUBJECT_LENGTH = 250
# Overrides and embeddings turn round what follows them; the isolates of our own templates stay.
_OVERRIDES = re.compile("[\u202a-\u202e]")
_MANY_BREAKS = re.compile(r"\n{3,}")
TAGS = {"ar": "ar", "en": "en", "zh-hans": "zh-Hans"}
# A relay that offers nothing but the first standard still takes lines of this length, line end not counted.
LONGEST_LINE = 998
_MARK = re.compile(r"\+o\.(?P<code>[0-9a-z]{1,16})\.(?P<signature>[0-9a-f]{16})@")
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Rendered:
    """One message in one language."""

    subject: str
    text: str
    html: str


def render(prefix: str, language: str, context: dict[str, Any]) -> Rendered:
    """Render ``<prefix>.subject.txt``, ``.txt`` and ``.html`` in this language.

    Text is not escaped, HTML is. Addresses, dates and numbers come out in the language too. The caller's context is
    joined by ``base_url``, ``language`` (for ``lang``) and ``direction``.
    """
    shared = {
        "base_url": settings.BASE_URL.rstrip("/"),
        "language": TAGS[language],
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
    }
    with translation.override(language):
        subject = _fill(f"{prefix}.subject.txt", {**context, **shared}, autoescape=False)
        text = _fill(f"{prefix}.txt", {**context, **shared}, autoescape=False)
        html = _fill(f"{prefix}.html", {**context, **shared, "subject": _one_line(subject)}, autoescape=True)
    return Rendered(_one_line(subject), _MANY_BREAKS.sub("\n\n", text).strip() + "\n", _inliner.inline(html))


def render_text(name: str, language: str, context: dict[str, Any]) -> str:
    """Render a short message to a number in this language; it has no subject and no HTML."""
    with translation.override(language):
        text = _fill(name, {**context, "base_url": settings.BASE_URL.rstrip("/")}, autoescape=False)
    return _MANY_BREAKS.sub("\n\n", text).strip()


def _fill(name: str, context: dict[str, Any], *, autoescape: bool) -> str:
    template = engines["django"].get_template(name).template
    return _OVERRIDES.sub("", template.render(Context(context, autoescape=autoescape)))


def _one_line(subject: str) -> str:
    return " ".join(subject.split())[:SUBJECT_LENGTH]


class Mail(EmailMultiAlternatives):
    """A message as Django's mail backends take it, with a body encoded the way we want it.

    ``from_email`` is the address to which relays return it; its readers see the portal's own.
    Django turns a text with one long line into quoted-printable, which makes Arabic 2.3 times as long.
    """

    def message(self, **kwargs: Any) -> EmailMessage:
        """Return the parts as 8bit, or base64 where a line is longer than relays must take."""
        mail = _Bytes(policy=_POLICY)
        mail.set_content(self.body, cte=_encoding(self.body))
        for content, _ in self.alternatives:
            mail.add_alternative(content, subtype="html", cte=_encoding(content))
        # After the parts, since making them moves what begins with “Content-” into the first.
        mail["From"], mail["To"], mail["Subject"] = settings.DEFAULT_FROM_EMAIL, ", ".join(self.to), self.subject
        mail["Reply-To"] = ", ".join(self.reply_to)
        for name, value in self.extra_headers.items():
            mail[name] = value
        return mail


class _Policy(EmailPolicy):
    """That of SMTP, but for addresses in angle brackets: the standard library turns long ones into encoded words."""

    def fold(self, name: str, value: Any) -> str:
        """Return a header as a message in text has it."""
        return f"{name}: {value}{self.linesep}" if name in _ON_ONE_LINE else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as it goes to the relay."""
        return self.fold(name, value).encode("ascii") if name in _ON_ONE_LINE else super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")
_ON_ONE_LINE = {"List-Unsubscribe", "List-Id"}


class _Bytes(EmailMessage):
    """Django asks for the line end, which the standard library's own message takes from its policy."""

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str = "\r\n") -> bytes:
        return super().as_bytes(unixfrom, (policy or self.policy).clone(linesep=linesep))


def compose(message: Message) -> Mail:
    """Return the message as it is handed to the relay; the same row gives the same Message-ID every time.

    Headers of the message itself win over those that every mail has; what is not from a person asks all machines that
    answer (holidays, failures) to leave it alone. Raises ``UnicodeError`` for an address that cannot be written in
    ASCII, which no relay we use would take.
    """
    headers = {
        "Date": format_datetime(timezone.now()),
        "Message-ID": f"<{message.code}@{mail_domain()}>",
        "Content-Language": TAGS[message.language],
        "Auto-Submitted": "auto-generated",
    } | message.headers
    if headers["Auto-Submitted"] != "no":
        headers["X-Auto-Response-Suppress"] = "All"
    return Mail(
        subject=message.subject,
        body=message.text,
        from_email=return_path(message),
        to=[_ascii_address(message.address)],
        reply_to=[message.reply_to or settings.REPLY_TO_EMAIL],
        headers=headers,
        alternatives=[(message.html, "text/html")],
    )


def return_path(message: Message) -> str:
    """Return the address to which relays return this message: it names the message, signed."""
    local, _, domain = settings.BOUNCE_EMAIL.rpartition("@")
    return f"{local}+o.{message.code}.{_signature(message.code)}@{domain}"


def message_named_by(mark: str) -> str | None:
    """Return the code of the message that a return path names, or None for what we did not sign."""
    found = _MARK.search(mark)
    is_ours = found is not None and constant_time_compare(found["signature"], _signature(found["code"]))
    return found["code"] if found is not None and is_ours else None


def _signature(code: str) -> str:
    return salted_hmac("messaging.message", code, algorithm="sha256").hexdigest()[:16]


def mail_domain() -> str:
    """Return what stands behind the @ of the Message-IDs that are ours."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def _ascii_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}".encode("ascii").decode()


def _encoding(text: str) -> str:
    return "8bit" if all(len(line.encode()) <= LONGEST_LINE for line in text.split("\n")) else "base64"
