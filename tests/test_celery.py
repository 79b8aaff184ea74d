"""Handing work to the worker: after commit only, and never at the cost of what was committed."""

import pytest
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from portal.celery import enqueue
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch):
    calls = []
    current_app.loader.import_default_modules()
    monkeypatch.setattr(
        current_app.tasks["web.heartbeat"], "apply_async", lambda args, **options: calls.append((args, options))
    )
    return calls


def test_work_is_sent_after_commit_and_not_after_a_rollback(sent):
    with transaction.atomic():
        enqueue("web.heartbeat", 1)
        assert sent == []
    assert sent == [((1,), {"retry": False})]
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue("web.heartbeat", 2)
        raise RuntimeError
    assert len(sent) == 1


def test_a_broker_that_is_away_costs_nothing_that_was_committed(monkeypatch):
    def refuse(args, **options):
        raise OperationalError("no broker")

    current_app.loader.import_default_modules()
    monkeypatch.setattr(current_app.tasks["web.heartbeat"], "apply_async", refuse)
    with transaction.atomic():
        organisation = OrganisationFactory()
        enqueue("web.heartbeat")
    organisation.refresh_from_db()
    assert organisation.pk


def test_a_process_that_has_loaded_no_tasks_loads_them(sent, monkeypatch):
    task = current_app.tasks["web.heartbeat"]
    loaded = []
    monkeypatch.delitem(current_app.tasks, "web.heartbeat")
    monkeypatch.setattr(
        current_app.loader,
        "import_default_modules",
        lambda: (loaded.append(True), current_app.tasks.__setitem__("web.heartbeat", task)),
    )
    enqueue("web.heartbeat")
    assert (loaded, len(sent)) == ([True], 1)
