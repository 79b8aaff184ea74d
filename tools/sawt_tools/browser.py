"""Chromium for the browser tests."""

import os
import shlex
import shutil

from sawt_tools import apt, paths, system

PRIVATE = paths.VAR / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome")
DRIVER_LIBRARY = "libatomic.so.1"
DRIVER_PACKAGES = ["libatomic1"]
# Chromium finds its libraries through this; nobody else is told of them.
START = """#!/bin/sh
LD_LIBRARY_PATH={libraries} FONTCONFIG_FILE={fonts} exec {program} "$@"
"""


def find() -> str:
    """Return the path of a Chromium: the one named by SAWT_BROWSER, the system's, or our own; or nothing."""
    candidates = [os.environ.get("SAWT_BROWSER", ""), *NAMES, str(PRIVATE / "chromium")]
    return next(filter(None, map(shutil.which, candidates)), "")


def prepare() -> str:
    """Have Chromium by way of apt; return its path, or nothing."""
    title = "Installing Chromium for the browser tests"
    sentence = "There is no Chromium on this machine: as root, run `apt install {packages}`."
    system.have("browser", lambda: [] if find() else ["chromium"], title, fetch, sentence)
    title = "Fetching what Playwright needs"
    sentence = "Playwright does not start on this machine: as root, run `apt install {packages}`."
    drives = system.have("driver", missing_for_driver, title, system.fetch, sentence)
    return find() if drives else ""


def missing_for_driver() -> list[str]:
    """Return the packages without which Playwright's own program does not start."""
    return [] if system.loads((DRIVER_LIBRARY,)) else DRIVER_PACKAGES


def fetch(packages: list[str]) -> None:
    """Have it in the system as root, and otherwise in our own folder, behind a script that finds its libraries."""
    if os.geteuid() == 0:
        apt.install(packages)
        return
    apt.unpack(packages, PRIVATE)
    words = {
        "libraries": os.pathsep.join(system.library_folders(PRIVATE)),
        "fonts": str(system.write_font_configuration(PRIVATE)),
        "program": str(PRIVATE / "usr" / "lib" / "chromium" / "chromium"),
    }
    script = PRIVATE / "chromium"
    script.write_text(START.format_map({name: shlex.quote(word) for name, word in words.items()}), encoding="utf-8")
    script.chmod(0o755)
