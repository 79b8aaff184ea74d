"""Servers of a test's own that can be restarted and taken away while a real sender works."""

import socket
import struct
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest
import redis
from django.db import connection

from portal.operations.postgres import call, restore
from sawt_tools import paths, valkey
from sawt_tools.endings import end
from sawt_tools.postgres import NAME, THROW_AWAY, Cluster
from sawt_tools.stores import free_port
from tests.operations.clusters import ask


class Server:
    """A PostgreSQL with a copy of the tests' database."""

    def __init__(self, base):
        self.cluster = Cluster(base / "data", paths.socket_folder(base / "at"), THROW_AWAY)
        self.cluster.prepare()
        self.service = None

    @property
    def url(self):
        return self.cluster.url

    def start(self):
        self.service = self.cluster.service()
        self.service.start()
        deadline = time.monotonic() + 60
        while not self.cluster.is_ready():
            assert time.monotonic() < deadline, self.service.log.read_text()
            time.sleep(0.05)

    def stop(self):
        if self.service is not None:
            end([self.service.part])
            self.service.process.wait()
            self.service = None

    def fill(self, base):
        """Take in the tests' database as it stands."""
        ask(self.cluster, f"CREATE DATABASE {NAME}")
        file = base / "dump"
        call("pg_dump", ["--format=custom", "--no-owner", f"--file={file}"], connection.get_connection_params())
        restore(file, {"host": str(self.cluster.socket), "user": NAME, "dbname": NAME})

    def ask(self, statement):
        return ask(self.cluster, statement, database=NAME)


@contextmanager
def server(base):
    """Give a running server with the tests' database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "LOG", base)
        made = Server(base)
        try:
            made.start()
            made.fill(base)
            yield made
        finally:
            made.stop()


class Valkey:
    """A Valkey that forgets everything when it is killed."""

    def __init__(self):
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        words = [valkey.program(), "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self):
        try:
            return redis.Redis(port=self.port).ping()
        except redis.RedisError:
            return False

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Standstill:
    """Tells whether nothing more arrives at a relay for some seconds."""

    def __init__(self, relay, seconds=3.0):
        self.relay, self.seconds = relay, seconds
        self.seen, self.since = -1, time.monotonic()

    def is_reached(self):
        if len(self.relay.taken) != self.seen:
            self.seen, self.since = len(self.relay.taken), time.monotonic()
        return time.monotonic() - self.since >= self.seconds


class Deaf:
    """A relay that reads some of a text and hangs up in the middle of it."""

    def __init__(self):
        self.line = socket.create_server(("127.0.0.1", 0))
        self.port = self.line.getsockname()[1]
        self.read = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        session, _ = self.line.accept()
        with session, session.makefile("rb") as said:
            session.sendall(b"220 deaf\r\n")
            while (line := said.readline()) and not line.startswith(b"DATA"):
                session.sendall(b"250 OK\r\n")
            session.sendall(b"354 go on\r\n")
            self.read = len(said.read(300))
            # What is left unread makes the session end by a reset.
            session.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.line.close()
