"""What goes wrong while many are written to: killed senders, relays that fail, a database that goes away."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError
from django.utils import timezone

from portal.accounts.models import Contact
from portal.audit.models import Entry
from portal.mailings.choices import DeliveryState, MailingState
from portal.mailings.models import Delivery, DeliveryEvent, Mailing
from portal.mailings.services import control, sending
from portal.operations.drills import SILENCED
from tests.factories import PersonFactory
from tests.mailings.conftest import audience_of, prepared
from tests.mailings.conftest import sending as on_its_way
from tests.mailings.test_sending import in_another_thread, states
from tests.operations import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ended")]
CONNECTIONS = 4


def database_url():
    """Return the address of the tests' database."""
    database = connection.settings_dict
    return f"postgres://{quote(database['USER'])}@/{quote(database['NAME'])}?host={quote(database['HOST'])}"


class Sender:
    """A real process that sends, as a worker does."""

    def __init__(self, mailing, port, lease=3, *, url=None):
        env = os.environ | {"DATABASE_URL": url or database_url(), "DJANGO_SETTINGS_MODULE": "portal.settings.test"}
        words = [sys.executable, "-m", "tests.mailings.sender_stage", str(mailing.pk), str(port), str(CONNECTIONS)]
        self.process = subprocess.Popen([*words, str(lease)], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait(done, seconds=240):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.01)


def many(count):
    """Return a mailing on its way to so many."""
    Contact.objects.bulk_create(
        Contact(email=f"r{n}@e.org", email_key=f"r{n}@e.org", language="en") for n in range(count)
    )
    mailing = on_its_way()
    assert mailing.frozen_count == count
    return mailing


def may_have_two(relay):
    return {address for address, copies in Counter(relay.recipients).items() if copies > 1}


@pytest.mark.network
class TestKilled:
    def test_three_hard_kills_lose_nobody_and_repeat_at_most_what_was_in_flight(self, relay, settings):
        mailing = many(3000)
        for taken in (400, 1200, 2100):
            sender = Sender(mailing, settings.EMAIL_PORT)
            wait(lambda enough=taken: len(relay.taken) >= enough)
            sender.kill()
        last = Sender(mailing, settings.EMAIL_PORT)
        last.process.wait(240)
        copies = Counter(relay.recipients)
        assert len(copies) == 3000
        assert max(copies.values()) <= 2
        assert len(relay.taken) - 3000 <= 3 * CONNECTIONS
        doubted = set(mailing.deliveries.in_doubt().values_list("address", flat=True))
        assert may_have_two(relay) <= doubted
        assert len(doubted) <= 3 * CONNECTIONS
        assert set(mailing.deliveries.values_list("state", flat=True)) == {DeliveryState.SENT}
        assert DeliveryEvent.objects.filter(mailing_id=mailing.pk, outcome="sent").count() == 3000
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENT

    def test_a_database_that_ends_all_sessions_costs_at_most_one_copy_for_each_connection(self, relay, settings):
        mailing = many(600)
        sender = Sender(mailing, settings.EMAIL_PORT)
        wait(lambda: len(relay.taken) >= 150)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= CONNECTIONS
        sender.process.wait(240)
        assert set(relay.recipients) == {f"r{n}@e.org" for n in range(600)}
        doubted = set(mailing.deliveries.in_doubt().values_list("address", flat=True))
        assert may_have_two(relay) <= doubted
        assert len(doubted) <= CONNECTIONS


class TestRelay:
    def test_one_that_closes_in_the_middle_costs_nobody_a_copy(self, relay):
        relay.on_data = lambda envelope: "421 closing" if len(relay.taken) == 1 else None
        mailing = on_its_way("a@example.org", "b@example.org", "c@example.org")
        sending.send(mailing.pk)
        assert sorted(states(mailing)) == [("deferred", 1), ("deferred", 1), ("sent", 1)]
        relay.on_data = None
        Delivery.objects.update(due_at=timezone.now())
        sending.send(mailing.pk)
        assert sorted(relay.recipients) == ["a@example.org", "b@example.org", "c@example.org"]
        # It said that it did not take them.
        assert mailing.deliveries.in_doubt().count() == 0

    def test_one_that_hangs_up_in_the_text_leaves_a_doubt(self, relay):
        relay.on_data = lambda envelope: "drop" if "b@example.org" in envelope.rcpt_tos else None
        mailing = on_its_way("a@example.org", "b@example.org", "c@example.org")
        sending.send(mailing.pk)
        assert sorted(relay.recipients) == ["a@example.org", "c@example.org"]
        assert [one.address for one in mailing.deliveries.in_doubt()] == ["b@example.org"]
        assert mailing.deliveries.get(address="b@example.org").state == DeliveryState.DEFERRED

    def test_one_that_hangs_is_left_after_a_while(self, relay, settings):
        settings.EMAIL_TIMEOUT = 0.3
        relay.on_data = lambda envelope: time.sleep(1) if "a@example.org" in envelope.rcpt_tos else None
        mailing = on_its_way("a@example.org")
        sending.send(mailing.pk)
        delivery = mailing.deliveries.get()
        assert (delivery.state, delivery.attempts, delivery.doubts) == (DeliveryState.DEFERRED, 1, 1)

    def test_one_that_greylists_is_asked_again(self, relay):
        seen = Counter()

        def greylist(envelope):
            seen[envelope.rcpt_tos[0]] += 1
            return "451 4.7.1 come back later" if seen[envelope.rcpt_tos[0]] == 1 else None

        relay.on_data = greylist
        mailing = on_its_way("a@example.org", "b@example.org")
        sending.send(mailing.pk)
        assert sorted(states(mailing)) == [("deferred", 1), ("deferred", 1)]
        Delivery.objects.update(due_at=timezone.now())
        sending.send(mailing.pk)
        assert sorted(states(mailing)) == [("sent", 2), ("sent", 2)]
        assert len(relay.taken) == 2

    def test_a_text_that_is_refused_puts_nobody_on_the_list_of_the_suppressed(self, relay, ended):
        relay.on_data = lambda envelope: "554 5.7.1 looks like spam"
        mailing = on_its_way("a@example.org")
        sending.send(mailing.pk)
        assert list(mailing.deliveries.values_list("state", "reason")) == [("bounced", "refused")]
        assert ended == []

    @pytest.mark.parametrize("together", [True, False])
    def test_one_that_takes_commands_one_by_one_gets_the_same(self, relay, together):
        relay.takes_commands_together = together
        mailing = on_its_way("a@example.org", "550@example.org", "451@example.org", "b@example.org")
        sending.send(mailing.pk)
        assert sorted(relay.recipients) == ["a@example.org", "b@example.org"]
        assert set(mailing.deliveries.values_list("address", "state", "reason")) == {
            ("a@example.org", "sent", ""),
            ("b@example.org", "sent", ""),
            ("550@example.org", "bounced", "unknown"),
            ("451@example.org", "deferred", ""),
        }

    def test_dots_at_the_beginning_of_lines_arrive(self, relay):
        mailing = on_its_way("a@example.org")
        mailing.editions.update(text="One\n.\n..two\n.three\n")
        sending.send(mailing.pk)
        assert b"\r\n.\r\n..two\r\n.three\r\n" in relay.taken[0].content


class TestLease:
    def test_one_that_runs_out_under_a_slow_relay_costs_one_copy_more_and_is_listed(self, relay):
        mailing = on_its_way("a@example.org", "b@example.org")
        is_slow, may_go_on = threading.Event(), threading.Event()

        async def slowly(envelope):
            relay.on_data = None
            is_slow.set()
            while not may_go_on.is_set():
                await asyncio.sleep(0.01)

        relay.on_data = slowly
        first = threading.Thread(target=lambda: in_another_thread(lambda: sending.send(mailing.pk)))
        first.start()
        assert is_slow.wait(30)
        # So long that another sender takes over all that the first one held.
        Delivery.objects.update(claimed_until=timezone.now())
        Mailing.objects.update(held_until=None)
        assert sending.send(mailing.pk) == 2
        may_go_on.set()
        first.join()
        assert Counter(relay.recipients) == {"a@example.org": 2, "b@example.org": 1}
        assert [one.address for one in mailing.deliveries.in_doubt()] == ["a@example.org"]
        assert states(mailing) == [("sent", 1), ("sent", 1)]
        assert DeliveryEvent.objects.filter(outcome="sent").count() == 2


class TestThrottle:
    def test_a_domain_that_has_enough_waits_for_its_minute_and_nobody_else_does(self, relay, settings):
        settings.BULK_PER_DOMAIN = 1
        mailing = on_its_way("a@slow.example", "b@slow.example", "c@example.org")
        before = timezone.now()
        sending.send(mailing.pk)
        assert relay.recipients == ["a@slow.example", "c@example.org"]
        waiting = mailing.deliveries.get(address="b@slow.example")
        assert (waiting.state, waiting.attempts) == (DeliveryState.QUEUED, 0)
        assert before + timedelta(seconds=50) < waiting.due_at <= timezone.now() + timedelta(seconds=60)


@pytest.fixture
def full_disk(monkeypatch):
    """Let no outcome be written, and no sender wait long until it can be; give what makes room again."""
    monkeypatch.setattr(sending, "LEASE_MARGIN", sending.LEASE - timedelta(seconds=2))
    monkeypatch.setattr(sending, "RETRY", 0.1)

    def make_room():
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS full_disk ON mailings_deliveryevent")

    with connection.cursor() as cursor:
        cursor.execute(_FULL)
    yield make_room
    make_room()


_FULL = """
CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON mailings_deliveryevent FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


class TestFullDisk:
    def test_what_is_known_is_written_as_soon_as_there_is_room(self, relay, full_disk):
        mailing = on_its_way("a@example.org", "b@example.org")
        threading.Timer(0.5, lambda: in_another_thread(full_disk)).start()
        with pytest.raises(OperationalError, match="No space left"):
            sending.send(mailing.pk)
        assert states(mailing) == [("sent", 1), ("queued", 0)]
        Delivery.objects.filter(state="queued").update(due_at=timezone.now())
        sending.send(mailing.pk)
        assert relay.recipients == ["a@example.org", "b@example.org"]
        assert mailing.deliveries.in_doubt().count() == 0

    def test_what_cannot_be_written_down_is_sent_again_and_listed(self, relay, full_disk):
        mailing = on_its_way("a@example.org", "b@example.org")
        with pytest.raises(OperationalError, match="No space left"):
            sending.send(mailing.pk)
        full_disk()
        assert len(relay.taken) == 1
        Delivery.objects.filter(state="claimed").update(claimed_until=timezone.now())
        sending.send(mailing.pk)
        # A claim is sent in the order of its copies, whatever order the database found them in.
        assert relay.recipients == ["a@example.org", "a@example.org", "b@example.org"]
        assert [one.address for one in mailing.deliveries.in_doubt()] == ["a@example.org"]

    def test_one_that_stays_full_costs_nobody_a_third_copy(self, relay, full_disk):
        mailing = on_its_way("a@example.org", "b@example.org")
        for _ in range(4):
            with pytest.raises(OperationalError, match="No space left"):
                sending.send(mailing.pk)
            # Its lease is over, and another sender comes.
            Delivery.objects.filter(state="claimed").update(claimed_until=timezone.now())
        sending.send(mailing.pk)
        assert Counter(relay.recipients) == {"a@example.org": 2, "b@example.org": 2}
        assert list(mailing.deliveries.values_list("state", "reason", "doubts")) == [("skipped", "doubt", 2)] * 2
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENT


class TestBeats:
    def test_two_at_the_same_moment_are_one(self, relay):
        mailing = on_its_way("a@example.org", "b@example.org")
        Mailing.objects.update(state=MailingState.READY, started_at=None)
        gate = threading.Barrier(2)

        def beat():
            gate.wait()
            in_another_thread(control.tick)

        threads = [threading.Thread(target=beat) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(relay.recipients) == ["a@example.org", "b@example.org"]
        assert Entry.objects.filter(action="mailing.sending").count() == 1
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENT

    def ready(self, hours):
        """Return a mailing of Monday 08:00 that may be ten hours late."""
        start = timezone.now() - timedelta(hours=hours)
        mailing = prepared(start_at=start, not_after=start + timedelta(hours=10))
        from portal.mailings.services import freezing
        from tests.factories import ContactFactory

        ContactFactory(email="a@example.org")
        freezing.freeze(mailing, audience_of(Contact.objects.all()))
        return mailing

    def test_one_that_was_down_for_some_hours_sends_late_and_says_by_how_much(self, relay):
        mailing = self.ready(hours=9)
        control.tick()
        mailing.refresh_from_db()
        assert relay.recipients == ["a@example.org"]
        assert timedelta(hours=9) <= mailing.late_by < timedelta(hours=9, minutes=5)

    def test_one_that_was_down_until_tuesday_leaves_it_to_a_person(self, relay):
        mailing = self.ready(hours=26)
        control.tick()
        control.tick()
        mailing.refresh_from_db()
        assert (mailing.state, relay.recipients, mailing.late_by) == (MailingState.LATE, [], timedelta())
        control.resume(mailing, by=PersonFactory())
        assert relay.recipients == ["a@example.org"]


class TestBackup:
    def test_brought_back_to_the_day_before_nothing_goes_out_again(self, relay, capsys):
        mailing = TestBeats().ready(hours=1)
        call_command("silence_outbox")
        for _ in range(2):
            control.tick()
        mailing.refresh_from_db()
        assert (mailing.state, relay.recipients) == (MailingState.LATE, [])
        # Who has looked and knows that nobody has it lets it go out, once.
        control.resume(mailing, by=PersonFactory())
        control.tick()
        assert relay.recipients == ["a@example.org"]

    def test_what_comes_back_waits_for_a_person(self, relay, capsys):
        mailing = on_its_way("a@example.org")
        call_command("silence_outbox")
        assert capsys.readouterr().out == "0 waiting messages were silenced.\n1 mailing waits for a person to decide.\n"
        control.tick()
        assert sending.send(mailing.pk) == 0
        mailing.refresh_from_db()
        assert (mailing.state, mailing.last_error, relay.recipients) == (MailingState.LATE, SILENCED, [])
