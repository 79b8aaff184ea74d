"""Health of one container: ``web``, ``metrics``, or ``alive`` for what takes no requests. Exit status 0 means well."""

import http.client
import os
import sys
import tempfile
import time
from pathlib import Path

# The beat asks for a heartbeat every 30 seconds, and workers send signs of life more often.
LIMIT = 120
ALIVE = Path(os.environ.get("SAWT_ALIVE") or Path(tempfile.gettempdir()) / "sawt-alive")


def answers(port: int, path: str, host: str) -> bool:
    """Tell whether a server on this machine answers 200."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path, headers={"Host": host})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def is_alive(file: Path = ALIVE) -> bool:
    """Tell whether the program has given a sign of life of late."""
    try:
        return time.time() - file.stat().st_mtime < LIMIT
    except OSError:
        return False


def main(what: str) -> int:
    """Return the exit status for one kind of container."""
    if what == "web":
        # Only the portal's own names are answered; one that begins with a dot stands for all below it.
        host = os.environ.get("SAWT_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
        return 0 if answers(int(os.environ.get("GRANIAN_PORT", "8000")), "/healthz", host) else 1
    if what == "metrics":
        return 0 if answers(int(os.environ.get("SAWT_METRICS_PORT", "9100")), "/metrics", "localhost") else 1
    return 0 if is_alive() else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "alive"))
