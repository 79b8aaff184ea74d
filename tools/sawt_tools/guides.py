"""`make docs`, `make screenshots` and `make accessibility`: the guides, their pictures, and what axe found."""

import os
import shutil
from pathlib import Path

from sawt_tools import application, browser, frontend, packages, paths, shell, stores, system
from sawt_tools.checking import pytest, told
from sawt_tools.console import Problem, say, step
from sawt_tools.locks import Lock
from sawt_tools.processes import Supervisor
from sawt_tools.running import die_with_make

SOURCE = paths.ROOT / "docs"
SITE = paths.VAR / "docs"
BASE = paths.VAR / "screenshots"
RESULTS = paths.VAR / "test" / "accessibility"
ACCESSIBILITY_TESTS = ("tests/e2e/test_axe.py", "tests/e2e/test_layout.py", "tests/e2e/test_staff.py")


def build(target: Path) -> list[str | Path]:
    """Return the call that makes the site; whatever it warns of (a broken link, say) makes it fail."""
    return [paths.VENV_PYTHON, "-m", "sphinx", "-W", "--keep-going", "-q", "-n", "-E", "-b", "html", SOURCE, target]


def docs() -> None:
    """Make the site of guides."""
    packages.install("development.txt")
    frontend.install()
    shutil.rmtree(SITE, ignore_errors=True)
    with step("Making the site of guides"):
        shell.run(build(SITE), log="docs", failed="The site of guides could not be made.")
    say(f"\nThe guides are in {SITE}: open index.html there.")


def on_own_stores(words: list[str | Path], *, title: str, log: str, failed: str) -> None:
    """Run a program that needs a browser, on stores that are thrown away."""
    die_with_make()
    lock = Lock(BASE / "run.lock")
    if not lock.take():
        raise Problem("Pictures are taken or pages are checked in this folder already: wait for that, or end it.")
    packages.install("development.txt")
    frontend.install()
    chromium = browser.prepare()
    if not chromium:
        raise Problem("There is no Chromium on this machine: as root, run `apt install chromium`.")
    system.prepare_for_pdf()
    application.compile_translations()
    shutil.rmtree(BASE / "postgres", ignore_errors=True)
    with Supervisor(BASE) as supervisor:
        parts, _ = stores.start(supervisor, BASE, keep=False)
        with step(title):
            shell.run(words, log=log, failed=failed, env=told(chromium, parts))
    shutil.rmtree(BASE / "postgres", ignore_errors=True)


def screenshots(*names: str) -> None:
    """Take the pictures of the guides from a portal started for them; names choose some of the list."""
    words = [paths.VENV_PYTHON, Path(__file__).with_name("camera.py"), *names]
    on_own_stores(words, title="Taking the pictures", log="screenshots", failed="The pictures could not be taken.")
    size = sum(file.stat().st_size for file in (SOURCE / "pictures").glob("*.webp"))
    say(f"\nThe pictures are in docs/pictures, {size / 1_000_000:.1f} MB. Look at them before you commit them.")


def accessibility() -> None:
    """Let axe look at all pages, and write down what it found."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    words = [*pytest(*ACCESSIBILITY_TESTS)]
    on_own_stores(words, title="Checking every page", log="accessibility", failed="Some page is not as it should be.")
    writer = [paths.VENV_PYTHON, Path(__file__).with_name("findings.py")]
    shell.run(writer, log="accessibility", failed="The findings could not be written.", env=dict(os.environ))
    say("\nWritten: docs/accessibility.md and portal/pages/content/accessibility.toml.")
