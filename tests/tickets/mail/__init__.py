"""Mail from outside: letters to be read, and a real mailbox from which they are fetched."""

from email.message import EmailMessage
from email.policy import SMTP

from tickets.choices import Channel
from tickets.models import Incoming
from tickets.services import incoming


def letter(text="The light is still dark.", **headers):
    """Return a mail as bytes; a header given as None is left out, and underscores stand for hyphens."""
    mail = EmailMessage(policy=SMTP)
    standard = {
        "From": "Guest <guest@example.org>",
        "To": "support@sawt.example",
        "Subject": "A street light",
        "Message-ID": "<one@mail.example>",
        "Date": "Sun, 05 Apr 2026 09:00:00 +0300",
    }
    for name, value in (standard | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value is not None:
            mail[name] = value
    mail.set_content(text)
    return mail


def take(mail):
    """Keep a mail and make something of it, as the two ticks do; return its row."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    assert incoming.keep(raw, channel=Channel.EMAIL)
    incoming.take_due()
    return Incoming.objects.order_by("-pk").first()
