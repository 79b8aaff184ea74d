"""Killed in the middle, twice at the same moment, or beside somebody who chooses: nothing is lost or repeated."""

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
from django.db import connection, transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.services import erase_person
from portal.messaging.models import Message
from portal.notifications.models import Digest, Follow, Happening, Notice, Preference, Wishes
from portal.notifications.services import (
    ask_number,
    confirm_number,
    follow,
    happened,
    mark_read,
    sending,
    set_preference,
    tell,
    telling,
)
from portal.notifications.services.numbers import NumberRefused
from tests.notifications.conftest import PARTICIPANTS, tick
from tests.operations import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


def people(count):
    """Make so many people quickly, who are told at any hour."""
    made = Person.objects.bulk_create(
        Person(email=f"p{n}@e.org", email_key=f"p{n}@e.org", display_name=f"P {n}", language="en") for n in range(count)
    )
    Wishes.objects.bulk_create(Wishes(person=one, quiet_from="00:00", quiet_to="00:00") for one in made)
    Preference.objects.bulk_create(
        Preference(person=one, subject="followed", way="email", rhythm="at_once") for one in made
    )
    return made


def all_follow(some):
    ago = timezone.now() - timedelta(days=1)
    Follow.objects.bulk_create(Follow(person=one, kind="thing", key="a", created_at=ago) for one in some)


class Worker:
    """A real process that ticks, as a worker does."""

    def __init__(self, people):
        database = connection.settings_dict
        url = f"postgres://{quote(database['USER'])}@/{quote(database['NAME'])}?host={quote(database['HOST'])}"
        env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings.test"}
        words = [sys.executable, "-m", "tests.notifications.sender_stage", str(people)]
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def wait(done, seconds=120):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.005)


def side_by_side(*acts):
    """Do all of it at the same moment, each with a connection of its own; return what each gave or raised."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            gate.wait()
            found[place] = act()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.network
class TestKilled:
    def test_whoever_is_killed_in_handing_round_loses_and_repeats_nobody(self):
        some = people(3000)
        all_follow(some)
        # Nothing is sent, so that the kills hit the handing round.
        Preference.objects.update(rhythm="weekly")
        happened("opened", kind="thing", key="a", once="1")
        for made in (300, 1200, 2100):
            worker = Worker(50)
            worker.begin()
            wait(lambda enough=made: Notice.objects.count() >= enough)
            worker.kill()
        assert Notice.objects.count() < 3000
        telling.hand_round()
        assert Happening.objects.get().stage == "done"
        assert sorted(Notice.objects.values_list("person_id", flat=True)) == [one.pk for one in some]

    def test_whoever_is_killed_in_sending_loses_and_repeats_nothing(self):
        some = people(200)
        all_follow(some)
        for number in range(3):
            happened("opened", kind="thing", key="a", once=str(number))
        telling.hand_round()
        assert Notice.objects.filter(state="waiting").count() == 600
        for written in (20, 70, 120):
            workers = [Worker(5), Worker(5)]
            for worker in workers:
                worker.begin()
            wait(lambda enough=written: Message.objects.count() >= enough)
            for worker in workers:
                worker.kill()
        assert Message.objects.count() < 200
        sending.send_due()
        assert Counter(Message.objects.values_list("address", flat=True)) == {one.email: 1 for one in some}
        assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
        told = Counter(Notice.objects.values_list("digest__message__address", flat=True))
        assert told == {one.email: 3 for one in some}
        assert Digest.objects.filter(message=None).count() == 0


class TestTogether:
    def test_two_beats_at_the_same_moment_are_one(self, monkeypatch):
        monkeypatch.setattr(telling, "CLAIM", 7)
        some = people(30)
        all_follow(some)
        for number in range(4):
            happened("opened", kind="thing", key="a", once=str(number))
        found = side_by_side(tick, tick, tick)
        assert [one for one in found if isinstance(one, Exception)] == []
        telling.hand_round()
        assert Counter(Notice.objects.values_list("person_id", flat=True)) == {one.pk: 4 for one in some}
        # A beat may have sent what another had handed round so far: the others wait for the pause to end, together.
        later = Notice.objects.filter(state="waiting")
        assert set(later.values_list("person_id", flat=True)) <= set(Digest.objects.values_list("person_id", flat=True))
        Notice.objects.filter(state="waiting").update(due_at=timezone.now())
        Digest.objects.update(slot=timezone.now() - timedelta(hours=1), created_at=timezone.now() - timedelta(hours=1))
        side_by_side(tick, tick, tick)
        assert not Notice.objects.filter(state="waiting").exists()
        assert Notice.objects.filter(state="sent", digest__message__isnull=False).count() == 120
        assert Message.objects.count() == Digest.objects.count()

    def test_two_who_send_to_one_person_write_one_message(self):
        (person,) = people(1)
        tell(person, "replied", kind="thing", key="a", once="1")
        found = side_by_side(*[lambda: sending.send_to([person.pk])] * 4)
        assert sorted(found) == [0, 0, 0, 1]
        assert Message.objects.count() == Digest.objects.count() == 1

    def test_the_same_told_at_the_same_moment_is_one(self):
        (person,) = people(1)
        found = side_by_side(*[lambda: tell(person, "replied", kind="thing", key="a", once="1").pk] * 4)
        assert len(set(found)) == 1 and Notice.objects.count() == 1

    def test_the_same_that_happened_at_the_same_moment_is_one(self):
        found = side_by_side(*[lambda: happened("opened", kind="thing", key="a", once="1").pk] * 4)
        assert len(set(found)) == 1 and Happening.objects.count() == 1

    def test_following_twice_at_the_same_moment_is_once(self):
        (person,) = people(1)
        found = side_by_side(*[lambda: follow(person, kind="thing", key="a").pk] * 4)
        assert len(set(found)) == 1 and Follow.objects.count() == 1

    def test_what_is_rolled_back_is_told_to_nobody(self):
        some = people(2)
        all_follow(some)
        with pytest.raises(RuntimeError), transaction.atomic():
            happened("opened", kind="thing", key="a", once="1")
            tell(some[0], "replied", kind="thing", key="a", once="1")
            raise RuntimeError
        assert tick() == 0
        assert not Notice.objects.exists()

    def test_those_who_read_choose_and_are_sent_to_do_not_stop_each_other(self):
        some = people(3)
        for one in some:
            for number in range(60):
                tell(one, "replied", kind="thing", key=f"k{number}", once=str(number))
        acts = []
        for one in some:
            acts += [
                lambda one=one: mark_read(one),
                lambda one=one: set_preference(one, "replies", "email", "daily"),
                lambda one=one: sending.send_to([one.pk]),
            ]
        found = side_by_side(*acts)
        assert [one for one in found if isinstance(one, Exception)] == []
        assert not Notice.objects.filter(read_at=None, state="waiting").exists()
        assert Message.objects.count() == Notice.objects.filter(state="sent").values("person").distinct().count()

    def test_erasing_while_being_sent_to_leaves_nothing_that_waits(self):
        (person,) = people(1)
        for number in range(20):
            tell(person, "replied", kind="thing", key="a", once=str(number))
        found = side_by_side(
            lambda: erase_person(Person.objects.get(pk=person.pk), by=person), lambda: sending.send_to([person.pk])
        )
        assert [one for one in found if isinstance(one, Exception)] == []
        assert not Notice.objects.exists() and not Digest.objects.exists()
        assert set(Message.objects.values_list("text", flat=True)) <= {""}
        assert not Message.objects.filter(address=person.email).exists()

    def test_wrong_codes_at_the_same_moment_are_all_counted(self, settings):
        settings.DEMO = True
        (person,) = people(1)
        ask_number(person, "+966512345678", "sms")

        def guess():
            try:
                confirm_number(person, "x")
            except NumberRefused as refusal:
                return refusal.reason
            return "confirmed"

        assert sorted(side_by_side(*[guess] * 8)) == ["old"] * 3 + ["wrong"] * 5


def test_those_who_took_part_come_first_whatever_the_claims(monkeypatch):
    monkeypatch.setattr(telling, "CLAIM", 3)
    some = people(10)
    all_follow(some)
    PARTICIPANTS["a"] = {one.pk for one in some[::3]}
    happened("concluded", kind="thing", key="a", once="1")
    side_by_side(*[telling.hand_round] * 3)
    telling.hand_round()
    assert Counter(Notice.objects.values_list("subject", flat=True)) == {"outcomes": 4, "followed": 6}
