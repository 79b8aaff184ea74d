"""Sawt itself: what is done before it starts, and the programs it consists of."""

import datetime
import hashlib
import http.client
from collections.abc import Iterable, Mapping
from pathlib import Path

from sawt_tools import catalogues, environment, paths, shell
from sawt_tools.console import Problem, step
from sawt_tools.processes import Service, Supervisor
from sawt_tools.stamps import Stamps, glance

APPS = ("portal", "moderation", "surveys", "engagement", "tickets", "newsletter")
CONTENT = (".py", ".toml", ".md", ".po", ".json", ".yaml")
WORKERS, THREADS = 2, 4
WEB_PATIENCE = 60


def sources() -> Iterable[Path]:
    """Give every file that decides what the database holds after a start."""
    for folder in (paths.ROOT / app for app in (*APPS, "locale")):
        yield from (file for file in folder.rglob("*") if file.suffix in CONTENT and file.is_file())


def compile_translations() -> None:
    """Compile the catalogues that changed."""
    try:
        catalogues.compile_stale(paths.LOCALE)
    except (catalogues.BrokenCatalogue, UnicodeDecodeError) as error:
        raise Problem(f"A translation cannot be compiled: {error}") from error


def manage(command: str, env: Mapping[str, str], *, title: str, failed: str) -> None:
    """Run one command of manage.py as a step."""
    with step(title):
        shell.run([paths.VENV_PYTHON, "manage.py", *command.split()], log=command.split()[0], failed=failed, env=env)


def prepare_data(env: Mapping[str, str], cluster: str) -> None:
    """Migrate and fill the database, unless this cluster has seen exactly this code today.

    The demonstration looks at the calendar, hence once a day.
    """
    password = hashlib.sha256(env["SAWT_DEMO_PASSWORD"].encode()).hexdigest()
    fingerprint = f"{cluster} {datetime.date.today()} {password} {env['SAWT_DEMO']} {glance(sources())}"
    stamps = Stamps()
    if cluster and stamps.holds("data", fingerprint):
        return
    manage(
        "migrate --no-input",
        env,
        title="Bringing the database up to date",
        failed="The database could not be migrated.",
    )
    manage("seed", env, title="Loading the starter content", failed="The starter content could not be loaded.")
    if environment.is_on(env["SAWT_DEMO"]):
        manage("demo", env, title="Loading the demonstration", failed="The demonstration could not be loaded.")
    stamps.put(data=fingerprint)


def services(env: Mapping[str, str], host: str, port: int) -> list[Service]:
    """Return web, worker and beat."""
    python = paths.VENV_PYTHON
    web = ["--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws", "--respawn-failed-workers"]
    size = ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--workers-kill-timeout", "5"]
    celery = [python, "-m", "celery", "-A", "portal"]
    schedule = ["--schedule", paths.VAR / "beat-schedule", "--pidfile="]
    return [
        Service("web", [python, "-m", "granian", *web, *size, "portal.wsgi:application"], env=env, grace=8),
        Service("worker", [*celery, "worker", "--pool=threads", "--concurrency=4", "--loglevel=info"], env=env),
        Service("beat", [*celery, "beat", *schedule, "--loglevel=info"], env=env),
    ]


def answers(host: str, port: int) -> bool:
    """Tell whether the site gives any answer at all."""
    line = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=10)
    try:
        line.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return line.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def start(supervisor: Supervisor, env: Mapping[str, str], host: str, port: int) -> None:
    """Start the programs and wait for the site's first answer."""
    web, *others = services(env, host, port)
    with step("Starting the site, the worker and the clock"):
        for service in others:
            supervisor.start(service)
        supervisor.start_ready(
            web, lambda: answers(host, port), seconds=WEB_PATIENCE, failed="The site does not start."
        )
