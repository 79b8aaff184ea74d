"""A server that accepts every message and keeps it in a folder, for demonstrations and development."""

import asyncio
import signal
from argparse import ArgumentParser
from mailbox import Maildir
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# Envelope fields are put in front, since a blind copy is nowhere else in a message.
SENDER_HEADER = "X-Envelope-From"
RECIPIENT_HEADER = "X-Envelope-To"
LARGEST_MESSAGE = 30_000_000


def with_envelope(content: bytes, sender: str, recipients: list[str]) -> bytes:
    """Return the message as it came, under lines that say from whom and to whom it was handed over."""
    lines = [f"{SENDER_HEADER}: {sender}", *(f"{RECIPIENT_HEADER}: {recipient}" for recipient in recipients)]
    head = "".join(line.replace("\r", "").replace("\n", "") + "\n" for line in lines)
    return head.encode("utf-8", "replace") + content.replace(b"\r\n", b"\n")


class Keeper:
    """Writes what arrives into a Maildir, where a message appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        # Maildir makes these itself only when the folder is not there at all.
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.box = Maildir(folder)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.box.add(with_envelope(envelope.content, envelope.mail_from or "", envelope.rcpt_tos))
        return "250 Kept"


async def listen(host: str, port: int, folder: Path) -> asyncio.Server:
    """Return a server that keeps every message in the folder."""
    # Not among the requirements of production, where nothing pretends to deliver mail.
    from aiosmtpd.smtp import SMTP

    keeper = Keeper(folder)

    def factory() -> SMTP:
        return SMTP(keeper, data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True, hostname="mailbox.example")

    return await asyncio.get_running_loop().create_server(factory, host, port)


async def serve(host: str, port: int, folder: Path) -> None:
    """Accept mail until a signal asks for the end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with await listen(host, port, folder):
        await ended.wait()


class Command(BaseCommand):
    """``manage.py mailbox --port 1025 --folder var/mailbox``"""

    help = "Accept every message by SMTP and keep it in a Maildir; it sends nothing on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.EMAIL_PORT)
        parser.add_argument("--folder", type=Path, default=settings.MAILBOX_DIR)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(serve(options["host"], options["port"], options["folder"]))
        except ImportError as error:
            raise CommandError("aiosmtpd is missing: install requirements/run.txt.") from error
        except OSError as error:
            raise CommandError(f"The mailbox cannot listen on port {options['port']}: {error.strerror}.") from error
