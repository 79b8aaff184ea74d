"""The write-ahead log brings back any moment, in the way that docs/operators/backup.md tells. With real servers."""

import subprocess
import time

import pytest
import yaml

from tests.operations import ROOT
from tests.operations.clusters import ask, running

pytestmark = pytest.mark.network


def archiving():
    """Return the two commands of the service that keeps the log."""
    composition = yaml.safe_load((ROOT / "deploy/scaling/archive.yml").read_text(encoding="utf-8"))
    script = composition["services"]["archive"]["entrypoint"][2]
    return [line.removeprefix("exec ") for line in script.splitlines() if line.strip()]


def recovery_settings():
    """Return the settings that the guide has operators write, by name."""
    guide = (ROOT / "docs/operators/backup.md").read_text(encoding="utf-8")
    block = guide.partition("```ini\n")[2].partition("```")[0]
    return dict(line.split(" = ", 1) for line in block.splitlines() if line)


def received(cluster):
    """Tell whether all that was written has arrived in the archive."""
    rows = ask(cluster, "SELECT pg_current_wal_lsn() <= coalesce(flush_lsn, '0/0') FROM pg_stat_replication")
    return rows == [(True,)]


def test_a_moment_between_two_comments_comes_back(tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    # As in production: what is committed is written, or the last word may not have left the server yet.
    with running(tmp_path, synchronous_commit="on") as cluster:
        words = ["-h", str(cluster.socket), "-U", "sawt"]
        create, receive = ([*line.split(), *words] for line in archiving())
        receive = [word.replace("/archive", str(archive)) if "directory" in word else word for word in receive]
        subprocess.run([cluster.binaries / create[0], *create[1:]], check=True, timeout=30)
        receiver = subprocess.Popen([cluster.binaries / receive[0], *receive[1:]])
        try:
            ask(cluster, "CREATE TABLE comment (body text)")
            base = [cluster.binaries / "pg_basebackup", *words, "--pgdata", tmp_path / "copy", "--checkpoint=fast"]
            subprocess.run(base, check=True, timeout=60)
            ask(cluster, "INSERT INTO comment VALUES ('before')")
            ((moment,),) = ask(cluster, "SELECT clock_timestamp()::text")
            time.sleep(0.1)
            ask(cluster, "INSERT INTO comment VALUES ('after')")
            deadline = time.monotonic() + 30
            while not received(cluster):
                assert time.monotonic() < deadline
                time.sleep(0.2)
        finally:
            receiver.terminate()
            receiver.wait(20)
    settings = recovery_settings()
    assert set(settings) == {"restore_command", "recovery_target_time", "recovery_target_action"}
    settings["restore_command"] = settings["restore_command"].strip("'").replace("/archive", str(archive))
    settings["recovery_target_time"] = moment
    settings["recovery_target_action"] = settings["recovery_target_action"].strip("'")
    (tmp_path / "copy" / "recovery.signal").touch()
    with running(tmp_path, name="copy", **settings) as copy:
        deadline = time.monotonic() + 30
        while ask(copy, "SELECT pg_is_in_recovery()") == [(True,)]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert ask(copy, "SELECT body FROM comment") == [("before",)]
