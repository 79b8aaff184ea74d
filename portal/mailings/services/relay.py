"""Handing one finished message to the relay, in two steps where the relay takes commands together (RFC 2920)."""

from smtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected

from django.core.mail.backends.base import BaseEmailBackend

from portal.mailings.emails import Letter, ascii_address

_OK, _TAKEN, _GO_ON = 250, (250, 251), 354
_DOWN = 421


class Unanswered(SMTPException):
    """The session ended after the text was handed over and before the relay said whether it took it."""


class Handing:
    """One message on its way to the relay.

    ``announce`` says from whom and to whom; where the relay takes commands together its answers are not waited for, so
    that something else can be done meanwhile. Until ``finish`` gives the text, nothing can arrive.
    """

    def __init__(self, backend: BaseEmailBackend, content: bytes, *, sender: str, to: str) -> None:
        self.backend, self.content = backend, content
        self.sender, self.to = ascii_address(sender), ascii_address(to)
        line = getattr(backend, "connection", None)
        # Otherwise no relay: the mailbox of the demonstration, or of a test.
        self.line = line if isinstance(line, SMTP) else None
        self.is_announced = False

    def announce(self) -> None:
        """Send the commands ahead; raises ``SMTPException`` or ``OSError``."""
        if self.line is None:
            return
        self.line.ehlo_or_helo_if_needed()
        if self.line.has_extn("pipelining"):
            self.is_announced = True
            self.line.send("".join(self._commands()))

    def finish(self) -> None:
        """Give the text; raises ``SMTPException`` or ``OSError``."""
        if self.line is None:
            self.backend.send_messages([Letter(self.content, sender=self.sender, to=self.to)])
            return
        replies = _ask(self.line, ["", "", ""] if self.is_announced else self._commands())
        _check(replies, sender=self.sender, to=self.to)
        _give(self.line, self.content)

    def _commands(self) -> list[str]:
        options = _options(self.line, self.content)
        return [f"MAIL FROM:<{self.sender}>{options}\r\n", f"RCPT TO:<{self.to}>\r\n", "DATA\r\n"]


def _options(line: SMTP, content: bytes) -> str:
    size = f" SIZE={len(content)}" if line.has_extn("size") else ""
    return size + (" BODY=8BITMIME" if line.has_extn("8bitmime") else "")


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


def _check(replies: list[tuple[int, bytes]], *, sender: str, to: str) -> None:
    """Raise what the standard library raises for a refusal."""
    mail, *others = replies
    if mail[0] != _OK:
        raise SMTPSenderRefused(*mail, sender)
    recipient, *others = others
    if recipient[0] not in _TAKEN:
        if recipient[0] == _DOWN:
            raise SMTPSenderRefused(*recipient, sender)
        raise SMTPRecipientsRefused({to: recipient})
    (data,) = others
    if data[0] != _GO_ON:
        raise SMTPDataError(*data)


def _give(line: SMTP, content: bytes) -> None:
    """Give the text; from its last line on, no answer does not mean that it was not taken."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    ending = b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        line.send(dotted + ending)
        reply = line.getreply()
    except (SMTPServerDisconnected, OSError) as error:
        raise Unanswered(f"{type(error).__name__}: {error}") from error
    if reply[0] != _OK:
        raise SMTPDataError(*reply)
