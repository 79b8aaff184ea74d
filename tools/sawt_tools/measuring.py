"""`make bench`: how fast the portal is with a whole city's data."""

import os
import subprocess

from sawt_tools import application, frontend, packages, paths, stores, system
from sawt_tools.console import Problem
from sawt_tools.locks import Lock
from sawt_tools.processes import Supervisor
from sawt_tools.running import die_with_make, wait_for_guard

BASE = paths.VAR / "bench"


def bench() -> int:
    """Measure on stores of our own, which keep the city for the next time, or on those the environment names."""
    die_with_make()
    lock = Lock(BASE / "run.lock")
    if not lock.take():
        raise Problem("The measuring runs already in this folder: two at once would slow each other.")
    wait_for_guard(BASE)
    packages.install("development.txt")
    frontend.install()
    if not system.prepare_for_pdf():
        raise Problem("Pango or fonts are missing: without them no report can be measured.")
    application.compile_translations()
    with Supervisor(BASE) as supervisor:
        told, _ = stores.start(supervisor, BASE, keep=True)
        env = os.environ | told | system.environment()
        words = [str(paths.VENV_PYTHON), "-m", "bench.run"]
        return subprocess.run(words, cwd=paths.ROOT, env=env, check=False).returncode
