"""Backups, and the way back: rows and files counted, nothing sent, the copy gone afterwards."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.audit import services as audit
from portal.audit.models import Entry
from portal.files.models import StoredFile
from portal.files.services import store
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from portal.operations import backups, drills, postgres
from portal.operations.backups import CONTENTS, DUMP, FILES, BackupFailed, back_up, contents_of, newest, prune
from portal.operations.drills import drill
from tests.factories import OrganisationFactory
from tests.operations.test_metrics import message

pytestmark = pytest.mark.network


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Keep the files of each test apart."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def second_database(transactional_db, monkeypatch):
    """Let the drill connect to its copy: Django's tests refuse every database that they were not told of before."""

    def ensure_connection(wrapper):
        if wrapper.connection is None:
            wrapper.connect()

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", ensure_connection)


@pytest.fixture
def portal(second_database):
    """Fill the database: an entry of a ledger, a file with an Arabic name, a message that waits and one that went."""
    audit.record("thing.done", OrganisationFactory(), by=None)
    store("نص الاستشارة".encode(), "نص.txt", content_type="text/plain")
    message(due_at=datetime.now(UTC) + timedelta(hours=1))
    message(state="claimed", claimed_until=datetime.now(UTC))
    message(state="sent")


def databases():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{connection.settings_dict['NAME']}%"]
        )
        return sorted(name for (name,) in cursor.fetchall())


def test_a_backup_holds_what_was_there_and_says_so(portal, tmp_path):
    folder, contents, watch = back_up(tmp_path / "backups")
    assert folder.name == f"{contents.moment:%Y%m%dT%H%M%SZ}"
    assert sorted(path.name for path in folder.iterdir()) == sorted([DUMP, FILES, CONTENTS])
    assert contents.tables["audit_entry"] == Entry.objects.count() == 1
    assert contents.tables["messaging_message"] == 3
    assert (contents.files, contents.size, contents.missing) == (1, len("نص الاستشارة".encode()), [])
    assert sorted(watch.seconds) == ["database", "files"]
    assert contents_of(folder) == contents
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_list_is_counted_in_the_view_that_is_dumped(portal, tmp_path, monkeypatch):
    """What is written between counting and dumping is in neither."""
    counts = backups.counts

    def count_and_be_overtaken(alias):
        found = counts(alias)
        late = connection.copy()
        late.cursor().execute(
            "INSERT INTO messaging_attempt (message_id, at, outcome, detail) VALUES (1, now(), '', '')"
        )
        late.close()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(backups, "counts", count_and_be_overtaken)
        folder, contents, _ = back_up(tmp_path / "backups")
    assert contents.tables["messaging_attempt"] == 0
    assert drill(folder, tmp_path / "drill").passed


def test_a_file_that_is_gone_is_named(portal, tmp_path):
    stored = StoredFile.objects.get()
    default_storage.delete(stored.content.name)
    folder, contents, _ = back_up(tmp_path / "backups")
    assert (contents.files, contents.missing) == (0, [stored.content.name])
    assert drill(folder, tmp_path / "drill").passed


def test_a_failed_backup_leaves_nothing_behind(portal, tmp_path, monkeypatch):
    def fail(*args, **options):
        raise BackupFailed("no")

    monkeypatch.setattr(backups, "dump", fail)
    with pytest.raises(BackupFailed):
        back_up(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


# Drill


def test_a_drill_passes_silences_what_waits_and_leaves_nothing(portal, tmp_path):
    before = databases()
    folder, contents, _ = back_up(tmp_path / "backups")
    findings = drill(folder, tmp_path / "drill")
    assert findings.passed
    assert (findings.moment, findings.files, findings.silenced) == (contents.moment, 1, 2)
    assert findings.rows == sum(contents.tables.values())
    assert findings.pending_migrations == 0
    assert sorted(findings.watch.seconds) == ["compare", "database", "files", "verify"]
    assert databases() == before
    assert not (tmp_path / "drill").exists()
    # The portal's own messages wait as before.
    assert sorted(Message.objects.values_list("state", flat=True)) == ["claimed", "queued", "sent"]


def test_a_drill_finds_what_did_not_come_back(portal, tmp_path, monkeypatch):
    folder, _, _ = back_up(tmp_path / "backups")
    restore_files = drills.restore_files

    def lose(backup, storage):
        restore_files(backup, storage)
        with drills.connections[drills.ALIAS].cursor() as cursor:
            cursor.execute("DELETE FROM messaging_message WHERE state = 'sent'")
        name = StoredFile.objects.get().content.name
        (tmp_path / "drill" / name).write_text("other")

    monkeypatch.setattr(drills, "restore_files", lose)
    findings = drill(folder, tmp_path / "drill")
    assert not findings.passed
    assert findings.tables == {"messaging_message": (3, 2)}
    assert findings.broken_files == [StoredFile.objects.get().content.name]


def test_nobody_else_enters_the_copy(portal, tmp_path):
    with drills.second_place(tmp_path / "drill", keep=False), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE test_stranger LOGIN")
        name = f"{connection.settings_dict['NAME']}_drill"
        cursor.execute("SELECT has_database_privilege('test_stranger', %s, 'CONNECT')", [name])
        allowed = cursor.fetchone()
        cursor.execute("DROP ROLE test_stranger")
    assert allowed == (False,)


def test_a_damaged_backup_is_refused(portal, tmp_path):
    folder, _, _ = back_up(tmp_path / "backups")
    (folder / DUMP).write_bytes(b"something else")
    with pytest.raises(BackupFailed, match=f"{DUMP} is not what was written"):
        drill(folder, tmp_path / "drill")


def test_no_mail_is_sent_by_what_was_restored(portal, mailoutbox, capsys):
    Message.objects.update(due_at=datetime.now(UTC))
    call_command("silence_outbox")
    assert capsys.readouterr().out == "2 waiting messages were silenced.\n"
    assert deliver_due() == 0
    assert mailoutbox == []
    assert sorted(Message.objects.values_list("state", "last_error")) == [
        ("failed", drills.SILENCED),
        ("failed", drills.SILENCED),
        ("sent", ""),
    ]


# Which one


def made(folder, *names):
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / CONTENTS).write_text("{}")


def test_the_newest_of_a_time_is_found(tmp_path):
    made(tmp_path, "20261120T080000Z", "20261121T080000Z", "20261122T080000Z", "unfinished-1")
    assert newest(tmp_path).name == "20261122T080000Z"
    assert newest(tmp_path, at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC)).name == "20261121T080000Z"
    with pytest.raises(BackupFailed, match="no backup of that time"):
        newest(tmp_path, at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(BackupFailed, match="There is no backup in"):
        newest(tmp_path / "nowhere")


def test_old_ones_are_removed_only_when_asked(tmp_path):
    made(tmp_path, "20261120T080000Z", "20261121T080000Z", "20261122T080000Z")
    assert prune(tmp_path, keep=0) == []
    assert [path.name for path in prune(tmp_path, keep=2)] == ["20261120T080000Z"]
    assert len(backups.backups(tmp_path)) == 2


# Commands


def test_the_commands_report_and_keep_a_record(portal, tmp_path, capsys):
    call_command("backup", folder=tmp_path, keep=3)
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("1 files.")
    call_command("restore_drill", folder=tmp_path)
    said = capsys.readouterr().out.splitlines()
    assert said[1].endswith("1 files; 2 waiting messages were silenced.")
    record = json.loads((newest(tmp_path) / "drill.json").read_text())
    assert (record["passed"], record["silenced"]) == (True, 2)
    with pytest.raises(CommandError, match="no backup of that time"):
        call_command("restore_drill", folder=tmp_path, at=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_portal_is_not_restored_over(portal, tmp_path):
    back_up(tmp_path)
    with pytest.raises(CommandError, match="is not empty: nothing was done"):
        call_command("restore", folder=tmp_path)
    assert Message.objects.filter(state="queued").count() == 1


def test_a_portal_is_restored_into_an_empty_database(portal, tmp_path, capsys, monkeypatch):
    folder, _, _ = back_up(tmp_path)
    default_storage.delete(StoredFile.objects.get().content.name)
    module = "portal.operations.management.commands.restore"
    with drills.second_place(tmp_path / "drill", keep=False) as storage:
        monkeypatch.setattr(f"{module}.DEFAULT_DB_ALIAS", drills.ALIAS)
        monkeypatch.setattr(f"{module}.default_storage", storage)
        call_command("restore", folder=tmp_path)
        states = sorted(Message.objects.using(drills.ALIAS).values_list("state", flat=True))
        assert storage.exists(StoredFile.objects.get().content.name)
    assert states == ["failed", "failed", "sent"]
    assert capsys.readouterr().out.startswith(f"{folder.name} is back; 2 waiting messages were silenced.")


def test_files_that_are_there_are_left_alone(portal, tmp_path):
    folder, _, _ = back_up(tmp_path / "backups")
    storage = FileSystemStorage(location=tmp_path / "other")
    name = StoredFile.objects.get().content.name
    (tmp_path / "other" / name).parent.mkdir(parents=True)
    (tmp_path / "other" / name).write_text("newer")
    backups.restore_files(folder, storage)
    assert (tmp_path / "other" / name).read_text() == "newer"


def test_an_older_program_than_the_server_is_passed_over(db, monkeypatch):
    monkeypatch.setattr(postgres, "_major", lambda path: 9)
    with pytest.raises(BackupFailed, match=r"pg_dump of version \d+ or newer is missing"):
        postgres.program("pg_dump")


def test_a_program_that_fails_says_why(db):
    with pytest.raises(BackupFailed, match="pg_restore failed: "):
        postgres.call("pg_restore", ["/nowhere"], connection.get_connection_params())
