"""What the person at the terminal sees."""

import contextlib
import sys
import threading
import time
from types import TracebackType
from typing import Self

PAUSE_ON_PLAIN_OUTPUT = 10


class Problem(Exception):
    """Something the reader can mend; the text is one sentence that says how."""


class Stop(BaseException):
    """Someone asked for the end: Ctrl-C, a closed terminal or a signal."""


def say(text: str = "", *, end: str = "\n") -> None:
    """Print a line; a terminal that went away must not stop an orderly end."""
    with contextlib.suppress(OSError, ValueError):
        print(text, end=end, flush=True)


def warn(text: str) -> None:
    """Print a line nobody should overlook."""
    say(f"!  {text}")


def prepare() -> None:
    """Let a terminal without UTF-8 show question marks instead of stopping."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")


class step:
    """Show that a long step is under way, and how long it has taken."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.done = threading.Event()
        self.live = sys.stdout.isatty()

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        if not self.live:
            say(f"   {self.title} …")
        self.thread = threading.Thread(target=self._tick, daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.done.set()
        self.thread.join()
        mark = "✓" if kind is None else "✗"
        say(f"{self._return()}{mark}  {self.title} ({self.seconds:.1f} s)")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def _return(self) -> str:
        return "\r\x1b[K" if self.live else ""

    def _tick(self) -> None:
        while not self.done.wait(1 if self.live else PAUSE_ON_PLAIN_OUTPUT):
            if self.live:
                say(f"{self._return()}   {self.title} … {self.seconds:.0f} s", end="")
            else:
                say(f"   {self.title} … still at it, {self.seconds:.0f} s")
