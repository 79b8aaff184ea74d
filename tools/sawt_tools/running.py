"""`make run`, and `make services` for developers."""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sawt_tools import application, environment, frontend, packages, paths, stores, system
from sawt_tools.console import Problem, say, step
from sawt_tools.guard import LOCK_FILE
from sawt_tools.locks import Lock
from sawt_tools.processes import Supervisor

PR_SET_PDEATHSIG = 1
EXPORTS = "environment.sh"
SIGN_INS = {
    "citizen": "takes part: reads, comments, votes, reports",
    "organisation": "speaks for an organisation",
    "agent": "answers for one body",
    "moderator": "decides reported comments",
    "editor": "writes consultations and pages",
    "manager": "reads figures and monthly reports",
    "admin": "may do everything",
}


def die_with_make() -> None:
    """End in order when the make above us is killed; without make we stay, so that nohup works."""
    if os.environ.get("MAKELEVEL"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@contextmanager
def alone(holder: str) -> Iterator[None]:
    """Be the only one here, after the end of an earlier run that was killed."""
    # Mail, logs and secrets of the demonstration are nobody else's business.
    paths.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(paths.VAR / "run.lock")
    if not lock.take():
        raise Problem(f"Sawt already runs from this folder ({lock.holder()}): end it with Ctrl-C where it was started.")
    lock.note(holder)
    try:
        wait_for_guard()
        yield
    finally:
        (paths.VAR / EXPORTS).unlink(missing_ok=True)
        lock.release()


def wait_for_guard(folder: Path = paths.VAR) -> None:
    """Wait while the guard of a killed run ends its programs."""
    guard = Lock(folder / LOCK_FILE)
    if not guard.take():
        with step("Waiting for the end of the last run"):
            if not guard.take(seconds=60):
                raise Problem("The programs of an earlier run do not end: look for them with `ps` and end them.")
    guard.release()


def listening_place() -> tuple[str, int]:
    """Return host and port from the environment."""
    return os.environ.get("SAWT_HOST") or environment.DEFAULT_HOST, environment.port(os.environ.get("PORT"))


def install() -> None:
    """Have everything the portal needs to run."""
    packages.install("run.txt")
    frontend.install()
    system.prepare_for_pdf()


def check_port(host: str, port: int) -> None:
    """Refuse a port that somebody listens on."""
    if not stores.port_is_free(host, port):
        other = 8001 if port != 8001 else 8002
        raise Problem(f"Port {port} is taken or not ours to use: choose another one, as in `make run PORT={other}`.")


def run() -> None:
    """Install, start and keep everything until someone asks for the end."""
    die_with_make()
    host, port = listening_place()
    address = environment.site(host, port)
    with alone(f"{address}, process {os.getpid()}"):
        check_port(host, port)
        install()
        with Supervisor(paths.VAR) as supervisor:
            told, cluster = stores.start(supervisor, paths.VAR, keep=True)
            env = environment.application(host, port, told | stores.mailbox_address())
            for folder in ("static", "media"):
                (paths.VAR / folder).mkdir(exist_ok=True)
            application.compile_translations()
            application.prepare_data(env, cluster)
            with stores.mailbox(supervisor, env):
                application.start(supervisor, env, host, port)
            environment.write(env, paths.VAR / EXPORTS)
            announce(address, env)
            supervisor.watch()


def announce(address: str, env: dict[str, str]) -> None:
    """Say where the site is and who may sign in."""
    say(f"\nSawt runs at {address}/\n")
    if environment.is_on(env["SAWT_DEMO"]):
        say(f"Sign in as one of these, with the password {env['SAWT_DEMO_PASSWORD']}")
        for name, what in SIGN_INS.items():
            say(f"   {name + '@demo.example':28}{what}")
        say(f"\nMail that the portal sends is read at {address}/en/mailbox/")
    say(f"Logs are in {paths.LOG}. Ctrl-C ends everything.\n")


def services() -> None:
    """Start the stores and the mailbox alone."""
    die_with_make()
    host, port = listening_place()
    with alone(f"services alone, process {os.getpid()}"):
        packages.install("development.txt")
        with Supervisor(paths.VAR) as supervisor:
            told, _ = stores.start(supervisor, paths.VAR, keep=True)
            env = environment.application(host, port, told | stores.mailbox_address())
            with step("Starting the mailbox"), stores.mailbox(supervisor, env):
                pass
            environment.write(env, paths.VAR / EXPORTS)
            say('\nPostgreSQL, Valkey and the mailbox run. In another window: eval "$(make -s env)"')
            say("Ctrl-C ends them.\n")
            supervisor.watch()


def exports() -> str:
    """Return the lines a shell needs to reach what runs."""
    try:
        return (paths.VAR / EXPORTS).read_text(encoding="utf-8")
    except OSError:
        raise Problem("Nothing runs here: start `make services` or `make run` first.") from None


def env() -> None:
    """Print those lines."""
    say(exports(), end="")


def manage(*arguments: str) -> None:
    """Become a command of manage.py that reaches what runs."""
    python = str(paths.VENV_PYTHON)
    os.execve(
        python, [python, str(paths.ROOT / "manage.py"), *arguments], os.environ | environment.from_exports(exports())
    )
