"""What Prometheus reads: the counts of all processes together, and what the database knows."""

import signal
import subprocess
import sys
import urllib.request
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry

from portal.calendars.choices import Level
from portal.calendars.models import Deadline
from portal.messaging.models import Message, WayState
from portal.operations.management.commands import metrics as command
from portal.operations.selectors import standing
from sawt_tools.stores import free_port
from tests.operations import ROOT
from tests.operations.test_watching import production

COUNT = """
import django; django.setup()
from portal.operations.metrics import REQUESTS
REQUESTS.labels("web:home", "GET", "200").inc()
"""


def message(**values):
    return Message.objects.create(
        address="a@example.org", language="en", template="t", subject="s", text="t", html="t", **values
    )


@pytest.mark.django_db
def test_the_age_of_the_outbox_is_that_of_the_message_longest_due():
    assert (standing().outbox_waiting, standing().outbox_age) == (0, 0.0)
    now = timezone.now()
    message(due_at=now - timedelta(minutes=5))
    message(due_at=now - timedelta(minutes=2))
    message(due_at=now + timedelta(hours=1))
    message(due_at=now - timedelta(days=1), state="sent")
    found = standing()
    assert found.outbox_waiting == 3
    assert 300 <= found.outbox_age < 310


@pytest.mark.django_db
def test_the_mailbox_is_measured_where_there_is_one(settings):
    WayState.objects.create(way="email", fetched_at=timezone.now() - timedelta(minutes=5))
    assert standing().mailbox_age is None
    settings.IMAP = settings.IMAP | {"host": "mail.example"}
    assert 300 <= standing().mailbox_age < 310


@pytest.mark.django_db
def test_what_apps_offer_is_measured_too():
    assert standing().gauges["incoming_held"] == ("Messages from outside that wait for a decision", 0)


@pytest.mark.django_db
def test_deadlines_are_overdue_by_level():
    now = timezone.now()
    for hours, met in ((-1, None), (-2, None), (-3, now), (1, None)):
        Deadline.objects.create(
            level="report_of_content",
            started_at=now - timedelta(days=1),
            due_at=now + timedelta(hours=hours),
            met_at=met,
        )
    assert standing().overdue == dict.fromkeys(Level.values, 0) | {"report_of_content": 2}


def samples(monkeypatch, found):
    def answer():
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(command, "standing", answer)
    monkeypatch.setattr(command.connections, "close_all", lambda: None)
    registry = CollectorRegistry()
    registry.register(command.PortalCollector())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def test_what_is_read_becomes_measures(monkeypatch):
    found = command.Standing(3, 12.5, {"report_of_content": 2}, None)
    assert samples(monkeypatch, found) == {
        ("sawt_database_up",): 1.0,
        ("sawt_outbox_waiting",): 3.0,
        ("sawt_outbox_age_seconds",): 12.5,
        ("sawt_deadlines_overdue", "report_of_content"): 2.0,
    }
    more = command.Standing(0, 0.0, {}, None, None, 9.0, {"incoming_held": ("Waits", 4)})
    assert samples(monkeypatch, more)[("sawt_mailbox_age_seconds",)] == 9.0
    assert samples(monkeypatch, more)[("sawt_incoming_held",)] == 4.0
    assert samples(monkeypatch, command.Standing(0, 0.0, {}, 7.0))[("sawt_heartbeat_age_seconds",)] == 7.0


def test_a_database_that_is_away_is_a_measure(monkeypatch):
    assert samples(monkeypatch, DatabaseError()) == {("sawt_database_up",): 0.0}


@pytest.mark.network
def test_counts_of_several_processes_are_served_as_one(tmp_path):
    environment = production(SAWT_METRICS=str(tmp_path))
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=environment, cwd=ROOT, check=True, timeout=60)
    assert len(list(tmp_path.glob("counter_*.db"))) == 2
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "manage.py", "metrics", "--port", str(port)],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout.readline() == f"Measures are served on port {port}.\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as page:
            text = page.read().decode()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    assert 'sawt_requests_total{method="GET",status="200",view="web:home"} 2.0' in text
    assert "sawt_database_up 0.0" in text
    assert server.returncode == 0
