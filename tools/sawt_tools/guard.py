"""The guard outlives the supervisor by a moment: when the pipe between them breaks, it ends what is left."""

import os
import signal
import sys

from sawt_tools import paths
from sawt_tools.endings import Part, end
from sawt_tools.locks import Lock

LOCK_FILE = "guard.lock"


def main(arguments: list[str]) -> int:
    """Read lines “+ part” and “- pid” from the pipe until it closes, then end the parts that were not taken back."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    descriptor, folder = int(arguments[0]), arguments[1]
    lock = Lock(paths.Path(folder) / LOCK_FILE)
    # Held while anything may still run, so that the next start waits for the end of the last one.
    lock.take(seconds=60)
    parts: dict[int, Part] = {}
    with os.fdopen(descriptor, encoding="ascii") as pipe:
        for line in pipe:
            sign, _, rest = line.strip().partition(" ")
            if sign == "+":
                part = Part.from_line(rest)
                parts[part.pid] = part
            elif sign == "-":
                parts.pop(int(rest), None)
    end(list(parts.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
