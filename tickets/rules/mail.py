"""Which mail no machine of ours may answer, and for which body a mail is."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings

_BULK = {"bulk", "junk", "list", "auto_reply", "auto-reply"}
# Headers that only machines write.
_MACHINES = ("list-id", "x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients")
_NOBODY = {
    *("mailer-daemon", "mailerdaemon", "postmaster", "bounce", "bounces", "abuse-report"),
    *("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply"),
}


def is_automatic(letter: Any) -> bool:
    """Tell whether a machine wrote this: it is never answered by ours, or two machines would never stop."""
    said = letter.header("auto-submitted").partition(";")[0].strip().lower()
    if said and said != "no":
        return True
    if letter.header("precedence").strip().lower() in _BULK or any(letter.has(name) for name in _MACHINES):
        return True
    if letter.header("x-auto-response-suppress").strip().lower() not in ("", "none"):
        return True
    if letter.has("return-path") and letter.header("return-path").strip() in ("", "<>"):
        return True
    kind = letter.header("content-type").partition(";")[0].strip().lower()
    return kind == "multipart/report" or _is_nobody(letter.sender)


def is_own(letter: Any, *, message_id_is_ours: bool) -> bool:
    """Tell whether this is mail of the portal itself that came back, by its Message-ID or its sender."""
    return message_id_is_ours or letter.sender in our_addresses()


def is_marked_as_spam(letter: Any) -> bool:
    """Tell whether the mail server on the way took this for spam."""
    return letter.header("x-spam-flag").strip().lower() == "yes"


def our_addresses() -> set[str]:
    """Return the addresses that the portal writes from and reads at."""
    written = [settings.DEFAULT_FROM_EMAIL, settings.REPLY_TO_EMAIL, *settings.MAIL_BODIES]
    return {parseaddr(address)[1].lower() for address in written}


def body_code(recipients: Any) -> str:
    """Return the code of the body at one of whose addresses a mail came in, empty for the ministry's."""
    return next((code for address, code in settings.MAIL_BODIES.items() if address in recipients), "")


def address_of_body(code: str) -> str:
    """Return the address at which a body reads answers."""
    return next((address for address, each in settings.MAIL_BODIES.items() if each == code), settings.REPLY_TO_EMAIL)


def _is_nobody(address: str) -> bool:
    local = address.partition("@")[0].partition("+")[0]
    return local in _NOBODY or local.startswith(("bounce-", "bounces-", "noreply-", "no-reply-"))
