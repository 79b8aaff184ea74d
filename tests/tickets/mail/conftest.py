"""A real IMAP server in a process of its own, and the ministry for whose mailbox it stands."""

import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest
from imap_tools import AND, MailBoxUnencrypted

from portal.accounts.choices import OrganisationKind
from sawt_tools.stores import free_port
from tests.calendars import calendar_of
from tests.factories import OrganisationFactory

USER, PASSWORD = "support", "a password"


@pytest.fixture
def ministry(db):
    made = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    calendar_of(made)
    return made


class Mailbox:
    """A server that can be stopped and started, and what a person would see in its folders."""

    def __init__(self, port):
        self.port, self.process = port, None

    def start(self):
        command = [sys.executable, "-c", "from pymap.main import main; main()"]
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "dict", "--demo-data"]
        login = ["--demo-user", USER, "--demo-password", PASSWORD]
        self.process = subprocess.Popen(
            [*command, *options, *login], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.1)
        self.empty()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def open(self):
        return MailBoxUnencrypted("127.0.0.1", self.port, timeout=20).login(USER, PASSWORD)

    def empty(self):
        """The server brings some mail of its own."""
        with self.open() as box:
            box.delete(box.uids())

    def put(self, *mails):
        with self.open() as box:
            for mail in mails:
                box.append(mail if isinstance(mail, bytes) else mail.as_bytes(), "INBOX")

    def unseen(self):
        with self.open() as box:
            return len(box.uids(AND(seen=False)))

    def count(self, folder="INBOX"):
        with self.open() as box:
            box.folder.set(folder)
            return len(box.uids())


@pytest.fixture
def mailbox(settings):
    """The portal's mailbox on a real server."""
    made = Mailbox(free_port())
    made.start()
    settings.IMAP = settings.IMAP | {
        "host": "127.0.0.1",
        "port": made.port,
        "tls": "none",
        "user": USER,
        "password": PASSWORD,
    }
    yield made
    if made.process.poll() is None:
        made.stop()
