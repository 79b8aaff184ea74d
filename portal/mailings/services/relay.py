"""Handing one finished message to the relay, in two steps where the relay takes commands together (RFC 2920)."""

from smtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected

from django.core.mail.backends.base import BaseEmailBackend

from portal.mailings.emails import Letter, ascii_address

_OK, _TAKEN, _GO_ON = 250, (250, 251), 354
_DOWN = 421


class Unanswered(SMTPException):
    """The session ended after the text was handed over and before the relay said whether it took it."""


def hand_over(backend: BaseEmailBackend, content: bytes, *, sender: str, to: str) -> None:
    """Hand over one message; raises ``SMTPException``, ``OSError``, or ``ValueError`` for what no relay would take."""
    line = getattr(backend, "connection", None)
    if not isinstance(line, SMTP):
        # Not a relay: the mailbox of the demonstration, or of a test.
        backend.send_messages([Letter(content, sender=sender, to=to)])
        return
    sender, to = ascii_address(sender), ascii_address(to)
    line.ehlo_or_helo_if_needed()
    commands = [f"MAIL FROM:<{sender}>{_options(line, content)}\r\n", f"RCPT TO:<{to}>\r\n", "DATA\r\n"]
    replies = _ask(line, commands)
    _check(replies, sender=sender, to=to)
    _give(line, content)


def _options(line: SMTP, content: bytes) -> str:
    size = f" SIZE={len(content)}" if line.has_extn("size") else ""
    return size + (" BODY=8BITMIME" if line.has_extn("8bitmime") else "")


def _ask(line: SMTP, commands: list[str]) -> list[tuple[int, bytes]]:
    """Return the replies to these commands, as far as it made sense to go on."""
    if line.has_extn("pipelining"):
        line.send("".join(commands))
        commands = [""] * len(commands)
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
