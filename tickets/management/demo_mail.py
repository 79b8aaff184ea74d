"""The demonstration's mail: as it came for a few requests, two that are held back, and one from a machine.

Nobody is written to. Once there is some, nothing is added.
"""

import hashlib
import tomllib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from portal.accounts.querysets import email_key
from portal.registry import DemoStage
from tickets.choices import OPEN_STATES, Channel, IncomingState
from tickets.management.demo_requests import MARK as REQUESTS
from tickets.models import Incoming, Ticket
from tickets.selectors.threads import RECEIPT, thread_id
from tickets.services.mail_in import take_mail

CONTENT = Path(__file__).resolve().parent.parent / "demo" / "mail.toml"
MARK = "<demo-mail-"
OF_REQUESTS = 6


def load(stage: DemoStage) -> None:
    """Load the mail, unless there is some already."""
    if not Incoming.objects.filter(message_id__startswith=MARK).exists():
        tickets = Ticket.objects.filter(once__startswith=REQUESTS, channel=Channel.EMAIL, contact__isnull=False)
        came = list(tickets.select_related("contact", "organisation").order_by("-created_at", "-pk"))
        for number, ticket in enumerate(came[:OF_REQUESTS]):
            _of_request(ticket, number)
        open_ones = [ticket for ticket in came if ticket.state in OPEN_STATES] or came
        _from_outside(stage, open_ones[0] if open_ones else None)
    stage.say(f"{Incoming.objects.filter(message_id__startswith=MARK).count()} mails from outside")


def _of_request(ticket: Ticket, number: int) -> None:
    """Keep a mail for the first words of a request, as if it had come in so."""
    entry = ticket.entries.order_by("created_at", "pk").first()
    headers = {"From": ticket.contact.email, "Subject": ticket.subject}
    row = _kept(_mail(f"r{number}", headers, entry.text, ticket.created_at), ticket.created_at)
    row.sender, row.sender_key = ticket.contact.email.lower(), email_key(ticket.contact.email)
    row.message_id, row.identity, row.subject = f"{MARK}r{number}@demo.example>", row.sha256, ticket.subject
    row.state, row.organisation, row.ticket, row.entry = IncomingState.TAKEN, ticket.organisation, ticket, entry
    row.settled_at = ticket.created_at
    row.save()


def _from_outside(stage: DemoStage, answered: Ticket | None) -> None:
    """Take what is held back or left alone by the same rules as any mail."""
    mails = tomllib.loads(CONTENT.read_text(encoding="utf-8"))["mails"]
    for number, each in enumerate(mails, start=1):
        at = stage.anchor - timedelta(hours=3 * number)
        headers = {"From": each["from"], "Subject": each["subject"]}
        if each.get("answers") and answered is not None:
            headers["In-Reply-To"] = thread_id(answered, RECEIPT)
        if each.get("spam"):
            headers["X-Spam-Flag"] = "YES"
        row = _kept(_mail(f"o{number}", headers, each["text"].strip(), at), at)
        take_mail(row)
        row.save()


def _mail(name: str, headers: dict[str, Any], text: str, at: datetime) -> bytes:
    mail = EmailMessage(policy=SMTP)
    for key, value in headers.items():
        mail[key] = value
    mail["To"] = "support@sawt.example"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"{MARK}{name}@demo.example>"
    mail.set_content(text)
    return mail.as_bytes()


def _kept(raw: bytes, at: datetime) -> Incoming:
    sha256 = hashlib.sha256(raw).hexdigest()
    row = Incoming(channel=Channel.EMAIL, size=len(raw), sha256=sha256, received_at=at, due_at=at)
    row.raw.save("raw", ContentFile(raw), save=False)
    row.save()
    return row
