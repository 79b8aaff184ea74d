"""The services under the programs: the person's own, or embedded ones."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sawt_tools import paths, valkey
from sawt_tools.postgres import THROW_AWAY, Cluster
from sawt_tools.processes import Service, Supervisor


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def port_is_free(host: str, number: int) -> bool:
    """Tell whether one can listen there; a connection that is just closing does not count."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
        except OSError:
            return False
    return True


def start(supervisor: Supervisor, base: Path, *, keep: bool) -> tuple[dict[str, str], str]:
    """Start PostgreSQL and Valkey unless the environment names others.

    Returns what the programs are told, and a fingerprint of the embedded cluster, empty for somebody else's database.
    """
    told: dict[str, str] = {}
    fingerprint = ""
    folder = paths.socket_folder(base)
    if not keep or not os.environ.get("DATABASE_URL"):
        cluster = Cluster(base / "postgres", folder, {} if keep else THROW_AWAY)
        cluster.start(supervisor)
        told["DATABASE_URL"] = cluster.url
        fingerprint = cluster.fingerprint
    if not keep or not os.environ.get("REDIS_URL"):
        valkey.start(supervisor, base / "valkey", folder, keep=keep)
        told["REDIS_URL"] = valkey.url(folder)
    return told, fingerprint


def mailbox_address() -> dict[str, str]:
    """Return where mail is handed over: the person's own server, or a free port for our mailbox."""
    return {} if os.environ.get("EMAIL_HOST") else {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(free_port())}


@contextmanager
def mailbox(supervisor: Supervisor, env: Mapping[str, str]) -> Iterator[None]:
    """Start the server that keeps the demonstration's mail, unless mail goes elsewhere; at the end it listens."""
    if os.environ.get("EMAIL_HOST"):
        yield
        return
    options = ["--port", env["EMAIL_PORT"], "--folder", env["SAWT_MAILBOX"]]
    service = Service("mailbox", [paths.VENV_PYTHON, "manage.py", "mailbox", *options], env=env)
    supervisor.start(service)
    yield
    port = int(env["EMAIL_PORT"])
    supervisor.wait_ready(service, lambda: listens(port), seconds=60, failed="The mailbox does not start.")


def listens(number: int) -> bool:
    """Tell whether somebody on this machine takes connections."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", number), timeout=1):
        return True
    return False
