"""What was answered with success is in the database, whatever is killed, and the portal comes back by itself.

Real servers: PostgreSQL, Valkey, the web server as the image starts it, a Celery worker; and people who post and vote.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from itertools import count, product
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.db import connection

from portal.operations import postgres
from sawt_tools import paths, stores, valkey
from sawt_tools.endings import end
from sawt_tools.postgres import THROW_AWAY, Cluster
from sawt_tools.processes import Service
from tests.operations import ROOT
from tests.operations.clusters import ask

# The tests' own database is made for what is marked alone: from another one the tables could be older ones.
pytestmark = [pytest.mark.network, pytest.mark.django_db]

CONNECTIONS = 6
TOKEN = "t" * 32
# How soon after what was ended is there again the portal takes comments and votes again, in seconds.
SOON = 15
STARTING = 60


class Portal:
    """The programs, and the people who use them."""

    def __init__(self, base) -> None:
        # As in production what was answered is written: an immediate stop loses what only stood in memory.
        settings = THROW_AWAY | {"synchronous_commit": "on"}
        self.cluster = Cluster(base / "data", paths.socket_folder(base / "at"), settings)
        self.cluster.prepare()
        self.database = self.cluster.service()
        folder = paths.socket_folder(base / "store-at")
        self.store = valkey.service(base / "store", folder, keep=True)
        self.store_answers = lambda: valkey.answers(folder)
        self.port = stores.free_port()
        image = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("/srv/sawt/", f"{ROOT}/")
        self.mail_port = stores.free_port()
        own = {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(self.port)}
        env = {name: value for name, value in os.environ.items() if not name.startswith(("SAWT_", "DJANGO_"))}
        self.env = env | {
            **dict(re.findall(r"(GRANIAN_\w+)=(\S+)", image)),
            **own,
            "DATABASE_URL": self.cluster.url.replace("/sawt?", "/postgres?"),
            "REDIS_URL": valkey.url(folder),
            "DJANGO_SETTINGS_MODULE": "portal.settings.development",
            "SAWT_VAR": str(base / "var"),
            # Where no server for mail is until a test starts one.
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.mail_port),
        }
        python = [sys.executable, "-m"]
        self.web = Service("web", [*python, "granian", "portal.wsgi:application"], env=self.env)
        celery = ["celery", "-A", "portal", "worker", "--pool=threads", "--concurrency=2", "--loglevel=info"]
        self.worker = Service("worker", [*python, *celery], env=self.env)

    def start(self, schema) -> None:
        """Start everything, with a database that is filled."""
        self.database.start()
        wait(self.cluster.is_ready)
        words = [self.cluster.binaries / "psql", "-h", self.cluster.socket, "-U", "sawt", "-d", "postgres", "-q"]
        subprocess.run([*words, "-v", "ON_ERROR_STOP=1", "-f", schema], check=True, stdout=subprocess.DEVNULL)
        self.store.start()
        wait(self.store_answers)
        stage = [sys.executable, "-m", "tests.operations.recovery_stage"]
        done = subprocess.run(stage, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        self.facts = json.loads(done.stdout.splitlines()[-1])
        self.pairs = product(self.facts["people"], self.facts["votes"])
        self.numbers, self.lock = count(), threading.Lock()
        self.web.start()
        self.worker.start()
        wait(lambda: self.post("Is anybody there?", next(iter(self.facts["people"]))), STARTING)
        wait(self.worker_is_ready, STARTING)

    def stop(self) -> None:
        """End everything."""
        running = [each for each in (self.web, self.worker, self.store, self.database) if each.is_running]
        end([each.part for each in running])
        for each in running:
            each.process.wait()

    def worker_is_ready(self, times: int = 1) -> bool:
        """Tell whether the worker has said so often that it is ready."""
        return self.worker.log.read_bytes().count(b" ready.") >= times

    def ask(self, path: str, session: str, fields: dict[str, str], **headers: str) -> tuple[int, str]:
        """Post a form; return the status and where it leads, or nothing when there was no answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        form = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": TOKEN}
        try:
            line.request(
                "POST", path, urlencode(fields), form | {"Cookie": f"sessionid={session}; csrftoken={TOKEN}"} | headers
            )
            answer = line.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()

    def post(self, body: str, session: str) -> bool:
        """Post a comment; True when the answer was that it stands there now."""
        status, place = self.ask(self.facts["post"], session, {"body": body})
        return status == 302 and "#c-" in place

    def request(self, subject: str, session: str) -> bool:
        """Send a request by the form and the look at it; True when the answer was its receipt."""
        form = {"kind": "enquiry", "subject": subject, "text": "It is dark.", "about": "unsure", "language": "en"}
        form |= {"reply_by": "email", "shown": self.facts["form"]["shown"]}
        status, look = self.ask(self.facts["form"]["path"], session, form)
        if status != 302:
            return False
        status, place = self.ask(look, session, {})
        return status == 302 and place.endswith("?said=received")

    def deliver(self) -> None:
        """Let the worker send what waits, as the tick does once its time has come."""
        self.rows("UPDATE messaging_message SET due_at = now() WHERE state = 'queued'")
        call = [sys.executable, "-m", "celery", "-A", "portal", "call", "messaging.deliver_due"]
        subprocess.run(call, cwd=ROOT, env=self.env, check=True, capture_output=True, timeout=STARTING)

    def vote(self, session: str, path: str) -> bool:
        """Vote; True when the answer was the new count."""
        return self.ask(path, session, {"direction": "up"}, **{"HX-Request": "true"})[0] == 200

    def rows(self, statement: str) -> list[tuple]:
        """Return the rows of the portal's database."""
        return ask(self.cluster, statement)


class Crowd:
    """People who post and vote without pause, and remember what they were told."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.over = portal, threading.Event()
        self.bodies: list[str] = []
        self.votes: list[tuple[int, int]] = []
        self.threads = [threading.Thread(target=self._act) for _ in range(CONNECTIONS)]

    def __enter__(self) -> "Crowd":
        for thread in self.threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _act(self) -> None:
        facts = self.portal.facts
        while not self.over.is_set():
            with self.portal.lock:
                number = next(self.portal.numbers)
                pairs = [next(self.portal.pairs) for _ in range(3)]
            body = f"Remark {number} of somebody"
            # Somebody else each time: nobody posts more often than people may.
            session = list(facts["people"])[number % len(facts["people"])]
            if self.portal.post(body, session):
                self.bodies.append(body)
            for session, path in pairs:
                if self.portal.vote(session, path):
                    self.votes.append((facts["people"][session], facts["votes"][path]))
            self.over.wait(0.05)

    def goes_on(self) -> None:
        """Wait until both comments and votes are taken from now on; fails when they are not soon."""
        posted, voted = len(self.bodies), len(self.votes)
        wait(lambda: len(self.bodies) > posted + 3 and len(self.votes) > voted + 3)


def wait(done: Callable[[], object], seconds: float = SOON) -> None:
    """Wait until it is so."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def portal(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Portal]:
    """Run the whole portal once for all these tests, on tables like those of the tests' own database."""
    base = tmp_path_factory.mktemp("recovery")
    schema = base / "schema.sql"
    with django_db_blocker.unblock():
        options = ["--schema-only", "--no-owner", "--no-privileges", f"--file={schema}"]
        postgres.call("pg_dump", options, connection.get_connection_params())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "LOG", base)
        made = Portal(base)
        try:
            made.start(schema)
            yield made
        finally:
            made.stop()


def kill_a_web_worker(portal: Portal) -> None:
    (victim, *_others) = web_workers(portal)
    os.kill(victim, signal.SIGKILL)
    wait(lambda: len(web_workers(portal)) == 2 and victim not in web_workers(portal), STARTING)


def web_workers(portal: Portal) -> list[int]:
    """Return the processes that the web server started to answer requests."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "status").read_text().partition("PPid:")[2].split()[0])
    below = {portal.web.process.pid}
    for _ in range(3):
        below |= {pid for pid, parent in parents.items() if parent in below}
    # They stand at the end of the line: launcher, server, workers.
    return sorted(below - set(parents.values()))


def kill_the_worker(portal: Portal) -> None:
    """Kill it, and start it again as the composition's rule for restarts does."""
    readied = portal.worker.log.read_bytes().count(b" ready.")
    os.killpg(portal.worker.process.pid, signal.SIGKILL)
    portal.worker.process.wait()
    portal.worker.start()
    wait(lambda: portal.worker_is_ready(readied + 1), STARTING)


def restart_database(portal: Portal, how: signal.Signals) -> None:
    server = int((portal.cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(server, how)
    portal.database.process.wait(30)
    portal.database.start()
    wait(portal.cluster.is_ready)


def restart_store(portal: Portal) -> None:
    end([portal.store.part])
    portal.store.process.wait(30)
    portal.store.start()
    wait(portal.store_answers)


FAULTS = {
    "a web worker is killed": kill_a_web_worker,
    "the Celery worker is killed": kill_the_worker,
    "PostgreSQL restarts fast": lambda portal: restart_database(portal, signal.SIGINT),
    "PostgreSQL restarts at once": lambda portal: restart_database(portal, signal.SIGQUIT),
    "Valkey restarts": restart_store,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_accepted_is_there_and_the_portal_comes_back(portal, fault):
    with Crowd(portal) as crowd:
        FAULTS[fault](portal)
        crowd.goes_on()
    bodies = {body for (body,) in portal.rows("SELECT body FROM comments_comment")}
    votes = set(portal.rows("SELECT person_id, comment_id FROM comments_commentvote"))
    assert set(crowd.bodies) - bodies == set()
    assert set(crowd.votes) - votes == set()
    assert drift(portal) == []


def drift(portal: Portal) -> list[tuple]:
    """Return counters that do not equal their rows."""
    return portal.rows(
        """SELECT c.code, c.up, count(v.id) FROM comments_comment c
             LEFT JOIN comments_commentvote v ON v.comment_id = c.id AND v.value = 1
            GROUP BY c.id HAVING c.up <> count(v.id)
            UNION ALL
           SELECT t.code, t.comment_count, count(c.id) FROM comments_thread t
             LEFT JOIN comments_comment c ON c.thread_id = t.id GROUP BY t.id HAVING t.comment_count <> count(c.id)"""
    )


class Kept:
    """A server for mail that keeps whom it was given something for."""

    def __init__(self) -> None:
        self.receipts: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.SMTP)
        self.receipts.append(mail.get_body(("plain",)).get_content())
        return "250 OK"


def test_requests_that_were_accepted_are_there_and_their_receipts_go_out(portal):
    """While mail cannot be sent at all, the database and the store go away and come back, and people ask on."""
    accepted: list[str] = []
    over = threading.Event()

    def act() -> None:
        for number in count():
            if over.is_set():
                return
            subject = f"Lamp {number:04}"
            # Twenty within an hour each: many people, one after the other.
            if portal.request(subject, list(portal.facts["people"])[number % len(portal.facts["people"])]):
                accepted.append(subject)

    def more() -> None:
        so_far = len(accepted)
        wait(lambda: len(accepted) > so_far + 2, STARTING)

    thread = threading.Thread(target=act)
    thread.start()
    try:
        more()
        restart_database(portal, signal.SIGQUIT)
        more()
        restart_store(portal)
        more()
    finally:
        over.set()
        thread.join()
    rows = "SELECT subject, id, next_due_at FROM tickets_ticket WHERE subject LIKE 'Lamp %'"
    stored = {subject: (number, due) for subject, number, due in portal.rows(rows)}
    assert set(accepted) - set(stored) == set()
    # Each stands once, with its promise, its words, the row of its state, and its receipt.
    assert len(portal.rows(rows)) == len(stored)
    assert all(due is not None for _number, due in stored.values())
    for table in ("tickets_entry", "tickets_move"):
        beside = portal.rows(f"SELECT ticket_id FROM {table}")
        assert sorted(number for (number,) in beside) == sorted(number for number, _due in stored.values())
    kept, waiting = (
        Kept(),
        "SELECT count(*) FROM messaging_message WHERE template = 'tickets/receipt' AND state <> 'sent'",
    )
    assert portal.rows(waiting) == [(len(stored),)]
    server = Controller(kept := Kept(), hostname="127.0.0.1", port=portal.mail_port)
    server.start()
    try:
        portal.deliver()
        wait(lambda: portal.rows(waiting) == [(0,)], STARTING)
    finally:
        server.stop()
    told = [subject for subject in stored for receipt in kept.receipts if subject in receipt]
    assert sorted(told) == sorted(stored)
