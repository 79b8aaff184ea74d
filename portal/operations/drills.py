"""The restore drill: bring a backup back beside the portal, compare it with what was written down, and take it away."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage, Storage
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from portal.files.models import StoredFile
from portal.mailings.choices import MailingState
from portal.mailings.models import Mailing
from portal.messaging.choices import UNSENT_STATES, MessageState
from portal.messaging.models import Message
from portal.notifications.choices import NoticeState, Stage
from portal.notifications.models import Happening, Notice
from portal.operations.backups import (
    Contents,
    Stopwatch,
    contents_of,
    counts,
    file_names,
    restore_database,
    restore_files,
)

ALIAS = "restored"
SILENCED = "Brought back from a backup and not sent again."


@dataclass
class Findings:
    """How a drill went. Tables that differ have (written down, found); all lists are empty when it passed."""

    moment: datetime
    rows: int
    files: int
    silenced: int = 0
    pending_migrations: int = 0
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    lost_files: list[str] = field(default_factory=list)
    broken_files: list[str] = field(default_factory=list)
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def passed(self) -> bool:
        """True when the copy holds what was written down."""
        return not (self.tables or self.lost_files or self.broken_files)


def drill(folder: Path, workspace: Path, *, keep: bool = False) -> Findings:
    """Restore a backup into a second database and folder, compare, and remove both unless they are to be kept.

    Nothing of the portal can reach the copy: until the waiting messages are silenced only this connection may enter.
    """
    watch = Stopwatch()
    with watch.part("verify"):
        contents = contents_of(folder)
    findings = Findings(contents.moment, sum(contents.tables.values()), contents.files, watch=watch)
    with second_place(workspace, keep=keep) as storage:
        with watch.part("database"):
            restore_database(folder, ALIAS)
        findings.silenced = silence(ALIAS)
        hold_mailings(ALIAS)
        hold_notices(ALIAS)
        with watch.part("files"):
            restore_files(folder, storage)
        with watch.part("compare"):
            compare(contents, storage, findings)
    return findings


@contextmanager
def second_place(workspace: Path, *, keep: bool) -> Iterator[Storage]:
    """Make an empty database and folder beside the portal's; what an earlier drill left there goes first."""
    name = f"{connection.settings_dict['NAME']}_drill"
    _remove(name, workspace)
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
        cursor.execute(f"REVOKE CONNECT ON DATABASE {quoted} FROM PUBLIC")
    workspace.mkdir(parents=True, mode=0o700)
    connections.databases[ALIAS] = connections.databases[DEFAULT_DB_ALIAS] | {"NAME": name, "CONN_MAX_AGE": 0}
    try:
        yield FileSystemStorage(location=workspace)
    finally:
        connections[ALIAS].close()
        del connections[ALIAS], connections.databases[ALIAS]
        if not keep:
            _remove(name, workspace)


def _remove(name: str, workspace: Path) -> None:
    shutil.rmtree(workspace, ignore_errors=True)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


def silence(alias: str) -> int:
    """Mark every message that was still waiting as failed, so that nothing is sent twice; return how many."""
    waiting = Message.objects.using(alias).filter(state__in=UNSENT_STATES)
    return waiting.update(state=MessageState.FAILED, claimed_until=None, last_error=SILENCED)


def hold_mailings(alias: str) -> int:
    """Let nothing go out to many by itself: a person decides on each mailing; return how many there are."""
    # A backup may be older than the table.
    if Mailing._meta.db_table not in connections[alias].introspection.table_names():
        return 0
    waiting = Mailing.objects.using(alias).filter(state__in=[MailingState.READY, MailingState.SENDING])
    return waiting.update(state=MailingState.LATE, last_error=SILENCED)


def hold_notices(alias: str) -> int:
    """Let what waits to be told stand on the portal alone, since it may have been told; return how many notices."""
    if Notice._meta.db_table not in connections[alias].introspection.table_names():
        return 0
    Happening.objects.using(alias).exclude(stage=Stage.DONE).update(is_silent=True)
    waiting = Notice.objects.using(alias).filter(state=NoticeState.WAITING)
    return waiting.update(state=NoticeState.SITE, due_at=None)


def compare(contents: Contents, storage: Storage, findings: Findings) -> None:
    """Note what differs between the list and the copy."""
    found = counts(ALIAS)
    for table in sorted({*found, *contents.tables}):
        pair = contents.tables.get(table, 0), found.get(table, 0)
        if pair[0] != pair[1]:
            findings.tables[table] = pair
    known_missing = set(contents.missing)
    names = [name for name in file_names(ALIAS) if name not in known_missing]
    findings.lost_files = [name for name in names if not storage.exists(name)]
    findings.broken_files = list(_broken(storage))
    executor = MigrationExecutor(connections[ALIAS])
    findings.pending_migrations = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _broken(storage: Storage) -> Iterator[str]:
    """Give the files whose content is not the one that their row knows; of infected ones there is none."""
    rows = StoredFile.objects.using(ALIAS).exclude(content="")
    for name, expected in rows.values_list("content", "sha256").iterator():
        if storage.exists(name):
            with storage.open(name, "rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != expected:
                    yield name
