"""Databases, brokers and relays that go away while many are written to: with real servers of the test's own."""

import os
import subprocess
import sys
import time
from collections import Counter
from itertools import count

import pytest
from celery import Celery
from django.utils import timezone

from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.models import Delivery, Mailing
from portal.mailings.services import sending
from tests.mailings.conftest import sending as on_its_way
from tests.mailings.outages import Deaf, Standstill, Valkey, server
from tests.mailings.test_faults import Sender, database_url, many, wait
from tests.operations import ROOT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ended"),
    pytest.mark.network,
]
# In seconds: half of it is how long a sender keeps what it knows while the database does not take it.
LEASE = 60
# How many apps of Celery were made here.
made = count()


def everybody(number):
    return {f"r{one}@e.org": 1 for one in range(number)}


def records(where):
    return where.ask("SELECT state, doubts, count(*) FROM mailings_delivery GROUP BY 1, 2")


class TestDatabase:
    def test_one_that_is_restarted_costs_nobody_a_second_copy(self, relay, settings, tmp_path):
        mailing = many(900)
        with server(tmp_path) as own:
            sender = Sender(mailing, settings.EMAIL_PORT, LEASE, url=own.url)
            wait(lambda: len(relay.taken) >= 200)
            own.stop()
            taken = len(relay.taken)
            assert taken < 900
            time.sleep(1)
            own.start()
            sender.process.wait(240)
            assert Counter(relay.recipients) == everybody(900)
            assert records(own) == [("sent", 0, 900)]
            assert own.ask("SELECT count(*) FROM mailings_deliveryevent") == [(900,)]
            assert own.ask("SELECT state FROM mailings_mailing") == [("sent",)]


class TestBroker:
    def test_one_that_is_restarted_with_nothing_in_it_loses_nobody(self, relay, settings, worker):
        mailing = many(1500)
        worker.ask_for("mailings.send", mailing.pk)
        wait(lambda: len(relay.taken) >= 100, 30)
        worker.broker.kill()
        # A spell ends, and nobody can be asked for the next one.
        wait(Standstill(relay).is_reached, 30)
        assert len(relay.taken) < 1500
        worker.broker.start()
        wait(worker.is_listening, 30)
        # As the clock does each minute.
        worker.ask_for("mailings.tick")
        wait(lambda: Mailing.objects.get(pk=mailing.pk).state == MailingState.SENT, 40)
        assert Counter(relay.recipients) == everybody(1500)
        assert set(mailing.deliveries.values_list("state", "doubts")) == {("sent", 0)}


class Worker:
    """A real Celery worker with a broker of its own."""

    def __init__(self, port):
        self.broker = Valkey()
        self.broker.start()
        self.port = port
        self.start()
        wait(self.is_listening)

    def start(self):
        env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "portal.settings.test"}
        words = [sys.executable, "-m", "tests.mailings.worker_stage", str(self.port), self.broker.url]
        self.process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def app(self):
        # Never the app of this process: the tests that come afterwards ask that one. Lines are kept
        # per set of options for the whole process, and those open when the broker was killed would fail once: no set is
        # used twice.
        app = Celery(broker=self.broker.url, set_as_current=False)
        app.conf.broker_transport_options = {"made": next(made)}
        return app

    def is_listening(self):
        if self.process.poll() is not None:
            # Celery gives up where its broker leaves in the middle of a task: whoever watches it starts another one.
            self.start()
        return bool(self.app.control.ping(timeout=0.5))

    def ask_for(self, name, *words):
        self.app.send_task(name, words, queue="outages")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.broker.kill()


@pytest.fixture
def worker(relay, settings):
    made = Worker(settings.EMAIL_PORT)
    yield made
    made.end()


class TestRelay:
    def test_one_that_drops_in_the_middle_of_a_text_costs_nobody_a_copy(self, relay, settings):
        mailing = on_its_way("a@example.org")
        mailing.editions.update(text="What is open.\n" * 20_000)
        settings.EMAIL_PORT, port = Deaf().port, settings.EMAIL_PORT
        sending.send(mailing.pk)
        delivery = mailing.deliveries.get()
        # It may have taken what it had: that is for staff to see.
        assert (delivery.state, delivery.attempts, delivery.doubts) == (DeliveryState.DEFERRED, 1, 1)
        settings.EMAIL_PORT = port
        Delivery.objects.update(due_at=timezone.now())
        sending.send(mailing.pk)
        assert relay.recipients == ["a@example.org"]
        assert mailing.deliveries.get().state == DeliveryState.SENT

    def test_one_that_never_says_whether_it_took_a_text_gets_it_twice_and_no_more(self, relay):
        given = []
        relay.on_data = lambda envelope: given.append(envelope) or "drop"
        mailing = on_its_way("a@example.org")
        for _ in range(4):
            Delivery.objects.update(due_at=timezone.now())
            sending.send(mailing.pk)
        delivery = mailing.deliveries.get()
        assert (len(given), delivery.state, delivery.reason) == (2, DeliveryState.SKIPPED, Reason.DOUBT)
        assert (delivery.doubts, mailing.deliveries.in_doubt().count()) == (2, 1)
