"""Backups: the database and the files it names, with a list of what is in them, and their way back.

A backup is a folder named by its moment: ``database.dump`` (pg_dump's custom format), ``files.tar`` and
``contents.json``. The list was counted in the snapshot from which the dump was made, so that a restored copy can be
compared row by row. Files are read after the snapshot: what it names was there already, and files are never changed.
"""

import json
import re
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, default_storage
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from portal.operations.postgres import BackupFailed, digest, dump, restore

DUMP, FILES, CONTENTS = "database.dump", "files.tar", "contents.json"
NAMED = re.compile(r"\d{8}T\d{6}Z")
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname
"""


@dataclass(frozen=True)
class Contents:
    """What is in a backup. ``missing`` are files that the database named and the storage did not have."""

    moment: datetime
    version: str
    tables: dict[str, int]
    files: int
    size: int
    missing: list[str]
    sha256: dict[str, str]


@dataclass
class Stopwatch:
    """How many seconds each part took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)


# Making one


def back_up(into: Path) -> tuple[Path, Contents, Stopwatch]:
    """Make a backup in a folder of its own under ``into``. It gets its name when it is whole."""
    watch = Stopwatch()
    into.mkdir(parents=True, exist_ok=True)
    draft = into / f"unfinished-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    draft.mkdir(mode=0o700)
    try:
        with watch.part("database"), snapshot() as (name, moment):
            tables, files = counts(DEFAULT_DB_ALIAS), file_names(DEFAULT_DB_ALIAS)
            dump(draft / DUMP, snapshot=name)
        with watch.part("files"):
            kept, size, missing = pack(files, draft / FILES)
        sums = {name: digest(draft / name) for name in (DUMP, FILES)}
        contents = Contents(moment, settings.VERSION, tables, kept, size, missing, sums)
        text = json.dumps(asdict(contents) | {"moment": moment.isoformat()}, indent=2, ensure_ascii=False)
        (draft / CONTENTS).write_text(text, encoding="utf-8")
        folder = draft.rename(into / f"{moment:%Y%m%dT%H%M%SZ}")
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return folder, contents, watch


@contextmanager
def snapshot() -> Iterator[tuple[str, datetime]]:
    """Hold one view of the database that other connections may share; give its name and moment."""
    with transaction.atomic(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), transaction_timestamp()")
        name, moment = cursor.fetchone()
        yield name, moment.astimezone(UTC)


def counts(alias: str) -> dict[str, int]:
    """Count the rows of every table."""
    found = {}
    with connections[alias].cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {connections[alias].ops.quote_name(table)}")
            found[table] = cursor.fetchone()[0]
    return found


def file_names(alias: str) -> list[str]:
    """Return the names of all files that rows refer to."""
    names: set[str] = set()
    for model in apps.get_models():
        for column in (column for column in model._meta.concrete_fields if isinstance(column, models.FileField)):
            found = model._base_manager.using(alias).exclude(**{column.name: ""})
            names.update(found.values_list(column.name, flat=True).iterator())
    return sorted(name for name in names if name)


def pack(names: list[str], into: Path) -> tuple[int, int, list[str]]:
    """Write the files into a tar; return how many there were, their bytes, and those that are not there."""
    size, missing = 0, []
    with tarfile.open(into, "w") as tar:
        for name in names:
            try:
                with default_storage.open(name, "rb") as content:
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = content.size, 0o640
                    tar.addfile(entry, content)
                    size += entry.size
            except FileNotFoundError:
                missing.append(name)
    return len(names) - len(missing), size, missing


# Finding one


def backups(folder: Path) -> list[Path]:
    """Return the whole backups in a folder, oldest first."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if NAMED.fullmatch(path.name) and (path / CONTENTS).is_file())


def newest(folder: Path, *, at: datetime | None = None) -> Path:
    """Return the newest backup, or the newest that is not later than a moment; raises ``BackupFailed`` without one."""
    limit = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if at else "9"
    found = [path for path in backups(folder) if path.name <= limit]
    if not found:
        raise BackupFailed(f"There is no backup {'of that time ' if at else ''}in {folder}: make one with `backup`.")
    return found[-1]


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Remove all but the newest; return what was removed."""
    old = backups(folder)[:-keep] if keep > 0 else []
    for path in old:
        shutil.rmtree(path)
    return old


def contents_of(folder: Path) -> Contents:
    """Read the list, and make sure that the backup is what was written; raises ``BackupFailed``."""
    found = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    contents = Contents(**found | {"moment": datetime.fromisoformat(found["moment"])})
    for name, expected in contents.sha256.items():
        if not (folder / name).is_file() or digest(folder / name) != expected:
            raise BackupFailed(f"{folder / name} is not what was written: take another backup.")
    return contents


# The way back


def restore_database(folder: Path, alias: str) -> None:
    """Fill the empty database of a connection; raises ``BackupFailed`` when it holds any table."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_TABLES)
        if cursor.fetchone():
            name = connections[alias].settings_dict["NAME"]
            raise BackupFailed(f"The database {name} is not empty: nothing was done.")
    restore(folder / DUMP, connections[alias].get_connection_params())


def restore_files(folder: Path, storage: Storage) -> None:
    """Put the files where they are missing."""
    with tarfile.open(folder / FILES) as tar:
        for entry in tar:
            if entry.isfile() and not storage.exists(entry.name):
                storage.save(entry.name, File(tar.extractfile(entry)))
