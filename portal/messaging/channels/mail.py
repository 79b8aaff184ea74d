"""E-mail: out by the relay (SMTP), in from a mailbox (IMAP)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from imaplib import IMAP4
from smtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from imap_tools import AND, BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted

from portal.messaging.channels.base import Arrived, Away, Channel, Health, NotTaken
from portal.messaging.choices import Way
from portal.messaging.emails import compose
from portal.messaging.models import Message

# In bytes: what is larger stays on the server, and only its beginning is fetched.
LARGEST_MAIL = 25_000_000
BEGINNING = 100_000
AT_ONCE = 50
TIMEOUT = 20
_LINES = {"ssl": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}
_AWAY = (OSError, IMAP4.error, ImapToolsError)


class MailChannel(Channel):
    """One connection to the relay for all messages of a batch, and one to the mailbox for each visit."""

    way = Way.EMAIL

    def __init__(self, mailbox: dict[str, Any] | None = None) -> None:
        self.connection = get_connection()
        self.mailbox = settings.IMAP if mailbox is None else mailbox

    def open(self) -> None:
        """Open the line to the relay."""
        try:
            self.connection.open()
        except (OSError, SMTPException) as error:
            raise Away(str(error)) from None

    def close(self) -> None:
        """Close it."""
        with suppress(SMTPException, OSError):
            self.connection.close()

    def send(self, message: Message) -> None:
        """Hand one message to the relay."""
        try:
            self.connection.send_messages([compose(message)])
        except (SMTPException, OSError) as error:
            # What state the session is in is anybody's guess: the next message gets a new one.
            self.close()
            raise NotTaken(f"{type(error).__name__}: {error}", is_temporary=is_temporary(error)) from None
        except ValueError as error:
            raise NotTaken(f"{type(error).__name__}: {error}", is_temporary=False) from None

    def receive(self) -> Iterator[Arrived]:
        """Give unseen mail. It is marked as seen, or moved, once it is settled; nothing is ever deleted."""
        if not self.mailbox["host"]:
            return
        try:
            with _mailbox(self.mailbox) as mailbox:
                # Mail that a person has marked or that was answered elsewhere is nobody's business here.
                for uid in mailbox.uids(AND(seen=False))[:AT_ONCE]:
                    arrived = _fetch(mailbox, uid, self.mailbox["done_folder"])
                    if arrived is not None:
                        yield arrived
        except _AWAY as error:
            raise Away(f"{type(error).__name__}: {error}") from None

    def health(self) -> Health:
        """Sign in to the mailbox, where there is one."""
        if not self.mailbox["host"]:
            return Health(ok=True, detail="no mailbox")
        try:
            with _mailbox(self.mailbox):
                return Health(ok=True)
        except _AWAY as error:
            return Health(ok=False, detail=type(error).__name__)


def is_temporary(error: Exception) -> bool:
    """Judge an error of the relay: 5xx for the message is final; 4xx, connections and sign-in are not."""
    codes: list[int] = []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    elif isinstance(error, SMTPResponseException) and not isinstance(error, SMTPAuthenticationError):
        codes = [error.smtp_code]
    return not any(code >= 500 for code in codes)


@contextmanager
def _mailbox(options: dict[str, Any]) -> Iterator[BaseMailBox]:
    mailbox = _LINES[options["tls"]](options["host"], options["port"], timeout=TIMEOUT)
    try:
        mailbox.login(options["user"], options["password"], initial_folder=options["folder"])
        yield mailbox
    finally:
        with suppress(*_AWAY):
            mailbox.logout()


def _fetch(mailbox: BaseMailBox, uid: str, done_folder: str) -> Arrived | None:
    """Return one mail without marking it; None when it has gone since."""
    size = _size(mailbox, uid)
    is_whole = size <= LARGEST_MAIL
    part = "BODY.PEEK[]" if is_whole else f"BODY.PEEK[]<0.{BEGINNING}>"
    _status, found = mailbox.client.uid("FETCH", uid, f"({part})")
    raw = next((item[1] for item in found if isinstance(item, tuple)), None)
    if raw is None:
        return None
    settle = partial(_settle, mailbox, uid, done_folder if is_whole else "")
    return Arrived(bytes(raw), max(size, len(raw)), is_whole, settle)


def _size(mailbox: BaseMailBox, uid: str) -> int:
    _status, found = mailbox.client.uid("FETCH", uid, "(RFC822.SIZE)")
    for item in found:
        line = item[0] if isinstance(item, tuple) else item
        if line and b"RFC822.SIZE" in line:
            digits = line.split(b"RFC822.SIZE", 1)[1].split()[0].strip(b")")
            return int(digits) if digits.isdigit() else 0
    return 0


def _settle(mailbox: BaseMailBox, uid: str, done_folder: str) -> None:
    """Mark as seen, or move where a folder is named; what is only partly here stays where it is. Raises ``Away``."""
    try:
        _mark(mailbox, uid, done_folder)
    except _AWAY as error:
        raise Away(f"{type(error).__name__}: {error}") from None


def _mark(mailbox: BaseMailBox, uid: str, done_folder: str) -> None:
    # Not by the library's own word for it, which also empties the folder of what others have marked as deleted.
    mailbox.client.uid("STORE", uid, "+FLAGS", "(\\Seen)")
    if done_folder:
        mailbox.move(uid, done_folder)
