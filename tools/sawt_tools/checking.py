"""`make test` and `make check`: every check, and one line for each thing that could not be checked."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sawt_tools import application, browser, environment, frontend, packages, paths, stores, system
from sawt_tools.console import Problem, say, warn
from sawt_tools.locks import Lock
from sawt_tools.processes import Supervisor
from sawt_tools.running import die_with_make, wait_for_guard

WORKERS = "2"
BASE = paths.VAR / "test"


@dataclass
class Findings:
    """What failed, and what could not be checked."""

    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def report(self) -> int:
        """Print the outcome and return the exit status."""
        for sentence in self.missing:
            warn(f"NOT CHECKED: {sentence}")
        if in_ci() and self.missing:
            self.failed.append("something could not be checked")
        say(f"\n✗  Failed: {', '.join(self.failed)}." if self.failed else "\n✓  Every check passed.")
        return 1 if self.failed else 0


def in_ci() -> bool:
    """Tell whether a machine runs this, where nothing may be left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def command(name: str) -> list[str | Path]:
    """Return a program of the environment, run by its Python, so that a moved folder does no harm."""
    return [paths.VENV_PYTHON, paths.VENV / "bin" / name]


def has_section(text: str, name: str) -> bool:
    """Tell whether pyproject.toml configures a tool."""
    return re.search(rf"^\[+tool\.{re.escape(name)}[.\]]", text, re.MULTILINE) is not None


def lints() -> dict[str, list[str | Path]]:
    """Return the checks of the source by name; a tool without configuration has nothing to say."""
    configuration = (paths.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ruff = [paths.VENV_PYTHON, "-m", "ruff"]
    found: dict[str, list[str | Path]] = {
        "ruff check": [*ruff, "check", "."],
        "ruff format": [*ruff, "format", "--check", "."],
    }
    if has_section(configuration, "importlinter"):
        found["import-linter"] = [*command("lint-imports")]
    if has_section(configuration, "djlint"):
        found["djlint"] = [paths.VENV_PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"]
    return found


def pytest(*arguments: str) -> list[str | Path]:
    """Return the call of pytest: spread over processes, with the reason of everything skipped."""
    return [paths.VENV_PYTHON, "-m", "pytest", "-n", WORKERS, "--dist", "loadgroup", "-r", "fEsxX", *arguments]


def call(name: str, words: list[str | Path], env: Mapping[str, str], findings: Findings) -> None:
    """Run one check in sight of the reader."""
    say(f"\n── {name}")
    done = subprocess.run([str(word) for word in words], cwd=paths.ROOT, env=env, check=False)
    if done.returncode:
        findings.failed.append(name)


def told(chromium: str, parts: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the tests; nothing of a running portal gets in."""
    kept = {name: value for name, value in os.environ.items() if name not in environment.SHARED}
    ours = {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "SAWT_BROWSER": chromium or "missing",
        "PYTHONPATH": str(paths.ROOT),
    }
    return kept | ours | dict(parts) | system.environment()


def test(*arguments: str) -> int:
    """Install what is needed and run every check."""
    return run_all([*arguments], with_browser=True)


def check(*arguments: str) -> int:
    """Run the lint and the tests that need no browser."""
    return run_all(["--ignore=tests/e2e", *arguments], with_browser=False)


def run_all(arguments: list[str], *, with_browser: bool) -> int:
    """Run everything on stores of our own that are thrown away; return the exit status."""
    die_with_make()
    lock = Lock(BASE / "run.lock")
    if not lock.take():
        raise Problem("The tests run already in this folder: wait for them, or end them.")
    wait_for_guard(BASE)
    findings = Findings()
    packages.install("development.txt")
    frontend.install()
    if not system.prepare_for_pdf():
        findings.missing.append("PDF reports, because Pango or fonts are missing.")
    chromium = browser.prepare() if with_browser else ""
    if with_browser and not chromium:
        findings.missing.append(
            "pages in a browser, because there is no Chromium: as root, run `apt install chromium`."
        )
    application.compile_translations()
    shutil.rmtree(BASE / "postgres", ignore_errors=True)
    with Supervisor(BASE) as supervisor:
        parts, _ = stores.start(supervisor, BASE, keep=False)
        env = told(chromium, parts)
        for name, words in lints().items():
            call(name, words, env, findings)
        call("pytest", pytest(*arguments), env, findings)
    shutil.rmtree(BASE / "postgres", ignore_errors=True)
    return findings.report()
