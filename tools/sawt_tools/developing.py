"""What developers call now and then: sentences to translate, locks, a clean folder."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from sawt_tools import browser, packages, paths, shell, system
from sawt_tools.catalogues import parse
from sawt_tools.console import Problem, say, step
from sawt_tools.running import alone

LANGUAGES = ("ar", "en", "zh_Hans")
IGNORED = ("var/*", ".venv/*", "node_modules/*", "tests/*", "tools/*", "docs/*")
REMADE = (
    "node_modules",
    "static/fonts",
    "var/docs",
    "var/screenshots",
    "var/test",
    "var/log",
    "var/static",
    "var/system",
    ".pytest_cache",
    ".ruff_cache",
)
DATA = ("postgres", "valkey", "mailbox", "media", "beat-schedule", "stamps.json", "demo_password")
LOCKS = {
    "run.txt": ("--extra", "embedded"),
    "development.txt": ("--all-extras", "-c", "requirements/run.txt"),
    "production.txt": ("--extra", "storage", "-c", "requirements/run.txt"),
}


def messages() -> None:
    """Extract the sentences into the catalogues; English says what the code says."""
    if shutil.which("xgettext") is None:
        raise Problem("gettext is missing: install it (on Debian `apt install gettext`).")
    packages.install("development.txt")
    for language in LANGUAGES:
        (paths.LOCALE / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.development"}
    words = [word for language in LANGUAGES for word in ("-l", language)]
    words += [word for pattern in IGNORED for word in ("-i", pattern)]
    options = ["--add-location=file", "--no-wrap", "--no-obsolete"]
    with step("Extracting the sentences"):
        command = [paths.VENV_PYTHON, "manage.py", "makemessages", *options, *words]
        shell.run(command, log="makemessages", failed="The sentences could not be extracted.", env=env)
        files = sorted(paths.LOCALE.glob("*/LC_MESSAGES/*.po"))
        tidy = [paths.VENV_PYTHON, Path(__file__).with_name("tidy.py"), *files]
        shell.run(tidy, log="tidy", failed="The catalogues could not be tidied.")
    report_untranslated()


def report_untranslated() -> None:
    """Print how many messages each language still lacks."""
    for file in sorted(paths.LOCALE.glob("*/LC_MESSAGES/*.po")):
        entries = [entry for entry in parse(file.read_text(encoding="utf-8")) if entry.id]
        missing = sum(not entry.is_usable for entry in entries)
        say(f"   {file.relative_to(paths.ROOT)}: {missing} of {len(entries)} to do")


def lock() -> None:
    """Lock the Python requirements anew, within what pyproject.toml allows."""
    if shutil.which("uv") is None:
        raise Problem("uv is missing: install it (`pip install uv`).")
    fixed = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]
    for name, options in LOCKS.items():
        with step(f"Locking requirements/{name}"):
            target = ["pyproject.toml", "-o", f"requirements/{name}"]
            shell.run(
                ["uv", "pip", "compile", *fixed, *options, *target], log="lock", failed=f"{name} could not be locked."
            )


def remove(path: Path) -> None:
    """Remove a file or a folder that may not be there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            path.unlink()


def clean() -> None:
    """Remove what can be made again. The data and the Python environment stay."""
    with alone("cleaning"):
        for name in REMADE:
            remove(paths.ROOT / name)
        for file in paths.LOCALE.glob("*/LC_MESSAGES/*.mo"):
            remove(file)
        remove(system.PRIVATE)
        remove(browser.PRIVATE)
        remove(paths.VAR / "stamps.json")
    say("Clean; the data in var/ is kept (`make reset` removes it).")


def reset() -> None:
    """Remove the demonstration's data, so that the next start begins anew."""
    with alone("resetting"):
        # The clock's schedule is one file or three, by the database module this Python has.
        for path in [path for name in DATA for path in paths.VAR.glob(f"{name}*")]:
            remove(path)
    say("The demonstration's data is gone; the next `make run` begins anew.")
