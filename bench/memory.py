"""Resident memory of the programs that run all the time."""

import time
from contextlib import closing

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from celery import current_app
from django.db import transaction

from bench.processes import children, free_port, resident_megabytes, worker
from portal.accounts.models import Person
from portal.messaging.emails import Rendered
from portal.messaging.models import Message
from portal.messaging.services import post

MAILS = 300
RESTING = 3.0


def of_web_worker(server: int) -> float:
    """Return that of the larger worker, after all the load it had."""
    return max(resident_megabytes(pid) for pid in children(server))


def of_worker() -> float:
    """Return that of a Celery worker that has just begun and has nothing to do."""
    with worker("worker", "sawt-bench-idle", concurrency=4) as process:
        time.sleep(RESTING)
        return _whole(process.pid)


def of_sender() -> float:
    """Return that of the mail sender, after it has handed so many messages to a relay."""
    sink = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    sink.start()
    try:
        with worker("sender", "sawt-bench-mail", concurrency=2, SAWT_BENCH_SMTP=str(sink.port)) as process:
            _write(MAILS)
            for _ in range(MAILS // 100 + 1):
                current_app.send_task("messaging.deliver_due", queue="sawt-bench-mail")
            until = time.monotonic() + 60
            while Message.objects.exclude(state="sent").exists() and time.monotonic() < until:
                time.sleep(0.2)
            assert not Message.objects.exclude(state="sent").exists(), "the sender has not sent everything"
            return _whole(process.pid)
    finally:
        with closing(sink.loop):
            sink.stop()


def _write(count: int) -> None:
    rendered = Rendered(subject="A word", text="Some words.\n" * 40, html="<p>Some words.</p>" * 40)
    with transaction.atomic():
        Message.objects.exclude(state="sent").update(state="failed")
        Message.objects.filter(state="failed").update(state="sent")
        for person in Person.objects.order_by("pk")[:count]:
            post(person, address=person.email, template="bench/word", rendered=rendered, language=person.language)


def _whole(pid: int) -> float:
    return resident_megabytes(pid) + sum(resident_megabytes(child) for child in children(pid))
