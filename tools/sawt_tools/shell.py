"""Running other programs to their end."""

import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from sawt_tools import paths
from sawt_tools.console import Problem, say

LINES_SHOWN = 25
# Starts a program that gets a signal when we are killed.
LAUNCH = (sys.executable, "-S", "-E", str(Path(__file__).with_name("launch.py")))


def tail(log: Path, lines: int = LINES_SHOWN) -> str:
    """Return the last lines of a log."""
    try:
        with log.open(encoding="utf-8", errors="replace") as text:
            return "".join(deque(text, lines)).rstrip()
    except OSError:
        return ""


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    failed: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = paths.ROOT,
    timeout: float | None = None,
) -> None:
    """Run a command quietly; when it fails show the end of its log and raise ``Problem`` with the sentence given."""
    paths.LOG.mkdir(parents=True, exist_ok=True)
    file = paths.LOG / f"{log}.log"
    with file.open("wb") as output:
        try:
            done = subprocess.run(
                [*LAUNCH, str(int(signal.SIGTERM)), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Problem(f"{failed} (It took longer than {timeout:.0f} seconds.)") from error
    if done.returncode:
        say(f"\n{tail(file)}\n")
        raise Problem(f"{failed} The whole output is in {file}.")


def succeeds(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, timeout: float = 30) -> bool:
    """Tell whether a command ends well, showing nothing."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=env,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def output(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> str:
    """Return what a command prints, or nothing when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=env,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
