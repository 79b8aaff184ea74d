"""Ending programs in order: politely first, then by force, and nothing left behind."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FORCE_PATIENCE = 3.0


@dataclass(frozen=True)
class Part:
    """A running program that leads a session of its own; those of a higher stage end first."""

    pid: int
    signal: int
    grace: float
    stage: int

    def line(self) -> str:
        """Return the part as one line for the guard."""
        return f"{self.pid} {self.signal} {self.grace} {self.stage}"

    @classmethod
    def from_line(cls, line: str) -> "Part":
        """Read what ``line`` wrote."""
        pid, number, grace, stage = line.split()
        return cls(int(pid), int(number), float(grace), int(stage))


def members(session: int) -> list[int]:
    """Return the living processes of a session; zombies do not count."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            facts = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(facts[3]) == session and facts[0] not in "ZX":
            found.append(int(folder.name))
    return found


def send(pids: list[int], number: int) -> None:
    """Signal processes, some of which may be gone."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def wait_until_gone(parts: list[Part], seconds: float) -> bool:
    """Wait for every process of these sessions to end."""
    deadline = time.monotonic() + seconds
    while any(members(part.pid) for part in parts):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(parts: list[Part]) -> None:
    """End everything, the highest stage first, since the programs need the stores until their last moment."""
    for stage in sorted({part.stage for part in parts}, reverse=True):
        now = [part for part in parts if part.stage == stage]
        for part in now:
            alive = members(part.pid)
            send([part.pid] if part.pid in alive else alive, part.signal)
        if not wait_until_gone(now, max(part.grace for part in now)):
            for part in now:
                send(members(part.pid), signal.SIGKILL)
            wait_until_gone(now, FORCE_PATIENCE)
