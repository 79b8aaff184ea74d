"""Nothing is lost or doubled on its way through an urn, and nothing joins what went in with what came out."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from threading import Barrier, Thread
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from portal.urns import services
from portal.urns.models import Sealed, Urn
from portal.urns.services.mixing import MOST
from tests.operations import ROOT
from tests.urns import owner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def tables(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(owner.TABLES)
    owner.register()
    yield
    owner.forget()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE urn_test_took_part, urn_test_said")


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def give(who, urn="u"):
    """Take part: both are written in one transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO urn_test_took_part (who) VALUES (%s)", [who])
        services.accept(owner.NAME, urn, owner.said_by(who).encode())


def people(count):
    names = [f"p{number:04}" for number in range(count)]
    for who in names:
        give(who)
    return names


def said():
    return sorted(text for (text,) in rows("SELECT said FROM urn_test_said"))


class TestAccepting:
    def test_both_are_written_or_neither(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            services.accept(owner.NAME, "u", b"gone")
            _ = 1 / 0
        assert Sealed.objects.count() == 0

    def test_outside_a_transaction_nothing_is_accepted(self):
        with pytest.raises(transaction.TransactionManagementError):
            services.accept(owner.NAME, "u", b"alone")

    def test_a_closed_urn_accepts_nothing(self):
        assert not services.is_closed(owner.NAME, "u")
        services.close(owner.NAME, "u")
        services.close(owner.NAME, "u")
        assert services.is_closed(owner.NAME, "u")
        with pytest.raises(services.UrnClosed):
            give("late")
        assert rows("SELECT count(*) FROM urn_test_took_part") == [(0,)]

    def test_staging_holds_neither_words_nor_lengths(self):
        give("a")
        give("b" * 900)
        contents = [bytes(one.content) for one in Sealed.objects.all()]
        assert len({len(one) for one in contents}) == 1
        assert not any(b"said" in one or b"bbb" in one for one in contents)

    def test_the_same_content_never_looks_the_same_twice(self):
        give("a")
        give("a")
        assert len({bytes(one.content) for one in Sealed.objects.all()}) == 2


class TestBatches:
    def test_of_an_open_urn_twenty_go_once_twenty_stay(self):
        names = people(39)
        assert services.mix_all() == 0
        assert (Sealed.objects.count(), said()) == (39, [])
        give("last")
        assert services.mix_all() == 20
        assert (Sealed.objects.count(), len(said())) == (20, 20)
        assert set(said()) < {owner.said_by(who) for who in [*names, "last"]}
        assert services.mix_all() == 0

    @pytest.mark.parametrize("late", [0, 1, 19])
    def test_who_compares_before_and_after_the_close_finds_no_fewer_than_twenty(self, late):
        names = people(60)
        services.mix_all()
        for number in range(late):
            give(f"late{number}")
            names.append(f"late{number}")
        services.mix_all()
        before = set(said())
        services.close(owner.NAME, "u")
        services.mix_all()
        assert len(before) == 40
        assert len(set(said()) - before) == 20 + late
        assert said() == sorted(owner.said_by(who) for who in names)

    def test_urns_are_not_added_up(self):
        for number in range(39):
            give(f"a{number}")
            give(f"b{number}", urn="other")
        assert services.mix_all() == 0

    def test_the_rest_goes_when_the_urn_is_closed(self):
        people(3)
        services.close(owner.NAME, "u")
        assert services.mix_all() == 3
        assert services.mix_all() == 0

    def test_no_batch_is_followed_by_one_that_is_too_small(self):
        sizes = []
        owner.register(lambda urn, contents: sizes.append(len(contents)))
        people(MOST + 19)
        services.close(owner.NAME, "u")
        services.mix_all()
        people_of = [f"q{number}" for number in range(MOST + 20)]
        for who in people_of:
            give(who, urn="second")
        services.mix_all()
        assert sizes == [MOST + 19, MOST]
        services.close(owner.NAME, "second")
        services.mix_all()
        assert sizes == [MOST + 19, MOST, 20]

    def test_staging_gives_its_pages_back(self):
        people(20)
        services.close(owner.NAME, "u")
        services.mix_all()
        assert rows("SELECT pg_relation_size('urns_sealed')") == [(0,)]
        assert rows("SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'urns_sealed'") == [(0,)]

    def test_the_databases_own_vacuum_waits_for_no_second_row(self):
        options = rows("SELECT reloptions FROM pg_class WHERE relname = 'urns_sealed'")[0][0]
        assert {"autovacuum_vacuum_threshold=0", "autovacuum_vacuum_scale_factor=0"} <= set(options)

    def test_an_owner_that_fails_moves_nothing_and_keeps_no_other_waiting(self, caplog):
        def open_(urn, contents):
            owner.write(urn, contents)
            if urn == "u":
                raise ValueError("unreadable")

        owner.register(open_)
        people(20)
        for number in range(20):
            give(f"b{number}", urn="zz")
        services.close(owner.NAME, "u")
        services.close(owner.NAME, "zz")
        assert services.mix_all() == 20
        assert Sealed.objects.count() == 20
        assert said() == sorted(owner.said_by(f"b{number}") for number in range(20))
        assert "could not be opened" in caplog.text

    def test_a_mixer_within_another_transaction_is_refused(self):
        people(20)
        with pytest.raises(RuntimeError), transaction.atomic():
            services.mix(Urn.objects.get())

    def test_the_secret_may_be_changed_while_something_waits(self, settings, caplog):
        people(20)
        services.close(owner.NAME, "u")
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret " * 5
        assert services.mix_all() == 0
        assert "SECRET_KEY_FALLBACKS" in caplog.text
        assert Sealed.objects.count() == 20
        settings.SECRET_KEY_FALLBACKS = [old]
        assert services.mix_all() == 20
        assert len(said()) == 20

    def test_a_content_cannot_be_put_into_another_urn(self):
        people(20)
        Urn.objects.create(owner=owner.NAME, code="other")
        Sealed.objects.update(urn=Urn.objects.get(code="other"))
        services.close(owner.NAME, "other")
        assert services.mix_all() == 0


def ranks_agree(one, other):
    """Return Spearman's coefficient of two orders of the same things: 1 the same, −1 reversed, about 0 unrelated."""
    place = {thing: number for number, thing in enumerate(other)}
    n = len(one)
    return 1 - 6 * sum((number - place[thing]) ** 2 for number, thing in enumerate(one)) / (n * (n * n - 1))


class TestJoining:
    """What somebody would try who reads the whole database and wants to know who said what."""

    @pytest.fixture
    def names(self):
        names = people(200)
        services.close(owner.NAME, "u")
        services.mix_all()
        assert len(said()) == 200
        return [owner.said_by(who) for who in names]

    def test_the_coefficient_finds_what_there_is_to_find(self):
        order = list(range(200))
        assert ranks_agree(order, order) == 1
        assert ranks_agree(order, order[::-1]) == -1

    def test_no_transaction_wrote_both(self, names):
        joined = "SELECT count(*) FROM urn_test_took_part p JOIN urn_test_said s ON p.xmin = s.xmin"
        assert rows(joined) == [(0,)]

    def test_transactions_tell_no_more_than_the_batch(self, names):
        assert len(rows("SELECT DISTINCT xmin::text FROM urn_test_took_part")) == 200
        assert len(rows("SELECT DISTINCT xmin::text FROM urn_test_said")) == 1

    def test_the_place_in_the_file_tells_nothing(self, names):
        order = [text for (text,) in rows("SELECT said FROM urn_test_said ORDER BY ctid")]
        assert abs(ranks_agree(names, order)) < 0.35

    def test_the_keys_tell_nothing(self, names):
        order = [text for (text,) in rows("SELECT said FROM urn_test_said ORDER BY id")]
        assert abs(ranks_agree(names, order)) < 0.35
        assert {identity.version for (identity,) in rows("SELECT id FROM urn_test_said")} == {4}

    def test_while_they_wait_their_transaction_is_known_and_their_content_is_not(self):
        # What staging holds is not hidden: the decision says so. This test fails when it holds less than is said.
        people(5)
        assert rows("SELECT count(*) FROM urn_test_took_part p JOIN urns_sealed s ON p.xmin = s.xmin") == [(5,)]
        assert not any(b"what" in bytes(one.content) for one in Sealed.objects.all())

    def test_staging_knows_no_time_and_no_order_of_its_own(self):
        kinds = {column.get_internal_type() for column in Sealed._meta.concrete_fields}
        assert kinds == {"UUIDField", "ForeignKey", "BinaryField"}


def in_threads(*acts):
    """Do all at the same moment; return what each returned or raised."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


class TestAtOnce:
    def test_four_mixers_move_each_content_once(self):
        names = people(100)
        services.close(owner.NAME, "u")
        results = in_threads(*[services.mix_all] * 4)
        assert sum(results) == 100
        assert said() == sorted(owner.said_by(who) for who in names)

    def test_the_first_thirty_contents_of_an_urn_come_together(self):
        results = in_threads(*[lambda number=number: give(f"t{number}") for number in range(30)])
        assert results == [None] * 30
        assert (Urn.objects.count(), Sealed.objects.count()) == (1, 30)

    def test_whoever_is_handing_in_while_it_closes_is_in_or_is_told(self):
        acts = [lambda number=number: give(f"t{number}") for number in range(10)]
        results = in_threads(*acts, lambda: services.close(owner.NAME, "u"), *acts)
        services.mix_all()
        refused = sum(isinstance(one, services.UrnClosed) for one in results)
        assert all(one is None or isinstance(one, services.UrnClosed) for one in results)
        assert len(said()) == 20 - refused == rows("SELECT count(*) FROM urn_test_took_part")[0][0]
        assert Sealed.objects.count() == 0

    def test_people_hand_in_while_the_mixer_works(self):
        people(40)
        owner.register(lambda urn, contents: (owner.write(urn, contents), give_in_another_thread("meanwhile")))
        assert services.mix_all() == 20
        assert Sealed.objects.count() == 21


def give_in_another_thread(who):
    assert in_threads(lambda: give(who)) == [None]


class Mixer:
    """A real process, as a worker is."""

    def __init__(self, pause):
        database = connection.settings_dict
        url = f"postgres://{quote(database['USER'])}@/{quote(database['NAME'])}?host={quote(database['HOST'])}"
        env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings.test"}
        words = [sys.executable, "-m", "tests.urns.owner", str(pause)]
        self.process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def wait_for_half(self):
        assert self.process.stdout.readline() == "half\n"

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


class TestKilled:
    def test_in_the_middle_of_a_batch_it_has_moved_nothing(self):
        names = people(40)
        mixer = Mixer(60)
        mixer.wait_for_half()
        mixer.kill()
        assert (Sealed.objects.count(), said()) == (40, [])
        services.close(owner.NAME, "u")
        until = time.monotonic() + 60
        # The lock of the one that was killed goes once the server has noticed.
        while not services.mix_all():
            assert time.monotonic() < until, "the lock stayed"
            time.sleep(0.05)
        assert said() == sorted(owner.said_by(who) for who in names)

    def test_killed_again_and_again_it_loses_and_doubles_nothing(self):
        names = []
        for turn in range(6):
            mixer = Mixer(0.01)
            for number in range(25):
                who = f"k{turn}-{number}"
                give(who)
                names.append(who)
            time.sleep(0.01 * turn)
            mixer.kill()
            moved = Counter(said())
            assert max(moved.values(), default=0) <= 1
            assert sum(moved.values()) + Sealed.objects.count() == len(names)
        services.close(owner.NAME, "u")
        until = time.monotonic() + 60
        while Sealed.objects.exists():
            services.mix_all()
            assert time.monotonic() < until
        assert Counter(said()) == Counter(owner.said_by(who) for who in names)
