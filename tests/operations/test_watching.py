"""What is counted and logged of requests and tasks, which database reads go to, and signs of life."""

import json
import logging
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from celery import current_app
from django.http import HttpResponse
from django.test import RequestFactory
from prometheus_client import REGISTRY

from portal.accounts.models import Person
from portal.operations import signals
from portal.operations.logs import REQUEST_ID, JsonFormatter
from portal.operations.middleware import ObservationMiddleware, ReplicaMiddleware
from portal.operations.routers import READS_FROM_REPLICA, ReplicaRouter
from tests.operations import ROOT


def counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


def answer(middleware, view="web:home", method="get", status=200, **extra):
    """Pass a request through a middleware and return the number and view seen within."""
    request = getattr(RequestFactory(), method)("/en/?q=Layla", **extra)
    request.id = "number-of-it"
    request.resolver_match = SimpleNamespace(view_name=view) if view else None
    seen = []
    middleware(lambda _: seen.append((REQUEST_ID.get(), READS_FROM_REPLICA.get())) or HttpResponse(status=status))(
        request
    )
    return seen[0]


def test_requests_are_counted_by_view_and_status_and_logged_under_their_number(caplog):
    caplog.set_level(logging.INFO, "sawt.requests")
    before = counted("sawt_requests_total", view="web:home", method="POST", status="403")
    assert answer(ObservationMiddleware, method="post", status=403) == ("number-of-it", False)
    assert counted("sawt_requests_total", view="web:home", method="POST", status="403") == before + 1
    assert counted("sawt_request_seconds_count", view="web:home") >= 1
    facts = caplog.records[-1].facts
    assert facts.pop("milliseconds") < 1000
    assert facts == {"view": "web:home", "method": "POST", "status": 403}
    assert "Layla" not in JsonFormatter().format(caplog.records[-1])
    assert REQUEST_ID.get() == ""


def test_an_address_without_a_view_makes_no_new_label(caplog):
    before = counted("sawt_requests_total", view="-", method="GET", status="404")
    answer(ObservationMiddleware, view="", status=404)
    assert counted("sawt_requests_total", view="-", method="GET", status="404") == before + 1


def test_health_checks_leave_no_line(caplog):
    caplog.set_level(logging.INFO, "sawt.requests")
    answer(ObservationMiddleware, view="healthz")
    assert caplog.records == []


# Tasks


@pytest.fixture
def task(monkeypatch, tmp_path):
    """Give a task whose signs of life go into a file of this test."""
    monkeypatch.setattr(signals, "ALIVE", tmp_path / "alive")

    @current_app.task(name="test.watched", shared=False)
    def watched(fail=False):
        return 1 / 0 if fail else REQUEST_ID.get()

    yield watched
    current_app.tasks.pop("test.watched")


def test_tasks_are_counted_by_how_they_ended(task):
    before = counted("sawt_tasks_total", task="test.watched", outcome="failure")
    assert task.apply().get()
    task.apply(args=[True], throw=False)
    assert counted("sawt_tasks_total", task="test.watched", outcome="failure") == before + 1
    assert counted("sawt_tasks_total", task="test.watched", outcome="success") >= 1
    assert counted("sawt_task_seconds_count", task="test.watched") >= 2
    assert REQUEST_ID.get() == ""


def test_a_task_is_logged_under_the_number_of_its_request(task):
    headers = {}
    token = REQUEST_ID.set("from-a-page")
    signals.carry_number(headers=headers)
    REQUEST_ID.reset(token)
    assert headers == {"sawt_request_id": "from-a-page"}
    assert task.apply(headers=headers).get() == "from-a-page"
    assert task.apply(task_id="its-own").get() == "its-own"


def test_worker_and_clock_give_signs_of_life(task):
    signals.worker_lives()
    assert time.time() - signals.ALIVE.stat().st_mtime < 5
    signals.ALIVE.unlink()
    signals.beat_lives()
    assert signals.ALIVE.exists()


# Health of a container


def health(what, **environment):
    command = [sys.executable, str(ROOT / "deploy/health.py"), what]
    return subprocess.run(command, env=os.environ | environment, timeout=20, check=False).returncode


def test_a_container_without_a_recent_sign_of_life_is_unwell(tmp_path):
    file = tmp_path / "alive"
    assert health("alive", SAWT_ALIVE=str(file)) == 1
    file.touch()
    assert health("alive", SAWT_ALIVE=str(file)) == 0
    os.utime(file, (time.time() - 300,) * 2)
    assert health("alive", SAWT_ALIVE=str(file)) == 1


def test_health_is_asked_for_by_a_name_that_the_portal_answers(live_server):
    port = live_server.url.rpartition(":")[2]
    assert health("web", GRANIAN_PORT=port, SAWT_HOSTS="localhost") == 0
    assert health("web", GRANIAN_PORT=port, SAWT_HOSTS="stranger.example") == 1
    assert health("web", GRANIAN_PORT="1", SAWT_HOSTS="localhost") == 1


# Replicas


@pytest.mark.parametrize(
    ("method", "cookies", "reads"),
    [("get", {}, True), ("head", {}, True), ("post", {}, False), ("get", {"sessionid": "x"}, False)],
)
def test_only_visitors_pages_read_from_a_replica(method, cookies, reads, settings):
    settings.SESSION_COOKIE_NAME = "sessionid"
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    assert answer(ReplicaMiddleware, method=method, HTTP_COOKIE=cookie)[1] is reads
    assert READS_FROM_REPLICA.get() is False


def test_what_was_written_is_read_where_it_was_written():
    router = ReplicaRouter()
    token = READS_FROM_REPLICA.set(True)
    assert router.db_for_read(Person) == "replica"
    assert router.db_for_write(Person) == "default"
    assert router.db_for_read(Person) == "default"
    READS_FROM_REPLICA.reset(token)
    assert (router.allow_migrate("replica", "accounts"), router.allow_migrate("default", "accounts")) == (False, True)
    assert router.allow_relation(Person(), Person())


# The whole under production settings


def test_a_line_of_the_log_from_a_real_request_tells_nothing_of_the_visitor(tmp_path):
    """Collect the files and ask under production settings, in a process of its own, and read what it logs."""
    code = """
import django; django.setup()
from django.core.management import call_command
from django.test import Client
call_command("collectstatic", interactive=False, verbosity=0)
client = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.9", headers={"host": "sawt.example"})
client.get("/healthz", secure=True)
client.get("/layla@example.org/?q=Layla", secure=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=production(SAWT_VAR=str(tmp_path)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(text) for text in done.stderr.splitlines()]
    answers = [entry for entry in lines if entry["logger"] == "sawt.requests"]
    assert [(entry["message"], entry["view"], entry["status"]) for entry in answers] == [("answered", "-", 404)]
    assert len(answers[0]["request_id"]) == 32
    for secret in ("203.0.113.9", "layla", "Layla"):
        assert secret not in done.stderr


def production(**changes):
    """Return the environment of a portal in production."""
    told = {
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "SECRET_KEY": "0123456789abcdef" * 4,
        "SAWT_HOSTS": "sawt.example",
        "SAWT_BASE_URL": "https://sawt.example",
        "SAWT_FROM_EMAIL": "no-reply@sawt.example",
        "SAWT_REPLY_TO": "support@sawt.example",
        "DATABASE_URL": "postgres://nobody@localhost:1/none",
        "REDIS_URL": "redis://localhost:1/0",
        "EMAIL_HOST": "mail",
        "SAWT_DEMO": "",
    }
    return {name: value for name, value in {**os.environ, **told, **changes}.items() if value}
