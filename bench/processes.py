"""The database with the city's data, and the programs that are measured."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "var" / "bench" / "log"
CITY, WORKING = "sawt_bench", os.environ.get("SAWT_BENCH_DATABASE", "sawt_bench_run")
STARTING = 60.0
WEB_WORKERS, WEB_THREADS = 2, 4


def with_database(url: str, name: str) -> str:
    """Return the address of another database of the same server."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def with_valkey_number(url: str, number: int) -> str:
    """Return the address of another numbered store of the same Valkey."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | {'db': number})}"
    return f"{parts.scheme}://{parts.netloc}/{number}"


def environment() -> dict[str, str]:
    """Return what every program of the measuring is started with."""
    database = with_database(os.environ["DATABASE_URL"], WORKING)
    return os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": with_valkey_number(os.environ["REDIS_URL"], 9),
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONPATH": str(ROOT),
    }


def manage(words: str, env: dict[str, str]) -> None:
    """Run a command of Django's, telling what it tells."""
    subprocess.run([sys.executable, "manage.py", *words.split()], cwd=ROOT, env=env, check=True)


def prepare() -> None:
    """Bring the city's database up to date, or make it; then copy it, so that each run finds the same."""
    city = environment() | {"DATABASE_URL": with_database(os.environ["DATABASE_URL"], CITY)}
    if not exists(CITY):
        execute("CREATE DATABASE {}", CITY)
    manage("migrate --no-input --verbosity 0", city)
    if _has_closed():
        print("The large consultation has closed since: the city is made anew.")
        execute("DROP DATABASE {}", CITY)
        execute("CREATE DATABASE {}", CITY)
        manage("migrate --no-input --verbosity 0", city)
    manage("demo --scale city", city)
    # Once for all runs: what was not written to since takes no time.
    execute("VACUUM ANALYZE", database=CITY)
    remove_copy()
    # As files: millions of rows are not written to the log one by one.
    execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", WORKING, CITY)
    manage("collectstatic --no-input --verbosity 0", environment())


@contextmanager
def empty_database() -> Iterator[None]:
    """Make a database with the portal's tables and nothing in them, for this process and those it starts."""
    remove_copy()
    execute("CREATE DATABASE {}", WORKING)
    os.environ.update(environment())
    manage("migrate --no-input --verbosity 0", environment())
    try:
        yield
    finally:
        from django.db import connections

        connections.close_all()
        remove_copy()


def remove_copy() -> None:
    """Drop the copy this run worked on."""
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", WORKING)


# The address that was given, before the programs' own takes its place.
_GIVEN = os.environ.get("DATABASE_URL", "")


def _connect(database: str = "") -> psycopg2.extensions.connection:
    _scheme, _colon, rest = (with_database(_GIVEN, database) if database else _GIVEN).partition(":")
    connection = psycopg2.connect(f"postgresql:{rest}")
    connection.autocommit = True
    return connection


def execute(statement: str, *names: str, database: str = "") -> None:
    """Run a statement on the server that was given, with these names put in."""
    connection = _connect(database)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
    connection.close()


def exists(database: str) -> bool:
    connection = _connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        found = cursor.fetchone()
    connection.close()
    return found is not None


def _has_closed() -> bool:
    connection = _connect(CITY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT closes_at < now() + interval '1 day' FROM consultations_consultation"
            " WHERE slug = 'city-transport-plan'"
        )
        row = cursor.fetchone()
    connection.close()
    return bool(row and row[0])


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(name: str, command: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run a program in a group of its own, and end it with all it started."""
    LOG.mkdir(parents=True, exist_ok=True)
    with (LOG / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def web() -> Iterator[tuple[tuple[str, int], subprocess.Popen]]:
    """Run the web server as it is run everywhere: two workers."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--workers",
        str(WEB_WORKERS),
        "--blocking-threads",
        str(WEB_THREADS),
        "--no-ws",
        "bench.wsgi:application",
    ]
    with running("web", command, environment()) as process:
        wait_for(lambda: socket.create_connection(("127.0.0.1", port), 1).close(), "the web server")
        yield ("127.0.0.1", port), process


@contextmanager
def worker(name: str, queue: str, concurrency: int, **more: str) -> Iterator[subprocess.Popen]:
    """Run a Celery worker of one queue, and wait until it is ready."""
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--pool=threads", "--loglevel=info"]
    command += [f"--concurrency={concurrency}", f"--queues={queue}", f"--hostname={name}@%h"]
    with running(name, command, environment() | more) as process:
        wait_for(lambda: _says_ready(name), name)
        yield process


def _says_ready(name: str) -> None:
    if b" ready." not in (LOG / f"{name}.log").read_bytes():
        raise OSError("not yet")


def wait_for(attempt, what: str) -> None:
    """Try until it raises no ``OSError``."""
    until = time.monotonic() + STARTING
    while True:
        try:
            return attempt()
        except OSError:
            if time.monotonic() > until:
                raise RuntimeError(f"{what} does not start: see {LOG}") from None
            time.sleep(0.1)


def resident_megabytes(pid: int) -> float:
    """Return the resident memory of one process, in MB of a million bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1_000_000
    return 0.0


def children(pid: int) -> list[int]:
    """Return the processes this one started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found
