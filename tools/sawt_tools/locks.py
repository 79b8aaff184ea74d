"""One run at a time in one folder."""

import fcntl
import time
from pathlib import Path
from typing import IO


class Lock:
    """A lock the kernel lets go of however its holder ends; the file says who holds it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.handle: IO[str] | None = None

    def take(self, *, seconds: float = 0) -> bool:
        """Take the lock, waiting for so long at most."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = self.file.open("a+", encoding="utf-8")
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= deadline:
                    handle.close()
                    return False
                time.sleep(0.1)
            else:
                self.handle = handle
                return True

    def note(self, text: str) -> None:
        """Write who holds the lock, for the one who finds it taken."""
        assert self.handle is not None
        self.handle.seek(0)
        self.handle.truncate()
        self.handle.write(text)
        self.handle.flush()

    def holder(self) -> str:
        """Return what the holder wrote."""
        try:
            return self.file.read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def release(self) -> None:
        """Let go."""
        if self.handle is not None:
            self.handle.close()
            self.handle = None
