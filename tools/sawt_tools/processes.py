"""The supervisor: starts the parts, keeps them running, ends them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from sawt_tools import paths, shell
from sawt_tools.console import Problem, Stop, warn
from sawt_tools.endings import Part, end

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STORES, PROGRAMS = 1, 2
# A part that ended is started again, but not more often than this within a minute.
STARTS_PER_MINUTE = 5
PAUSE = 0.3


@dataclass
class Service:
    """A program that is to run as long as we do."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str] | None = None
    stop: int = signal.SIGTERM
    grace: float = 10.0
    stage: int = PROGRAMS
    # What stands before the launcher: a change of user when we are root.
    prefix: Sequence[str] = ()
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return paths.LOG / f"{self.name}.log"

    @property
    def part(self) -> Part:
        assert self.process is not None
        return Part(self.process.pid, int(self.stop), self.grace, self.stage)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the program as leader of a session of its own, so that a Ctrl-C reaches us alone."""
        paths.LOG.mkdir(parents=True, exist_ok=True)
        self.starts = [moment for moment in self.starts if moment > time.monotonic() - 60] + [time.monotonic()]
        mode = "ab" if len(self.starts) > 1 else "wb"
        with self.log.open(mode) as log:
            self.process = subprocess.Popen(
                [*self.prefix, *shell.LAUNCH, str(int(self.stop)), *map(str, self.command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=paths.ROOT,
                start_new_session=True,
            )


class Supervisor:
    """Keeps services; whatever way it ends, they end with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.services: list[Service] = []
        self.starting = self.asked = False

    def __enter__(self) -> Self:
        for number in ENDINGS:
            # A hang-up is ignored on purpose by nohup; an ignored Ctrl-C comes with every start in the background.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        self._start_guard()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        end([service.part for service in self.services if service.process])
        for service in self.services:
            if service.process:
                service.process.wait()
                self._tell(f"- {service.process.pid}")
        with suppress(OSError):
            os.close(self.pipe)
        self.guard.wait()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if not self.starting:
            raise Stop

    def _start_guard(self) -> None:
        reading, self.pipe = os.pipe()
        self.guard = subprocess.Popen(
            [
                sys.executable,
                "-S",
                "-E",
                str(paths.ROOT / "tools" / "sawt.py"),
                "guard",
                str(reading),
                str(self.folder),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(reading,),
            start_new_session=True,
        )
        os.close(reading)

    def _tell(self, line: str) -> None:
        with suppress(OSError):
            os.write(self.pipe, f"{line}\n".encode())

    def start(self, service: Service) -> None:
        """Start a service and let the guard know of it."""
        if service not in self.services:
            self.services.append(service)
        # An exception between the birth of a process and our note of it would leave it behind.
        self.starting = True
        try:
            service.start()
            self._tell(f"+ {service.part.line()}")
        finally:
            self.starting = False
        if self.asked:
            raise Stop

    def start_ready(self, service: Service, ready: Callable[[], bool], *, seconds: float, failed: str) -> None:
        """Start a service and wait until it answers."""
        self.start(service)
        self.wait_ready(service, ready, seconds=seconds, failed=failed)

    def wait_ready(self, service: Service, ready: Callable[[], bool], *, seconds: float, failed: str) -> None:
        """Wait until a started service answers; one that ends meanwhile is tried again for five seconds."""
        began = time.monotonic()
        while not ready():
            passed = time.monotonic() - began
            if not service.is_running:
                if passed > 5:
                    raise Problem(self._failure(service, failed))
                time.sleep(PAUSE)
                self.start(service)
            elif passed > seconds:
                raise Problem(self._failure(service, failed))
            time.sleep(0.05)

    def _failure(self, service: Service, failed: str) -> str:
        return f"{failed} The end of {service.log}:\n\n{shell.tail(service.log)}"

    def watch(self) -> None:
        """Stay until someone asks for the end, starting again what ended by itself."""
        while True:
            time.sleep(PAUSE)
            if self.guard.poll() is not None:
                self._renew_guard()
            for service in self.services:
                if not service.is_running:
                    self._start_again(service)

    def _renew_guard(self) -> None:
        os.close(self.pipe)
        self._start_guard()
        for service in self.services:
            self._tell(f"+ {service.part.line()}")

    def _start_again(self, service: Service) -> None:
        assert service.process is not None
        # What its children are doing must end before a second set of them begins.
        end([service.part])
        self._tell(f"- {service.process.pid}")
        if len(service.starts) >= STARTS_PER_MINUTE:
            raise Problem(
                self._failure(service, f"The {service.name} ended {STARTS_PER_MINUTE} times within a minute.")
            )
        warn(f"The {service.name} ended by itself and is started again; its log is {service.log}.")
        self.start(service)
