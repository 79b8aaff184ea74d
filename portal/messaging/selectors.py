"""What of the outbox waits for administrators, and the demonstration's mailbox.

The mailbox is read from the folder into which its SMTP server writes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.accounts.choices import Role
from portal.accounts.rules import holds_in_ministry
from portal.messaging.choices import MessageState, Way
from portal.messaging.models import Message, WayState

_LINK = re.compile(r"https?://\S+")
SHOWN_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted")


def failed(user: Any) -> int | None:
    """Return how many messages were given up; None for all but administrators of the ministry."""
    if not holds_in_ministry(user, Role.ADMINISTRATOR):
        return None
    return Message.objects.filter(state=MessageState.FAILED).count()


def mailbox_age() -> float | None:
    """Return the seconds since the mailbox was last read to its end, None when it never was."""
    read_at = WayState.objects.filter(way=Way.EMAIL).values_list("fetched_at", flat=True).first()
    return max(0.0, (timezone.now() - read_at).total_seconds()) if read_at else None


@dataclass(frozen=True)
class Letter:
    """One message that was delivered. Everything in it is as hostile as any mail."""

    key: str
    at: datetime
    subject: str
    to: str
    language: str
    headers: list[tuple[str, str]]
    text: str
    html: str

    @property
    def links(self) -> list[str]:
        """Links to this portal, for the frame that shows the message lets nobody follow any."""
        found = (link.rstrip(".,،。)") for link in _LINK.findall(self.text))
        ours = [link for link in found if link.startswith(settings.BASE_URL.rstrip("/") + "/")]
        return list(dict.fromkeys(ours))


def letter_files() -> list[Path]:
    """Return the files of the mailbox, newest first."""
    folders = (Path(settings.MAILBOX_DIR) / name for name in ("new", "cur"))
    found = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def letter(key: str) -> Letter | None:
    """Return the message of this key, or None; the key is compared, never made into a path."""
    return next((read(path) for path in letter_files() if _key(path) == key), None)


def read(path: Path) -> Letter:
    """Read one file of the mailbox."""
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(
        key=_key(path),
        at=datetime.fromtimestamp(path.stat().st_mtime, tz=UTC),
        subject=_header(mail, "Subject"),
        to=_header(mail, "To"),
        language=_header(mail, "Content-Language"),
        headers=list(_headers(mail)),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
    )


def _key(path: Path) -> str:
    return path.name.partition(":")[0]


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (ValueError, IndexError, AttributeError):
        # The parser of the standard library stumbles over some broken headers.
        return ""


def _headers(mail: EmailMessage) -> Iterator[tuple[str, str]]:
    for name in SHOWN_HEADERS:
        value = _header(mail, name)
        if value:
            yield name, value


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    try:
        return part.get_content() if part is not None else ""
    except (LookupError, ValueError):
        return ""
