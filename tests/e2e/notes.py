"""What checks of accessibility found, written down for `make accessibility`: a line of JSON for each page."""

import json
import os
from datetime import date
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "var" / "test" / "accessibility"
# Begun anew by each run of the tests, and each of its processes.
_begun: set[str] = set()


def note(page: Any, check: str, problems: list[str], *, engine: str = "", state: str = "") -> None:
    """Note what a check found on the page that is open: ``problems`` are names of rules, one for each place.

    ``state`` is how the page was looked at, where that is not how it opens (with errors in its form, say).
    """
    size = page.viewport_size or {}
    path = page.url.split("//", 1)[-1].partition("/")[2]
    language, _, address = path.partition("/")
    line = {
        "check": check,
        "language": language,
        "address": address.partition("#")[0],
        "width": size.get("width"),
        "scheme": page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"),
        "state": state,
        "problems": problems,
        "engine": engine,
        "date": date.today().isoformat(),
    }
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.jsonl"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / name).open("a" if name in _begun else "w", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    _begun.add(name)
