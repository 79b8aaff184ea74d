"""One session with the mail relay: finished messages are handed over, in as few ways there as it allows (RFC 2920)."""

from contextlib import suppress
from dataclasses import dataclass
from smtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected

from django.core.mail.backends.base import BaseEmailBackend

from portal.mailings.emails import Letter, ascii_address

_OK, _TAKEN, _GO_ON = 250, (250, 251), 354
_DOWN = 421


class Unanswered(SMTPException):
    """The session ended after the text was handed over and before the relay said whether it took it."""


@dataclass(frozen=True, slots=True)
class Handing:
    """One finished message, and from whom to whom it goes: addresses as relays take them."""

    content: bytes
    sender: str
    to: str

    @classmethod
    def of(cls, content: bytes, *, sender: str, to: str) -> "Handing":
        """Return a message to be handed over; raises ``UnicodeError`` for an address that no relay would take."""
        return cls(content, ascii_address(sender), ascii_address(to))


class Relay:
    """A session that is kept from one message to the next.

    Where the relay takes commands together, ``announce`` says from whom and to whom a message goes without waiting for
    its answers, so that something else can be done meanwhile; until ``give`` gives the text, nothing can arrive. The
    message that follows is announced together with the text of the one before: one way there for both.

    Every method raises ``SMTPException`` or ``OSError``. In what state the session is then is anybody's guess:
    ``hang_up`` and open another one.
    """

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        # What is announced, and whose answers are not read yet.
        self._announced: Handing | None = None
        self._takes_together = self._takes_size = self._takes_8bit = False

    def open(self) -> None:
        """See to it that there is a session."""
        if not self._backend.open():
            return
        self._announced = None
        if (line := self._line) is not None:
            line.ehlo_or_helo_if_needed()
            self._takes_together = line.has_extn("pipelining")
            self._takes_size, self._takes_8bit = line.has_extn("size"), line.has_extn("8bitmime")

    def announce(self, handing: Handing) -> None:
        """Say from whom and to whom, if that is not said yet and may be said without waiting."""
        if self._announced is handing or self._line is None or not self._takes_together:
            return
        self._announced = handing
        self._line.send("".join(self._commands(handing)))

    def give(self, handing: Handing, *, following: Handing | None = None) -> None:
        """Give the text, and with it announce the message that follows."""
        if (line := self._line) is None:
            # No relay: the mailbox of the demonstration, or of a test.
            self._backend.send_messages([Letter(handing.content, sender=handing.sender, to=handing.to)])
            return
        replies = _ask(line, ["", "", ""] if self._announced is handing else self._commands(handing))
        _check(replies, handing)
        self._announced = following if self._takes_together else None
        ahead = "".join(self._commands(self._announced)) if self._announced is not None else ""
        try:
            line.send(_ended(handing.content) + ahead.encode("ascii"))
        except (SMTPServerDisconnected, OSError) as error:
            raise _unanswered(error) from error

    def answer(self) -> None:
        """Return once the relay has taken the text that was given."""
        if (line := self._line) is None:
            return
        try:
            reply = line.getreply()
        except (SMTPServerDisconnected, OSError) as error:
            # From the text's last line on, no answer does not mean that it was not taken.
            raise _unanswered(error) from error
        if reply[0] != _OK:
            raise SMTPDataError(*reply)

    def hang_up(self) -> None:
        """End the session; what was announced and has no text goes nowhere."""
        with suppress(SMTPException, OSError):
            if self._announced is not None and self._line is not None:
                # A relay that waits for a text would take a farewell for it.
                self._line.close()
                self._backend.connection = None
            self._backend.close()
        self._announced = None

    @property
    def _line(self) -> SMTP | None:
        line = getattr(self._backend, "connection", None)
        return line if isinstance(line, SMTP) else None

    def _commands(self, handing: Handing) -> list[str]:
        size = f" SIZE={len(handing.content)}" if self._takes_size else ""
        options = f"{size} BODY=8BITMIME" if self._takes_8bit else size
        return [f"MAIL FROM:<{handing.sender}>{options}\r\n", f"RCPT TO:<{handing.to}>\r\n", "DATA\r\n"]


def _ask(line: SMTP, commands: list[str]) -> list[tuple[int, bytes]]:
    """Return the replies to these commands, as far as it made sense to go on; empty ones are sent already."""
    replies: list[tuple[int, bytes]] = []
    for command in commands:
        if command:
            line.send(command)
        replies.append(line.getreply())
        if replies[-1][0] >= 400:
            break
    return replies


def _check(replies: list[tuple[int, bytes]], handing: Handing) -> None:
    """Raise what the standard library raises for a refusal."""
    mail, *others = replies
    if mail[0] != _OK:
        raise SMTPSenderRefused(*mail, handing.sender)
    recipient, *others = others
    if recipient[0] not in _TAKEN:
        if recipient[0] == _DOWN:
            raise SMTPSenderRefused(*recipient, handing.sender)
        raise SMTPRecipientsRefused({handing.to: recipient})
    (data,) = others
    if data[0] != _GO_ON:
        raise SMTPDataError(*data)


def _ended(content: bytes) -> bytes:
    """Return a text with the dots of its lines doubled, and with the line that ends it."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    return dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n")


def _unanswered(error: Exception) -> Unanswered:
    return Unanswered(f"{type(error).__name__}: {error}")
