"""PostgreSQL clusters for tests about roles and about the way back: each of its own, on a socket."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from sawt_tools import paths
from sawt_tools.endings import end
from sawt_tools.postgres import THROW_AWAY, Cluster


@contextmanager
def running(base: Path, *, name: str = "data", **settings: str) -> Iterator[Cluster]:
    """Make a cluster in a folder unless there is one, start it, and end it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "LOG", base)
        cluster = Cluster(base / name, paths.socket_folder(base / f"{name}-at"), THROW_AWAY | settings)
        cluster.prepare()
        service = cluster.service()
        service.start()
        try:
            deadline = time.monotonic() + 30
            while not cluster.is_ready():
                assert time.monotonic() < deadline, service.log.read_text()
                time.sleep(0.1)
            yield cluster
        finally:
            end([service.part])
            service.process.wait()


def ask(cluster: Cluster, statement: str, *, user: str = "sawt", database: str = "postgres") -> list[tuple]:
    """Run one statement, commit it, and return its rows."""
    line = psycopg2.connect(host=str(cluster.socket), user=user, dbname=database)
    line.autocommit = True
    try:
        cursor = line.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
    finally:
        line.close()
