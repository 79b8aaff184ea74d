"""The demonstration's mailbox keeps what a real SMTP client hands over."""

import asyncio
import smtplib
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest

from portal.messaging.management.commands.mailbox import listen, with_envelope


def letter() -> EmailMessage:
    """Return a message in three scripts, with a line that begins with a dot."""
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = "قرار بشأن تعليقكم"
    message["From"] = "Sawt <no-reply@sawt.example>"
    message["To"] = "citizen@demo.example"
    message.set_content("مرحبًا بكم\n.\n您好\n")
    return message


def send(port: int, message: EmailMessage, *recipients: str) -> None:
    """Hand a message over as the portal does."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message, to_addrs=recipients)


def deliver(folder: Path, *letters: tuple[EmailMessage, str]) -> None:
    """Keep these, handed over at the same time; in a thread of its own, since Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, exchange(folder, *letters)).result(timeout=30)


async def exchange(folder: Path, *letters: tuple[EmailMessage, str]) -> None:
    """Run the server for as long as it takes to send these."""
    async with await listen("127.0.0.1", 0, folder) as server:
        port = server.sockets[0].getsockname()[1]
        await asyncio.gather(*(asyncio.to_thread(send, port, message, to) for message, to in letters))


@pytest.mark.network
def test_a_letter_is_kept_as_it_came(tmp_path: Path) -> None:
    deliver(tmp_path / "deep" / "mailbox", (letter(), "hidden@demo.example"))
    (key,) = (box := Maildir(tmp_path / "deep" / "mailbox")).keys()
    kept = message_from_bytes(box.get_bytes(key), policy=policy.default)
    assert kept["X-Envelope-To"] == "hidden@demo.example"
    assert kept["X-Envelope-From"] == "no-reply@sawt.example"
    assert kept["Subject"] == "قرار بشأن تعليقكم"
    assert kept.get_content() == "مرحبًا بكم\n.\n您好\n"


@pytest.mark.network
def test_a_folder_that_is_there_but_empty_will_do(tmp_path: Path) -> None:
    deliver(tmp_path, (letter(), "citizen@demo.example"))
    assert len(Maildir(tmp_path)) == 1


@pytest.mark.network
def test_many_letters_at_once_are_all_kept(tmp_path: Path) -> None:
    letters = [(letter(), f"person{number}@demo.example") for number in range(20)]
    deliver(tmp_path / "mailbox", *letters)
    recipients = sorted(message["X-Envelope-To"] for message in Maildir(tmp_path / "mailbox"))
    assert recipients == sorted(to for _, to in letters)


def test_an_address_cannot_add_a_line_of_its_own() -> None:
    assert (
        with_envelope(b"A: b\r\n\r\nc", "x\r\nEvil: 1", ["y"])
        == b"X-Envelope-From: xEvil: 1\nX-Envelope-To: y\nA: b\n\nc"
    )
