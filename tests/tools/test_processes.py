"""Whatever way the supervisor ends, nothing stays behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sawt_tools.endings import Part, end, members
from sawt_tools.guard import LOCK_FILE
from sawt_tools.locks import Lock
from sawt_tools.processes import STORES, Service

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"
# A supervisor with one program that ignores polite signals and has a child of its own.
SUPERVISOR = """
import sys, time
sys.path.insert(0, {tools!r})
from pathlib import Path
from sawt_tools import paths
from sawt_tools.console import Stop
from sawt_tools.processes import Service, Supervisor
folder = Path({folder!r})
paths.LOG = folder
stubborn = ": {folder}; trap '' TERM; sleep 600 & echo started; while :; do sleep 0.1; done"
try:
    with Supervisor(folder) as supervisor:
        service = Service("stubborn", ["sh", "-c", stubborn], grace=0.5)
        supervisor.start_ready(service, lambda: "started" in service.log.read_text(), seconds=10, failed="No start.")
        (folder / "pid").write_text(str(service.process.pid))
        supervisor.watch()
except Stop:
    pass
"""


def mentions(folder: Path) -> list[int]:
    """Return the processes whose command names the folder."""
    files = ((int(place.name), place / "cmdline") for place in Path("/proc").iterdir() if place.name.isdigit())
    found = []
    for pid, file in files:
        try:
            if str(folder).encode() in file.read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def wait_for(condition: object, seconds: float = 10) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_supervisor_leaves_no_process_behind(tmp_path: Path, number: int) -> None:
    source = SUPERVISOR.format(tools=str(TOOLS), folder=str(tmp_path))
    supervisor = subprocess.Popen([sys.executable, "-c", source])
    wait_for((tmp_path / "pid").exists)
    session = int((tmp_path / "pid").read_text())
    assert len(members(session)) >= 2
    os.kill(supervisor.pid, number)
    supervisor.wait(timeout=60)
    wait_for(lambda: not members(session))
    # The guard has let go, so that the next start need not wait.
    lock = Lock(tmp_path / LOCK_FILE)
    assert lock.take(seconds=5)
    lock.release()


def test_a_program_that_ended_is_started_again(tmp_path: Path) -> None:
    source = SUPERVISOR.format(tools=str(TOOLS), folder=str(tmp_path))
    supervisor = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    wait_for((tmp_path / "pid").exists)
    first = int((tmp_path / "pid").read_text())
    os.kill(first, signal.SIGKILL)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline().startswith("!  The stubborn ended by itself and is started again")
    # The child of the first one went before the second began.
    assert members(first) == []
    supervisor.terminate()
    supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0
    assert mentions(tmp_path) == []


def test_stores_end_after_programs(tmp_path: Path) -> None:
    note = tmp_path / "order"
    processes = []
    for name in ("store", "program"):
        words = f"trap 'echo {name} >> {note}; exit' TERM; touch {tmp_path / name}; while :; do sleep 0.05; done"
        processes.append(subprocess.Popen(["sh", "-c", words], start_new_session=True))
        wait_for((tmp_path / name).exists)
    store, program = (Part(process.pid, signal.SIGTERM, 5, 1 + index) for index, process in enumerate(processes))
    end([store, program])
    assert note.read_text().split() == ["program", "store"]
    for process in processes:
        process.wait()


def test_a_part_survives_the_way_through_the_pipe() -> None:
    part = Part(12, int(signal.SIGINT), 7.5, STORES)
    assert Part.from_line(part.line()) == part


def test_a_service_never_started_is_not_running() -> None:
    assert not Service("none", ["true"]).is_running


def test_a_lock_is_held_once_and_tells_by_whom(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "a.lock"), Lock(tmp_path / "a.lock")
    assert first.take()
    first.note("process 1")
    assert not second.take()
    assert second.holder() == "process 1"
    first.release()
    assert second.take()
    second.release()
