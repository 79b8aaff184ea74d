"""The Python environment: made once, filled by the locked and hashed requirements."""

import importlib.util
import json
import sys
from pathlib import Path

from sawt_tools import paths, shell
from sawt_tools.console import Problem, step
from sawt_tools.locks import Lock
from sawt_tools.stamps import Stamps, digest

OLDEST_PIP = (22, 3)  # the first that installs into another environment (`pip --python`)
STAMPS = paths.VENV / "installed.json"
NO_PIP = "Python's pip is missing: install it (on Debian `apt install python3-pip`) and start again."
NOT_INSTALLED = "The Python packages could not be installed: check that a package index can be reached."


def pip_version() -> tuple[int, ...]:
    """Return the version of the pip beside this Python, or (0,) without one."""
    if importlib.util.find_spec("pip") is None:
        return (0,)
    words = shell.output([sys.executable, "-m", "pip", "--version"]).split()
    return tuple(int(part) for part in words[1].split(".")[:2] if part.isdigit()) if len(words) > 1 else (0,)


def environment_works() -> bool:
    """Tell whether the environment is there and its Python still exists and is new enough."""
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    return paths.VENV_PYTHON.exists() and shell.succeeds([paths.VENV_PYTHON, "-c", question])


def make_environment() -> None:
    """Make the environment without pip in it, since Debian's Python cannot put one there by itself."""
    if environment_works():
        return
    with_pip = [] if pip_version() < OLDEST_PIP and _has_ensurepip() else ["--without-pip"]
    with step("Making the Python environment"):
        shell.run(
            [sys.executable, "-m", "venv", "--clear", *with_pip, paths.VENV],
            log="environment",
            failed="The Python environment could not be made: on Debian `apt install python3-venv` may help.",
        )


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def pip_command() -> list[str | Path]:
    """Return the pip that installs into the environment: this Python's, or the one inside."""
    if pip_version() >= OLDEST_PIP:
        return [sys.executable, "-m", "pip", "--python", paths.VENV_PYTHON]
    if shell.succeeds([paths.VENV_PYTHON, "-m", "pip", "--version"]):
        return [paths.VENV_PYTHON, "-m", "pip"]
    raise Problem(NO_PIP)


def install(lock: str) -> None:
    """Install a locked file of requirements, unless exactly that is installed already."""
    guard = Lock(paths.VAR / "install.lock")
    if not guard.take(seconds=600):
        raise Problem("Another installation has been under way for ten minutes: end it and start again.")
    try:
        make_environment()
        fingerprint = digest(paths.REQUIREMENTS / lock)
        # Two names may hold: the development lock contains everything of the other, in the same versions.
        if Stamps(STAMPS).holds(lock, fingerprint):
            return
        with step("Installing the Python packages"):
            options = ["--require-hashes", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
            shell.run(
                [*pip_command(), "install", *options, "--no-warn-script-location", "-r", paths.REQUIREMENTS / lock],
                log="packages",
                failed=NOT_INSTALLED,
            )
        _note(lock, fingerprint)
    finally:
        guard.release()


def _note(lock: str, fingerprint: str) -> None:
    done = {lock: fingerprint}
    if lock == "development.txt":
        done["run.txt"] = digest(paths.REQUIREMENTS / "run.txt")
    STAMPS.write_text(json.dumps(done), encoding="utf-8")
