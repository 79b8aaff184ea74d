"""The virus scanner: asked over a real socket in clamd's words, and nothing given out that it has not found clean."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.http import Http404
from django.utils import timezone

from portal import registry
from portal.audit.models import Entry as Trail
from portal.files.choices import PLAIN, ScanState
from portal.files.models import StoredFile
from portal.files.services import Accepted, clamd, finish_removals, keep, scan_waiting, scanning
from portal.files.views import FileHeldBack, file_response
from portal.operations import drills
from portal.operations.management.commands.metrics import measures
from portal.operations.selectors import standing
from portal.settings import environment
from portal.web.selectors import readiness
from portal.web.services import record_heartbeat
from tests.files.clamd import EICAR, Clamd


@pytest.fixture
def scanner(settings):
    made = Clamd()
    settings.CLAMD = made.address
    yield made
    made.close()


@pytest.fixture
def nobody_there(settings, tmp_path):
    settings.CLAMD = str(tmp_path / "gone.sock")


def stored(content=b"words", **changes):
    made = keep(Accepted("notes.txt", content, PLAIN))
    if changes:
        StoredFile.objects.filter(pk=made.pk).update(**changes)
    return made


def now_due():
    StoredFile.objects.update(scan_due_at=timezone.now() - timedelta(seconds=1))


def state_of(file):
    return StoredFile.objects.get(pk=file.pk).scan_state


# The client


@pytest.mark.parametrize(("content", "found"), [(b"", ""), (b"words", ""), (EICAR, "Win.Test.EICAR_HDB-1")])
def test_what_clamd_says(scanner, content, found):
    assert clamd.scan(BytesIO(content)) == found
    assert clamd.answers()


def test_over_a_unix_socket_in_pieces(settings, tmp_path):
    made = Clamd(path=str(tmp_path / "clamd.sock"))
    settings.CLAMD = made.address
    content = bytes(range(256)) * 2000
    assert clamd.scan(BytesIO(content)) == ""
    assert made.seen == [content]
    made.close()


def test_nobody_listens(nobody_there):
    with pytest.raises(clamd.ScannerAway):
        clamd.scan(BytesIO(b"words"))
    assert not clamd.answers()


def test_a_port_that_refuses(settings):
    made = Clamd()
    settings.CLAMD = made.address
    made.close()
    with pytest.raises(clamd.ScannerAway):
        clamd.scan(BytesIO(b"words"))


@pytest.mark.parametrize(
    ("mood", "words"),
    [("half", "hung up before"), ("silent", "did not answer"), ("slow", "took too long"), ("odd", "allocate memory")],
)
def test_answers_that_are_none(scanner, monkeypatch, mood, words):
    monkeypatch.setattr(clamd, "SILENCE", 0.3)
    monkeypatch.setattr(clamd, "WHOLE", 0.8)
    scanner.mood = mood
    with pytest.raises(clamd.ScanFailed, match=words):
        clamd.scan(BytesIO(b"words"))
    assert not clamd.answers()


@pytest.mark.parametrize("length", [1_000_001, 20_000_000])
def test_a_content_longer_than_it_takes(scanner, length):
    with pytest.raises(clamd.TooLargeToScan):
        clamd.scan(BytesIO(b"x" * length))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", None),
        ("clamav:3310", ("clamav", 3310)),
        ("tcp://10.0.0.4:3310", ("10.0.0.4", 3310)),
        ("[::1]:3310", ("::1", 3310)),
        ("/run/clamd.sock", "/run/clamd.sock"),
        ("unix:///run/clamd.sock", "/run/clamd.sock"),
    ],
)
def test_where_it_listens(monkeypatch, text, where):
    monkeypatch.setenv("SAWT_CLAMD", text)
    assert environment.daemon("SAWT_CLAMD") == where


@pytest.mark.parametrize("text", ["clamav", "clamav:", "clamav:many", "clamav:99999", "http://clamav:3310/x", ":3310"])
def test_a_place_that_is_none_stops_the_start(monkeypatch, text):
    monkeypatch.setenv("SAWT_CLAMD", text)
    with pytest.raises(ImproperlyConfigured, match="SAWT_CLAMD"):
        environment.daemon("SAWT_CLAMD")


# Files


@pytest.mark.django_db
def test_without_a_scanner_files_are_given_out_as_they_are():
    file = stored()
    assert (file.scan_state, scan_waiting()) == (ScanState.NOT_CONFIGURED, 0)
    assert file_response(file).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_a_new_file_is_held_back_until_it_is_found_clean(scanner):
    file = stored()
    assert file.scan_state == ScanState.WAITING
    with pytest.raises(FileHeldBack, match="is being checked"):
        file_response(file)
    assert scan_waiting() == 1
    file.refresh_from_db()
    assert (file.scan_state, file.scan_due_at, file.scanned_at is not None) == (ScanState.CLEAN, None, True)
    assert b"".join(file_response(file)) == b"words"
    assert (scan_waiting(), scanner.asked) == (0, 1)


@pytest.mark.django_db
def test_storing_asks_the_worker_at_once(scanner, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        file = stored()
    assert state_of(file) == ScanState.CLEAN


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_an_infected_file_is_removed_and_never_given_out(
    scanner, settings, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        file = stored(EICAR)
    name = file.content.name
    file.refresh_from_db()
    assert (file.scan_state, file.infection, file.content.name) == ("infected", "Win.Test.EICAR_HDB-1", "")
    assert not StoredFile._meta.get_field("content").storage.exists(name)
    trail = Trail.objects.get(action="file.infected")
    assert (trail.target_key, trail.data) == (file.code, {"found": "Win.Test.EICAR_HDB-1", "sha256": file.sha256})
    for configured in (scanner.address, None):
        settings.CLAMD = configured
        with pytest.raises(FileHeldBack, match="A virus was found"):
            file_response(file)
    # The restore drill misses nothing.
    monkeypatch.setattr(drills, "ALIAS", "default")
    assert list(drills._broken(StoredFile._meta.get_field("content").storage)) == []


@pytest.mark.django_db
def test_a_removal_that_failed_is_done_by_the_next_tick(scanner, monkeypatch):
    file = stored(EICAR)
    storage = StoredFile._meta.get_field("content").storage
    with monkeypatch.context() as broken:
        broken.setattr(storage, "delete", lambda name: (_ for _ in ()).throw(OSError("away")))
        scan_waiting()
        assert finish_removals() == 0
    assert storage.exists(file.content.name)
    assert (state_of(file), finish_removals(), finish_removals()) == ("infected", 1, 0)
    assert not storage.exists(file.content.name)


@pytest.mark.django_db
def test_owners_that_cannot_be_told_leave_the_file_held_back(scanner, monkeypatch):
    file = stored(EICAR)
    monkeypatch.setitem(registry.infected_files._entries, "broken", lambda stored: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scan_waiting()
    assert (state_of(file), Trail.objects.count()) == (ScanState.WAITING, 0)


@pytest.mark.django_db
def test_files_from_before_there_was_a_scanner_come_after_the_new(settings):
    old = stored(b"old")
    made = Clamd()
    settings.CLAMD = made.address
    with pytest.raises(FileHeldBack):
        file_response(old)
    new = stored(b"new")
    assert scan_waiting() == 2
    assert (made.seen, state_of(old), state_of(new)) == ([b"new", b"old"], "clean", "clean")
    made.close()


@pytest.mark.django_db
def test_a_scanner_away_for_an_hour_loses_nothing(settings, monkeypatch, nobody_there):
    files = [stored(bytes([65 + number])) for number in range(scanning.BATCH + 3)]
    start = timezone.now()
    for minute in range(0, 60, 2):
        monkeypatch.setattr(timezone, "now", lambda minute=minute: start + timedelta(minutes=minute))
        scan_waiting()
    assert set(StoredFile.objects.values_list("scan_state", "scan_attempts")) == {("waiting", 0)}
    with pytest.raises(FileHeldBack):
        file_response(files[0])
    made = Clamd()
    settings.CLAMD = made.address
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(minutes=62))
    assert (scan_waiting(), scan_waiting(), scan_waiting()) == (scanning.BATCH, 3, 0)
    assert set(StoredFile.objects.values_list("scan_state", flat=True)) == {"clean"}
    made.close()


@pytest.mark.django_db
def test_a_file_that_cannot_be_judged_is_tried_ever_more_seldom_and_held_back(scanner, monkeypatch):
    file = stored()
    scanner.mood = "half"
    waits = []
    for _ in range(8):
        now_due()
        before = timezone.now()
        scan_waiting()
        file.refresh_from_db()
        waits.append(round((file.scan_due_at - before).total_seconds() / 60))
        with pytest.raises(FileHeldBack):
            file_response(file)
    assert (waits, file.scan_attempts) == ([1, 5, 15, 60, 240, 1440, 1440, 1440], 8)
    scanner.mood = "well"
    now_due()
    scan_waiting()
    assert state_of(file) == ScanState.CLEAN


@pytest.mark.django_db
def test_one_bad_file_does_not_keep_the_others_waiting(scanner):
    scanner.limit = 10
    large, small = stored(b"x" * 11), stored(b"small")
    scan_waiting()
    large.refresh_from_db()
    assert (large.scan_state, state_of(small)) == (ScanState.WAITING, ScanState.CLEAN)
    assert large.scan_due_at > timezone.now() + timedelta(hours=23)


@pytest.mark.django_db
def test_a_file_gone_from_the_storage_stays_held_back(scanner):
    file = stored()
    file.content.storage.delete(file.content.name)
    scan_waiting()
    file.refresh_from_db()
    assert (file.scan_state, file.scan_attempts, scanner.asked) == (ScanState.WAITING, 1, 0)


@pytest.mark.django_db
def test_what_a_killed_worker_held_is_taken_up_after_its_lease(scanner, monkeypatch):
    file = stored()
    scanning._claim()
    assert scan_waiting() == 0
    later = timezone.now() + scanning.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert (scan_waiting(), state_of(file)) == (1, "clean")


@pytest.mark.django_db
def test_a_file_deleted_while_it_is_scanned_is_no_error(scanner):
    file = stored()
    StoredFile.objects.filter(pk=file.pk).delete()
    scanning.settle(file, "Win.Test")
    assert Trail.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_file(settings, scanner):
    file = stored()
    StoredFile.objects.update(scan_state=ScanState.WAITING, scan_due_at=None)
    seen = []

    def other():
        seen.append(scan_waiting())
        connections.close_all()

    with transaction.atomic():
        claimed, _ = scanning._claim()
        worker = threading.Thread(target=other)
        worker.start()
        worker.join(20)
    assert ([each.pk for each in claimed], seen, scanner.asked) == ([file.pk], [0], 0)


# What operators see


@pytest.mark.django_db
def test_health_and_measures(scanner, client):
    waiting, bad = stored(created_at=timezone.now() - timedelta(minutes=10)), stored(EICAR)
    StoredFile.objects.filter(pk=waiting.pk).update(scan_due_at=timezone.now() + timedelta(hours=1))
    scan_waiting()
    found = standing().scans
    assert (found.is_up, found.waiting, found.infected, 600 <= found.age < 660) == (True, 1, 1, True)
    values = {sample.name: sample.value for metric in measures(standing()) for sample in metric.samples}
    assert (values["sawt_scanner_up"], values["sawt_files_waiting"], values["sawt_files_infected"]) == (1.0, 1, 1)
    assert values["sawt_files_waiting_seconds"] == pytest.approx(found.age, abs=5)
    assert readiness()["scanner"] == {"ok": True}
    assert state_of(bad) == "infected"


@pytest.mark.django_db
def test_a_scanner_that_is_away_is_named_and_does_not_close_the_portal(client, nobody_there):
    record_heartbeat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["scanner"]) == (200, {"ok": False})


@pytest.mark.django_db
def test_without_a_scanner_nothing_is_said_of_one():
    assert ("scanner" in readiness(), standing().scans) == (False, None)


def test_held_back_is_a_page_not_found():
    assert issubclass(FileHeldBack, Http404)
