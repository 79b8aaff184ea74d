"""Parts that come from the system: Pango and fonts for the PDF reports, Chromium for the browser tests."""

import datetime
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from sawt_tools import apt, paths, shell
from sawt_tools.console import Problem, step, warn
from sawt_tools.stamps import Stamps

PRIVATE = paths.VAR / "system"
LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libfontconfig.so.1",
)
LIBRARY_PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
# One file that tells whether the family is there, and the package that brings it.
FONT_PACKAGES = {
    "NotoKufiArabic-Regular.ttf": "fonts-noto-core",
    "wqy-microhei.ttc": "fonts-wqy-microhei",
    "DejaVuSans.ttf": "fonts-dejavu-core",
}
SYSTEM_FONTS = Path("/usr/share/fonts")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FONT_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def environment() -> dict[str, str]:
    """Return what a program must be told to find the parts that were unpacked into our own folder."""
    fonts = PRIVATE / "usr" / "share" / "fonts"
    found: dict[str, str] = {}
    libraries = [str(folder) for folder in sorted((PRIVATE / "usr" / "lib").glob("*-linux-*")) if folder.is_dir()]
    if libraries:
        found["LD_LIBRARY_PATH"] = os.pathsep.join([*libraries, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])
    if fonts.is_dir():
        found["SAWT_FONTS"] = str(fonts)
        found["FONTCONFIG_FILE"] = str(PRIVATE / "fonts.conf")
    return found


def missing_libraries() -> list[str]:
    """Return the packages without which no PDF can be made."""
    load = f"import ctypes\nfor name in {LIBRARIES!r}: ctypes.CDLL(name)"
    works = shell.succeeds([sys.executable, "-S", "-c", load], env=os.environ | environment())
    return [] if works else LIBRARY_PACKAGES


def missing_fonts() -> list[str]:
    """Return the packages of fonts that are neither in the system nor in our own folder."""
    folders = (SYSTEM_FONTS, PRIVATE / "usr" / "share" / "fonts", Path(os.environ.get("SAWT_FONTS") or SYSTEM_FONTS))
    return [package for name, package in FONT_PACKAGES.items() if not any(_holds(folder, name) for folder in folders)]


def _holds(folder: Path, name: str) -> bool:
    return folder.is_dir() and next(folder.rglob(name), None) is not None


def get(packages: list[str]) -> None:
    """Have Debian's packages, as root in the system and otherwise in our own folder."""
    if not apt.is_allowed():
        raise Problem("apt-get is not to be used here.")
    if os.geteuid() == 0:
        apt.install(packages)
        return
    apt.unpack(packages, PRIVATE)
    fonts = PRIVATE / "usr" / "share" / "fonts"
    text = FONT_CONFIGURATION.format(fonts=fonts, cache=PRIVATE / "font-cache")
    (PRIVATE / "fonts.conf").write_text(text, encoding="utf-8")


def prepare_for_pdf() -> bool:
    """Have what PDFs need; when that fails say so in one sentence, since everything else works without."""
    return _have(
        "pdf",
        lambda: missing_libraries() + missing_fonts(),
        "Fetching Pango and fonts for PDF reports",
        "PDF reports cannot be made on this machine yet, everything else works: as root, run `apt install {packages}`.",
    )


def browser() -> str:
    """Return the path of a Chromium, or nothing."""
    named = os.environ.get("SAWT_BROWSER", "")
    return (
        named
        if named != "missing" and Path(named or "-").exists()
        else next(filter(None, map(shutil.which, BROWSERS)), "")
    )


def prepare_browser() -> str:
    """Have Chromium when apt can be used as root; return its path, or nothing."""
    if not browser() and os.geteuid() == 0:
        _have(
            "browser",
            lambda: [] if browser() else ["chromium"],
            "Installing Chromium for the browser tests",
            "{packages}",
        )
    return browser()


def _have(name: str, missing: Callable[[], list[str]], title: str, sentence: str) -> bool:
    """Get what is missing; a failure is remembered for the day, so that it does not slow every start."""
    packages = missing()
    if not packages:
        return True
    today = datetime.date.today().isoformat()
    stamps = Stamps()
    if not stamps.holds(f"{name}-failed", today):
        try:
            with step(title):
                get(packages)
        except Problem as problem:
            warn(str(problem))
        if not missing():
            return True
        stamps.put(**{f"{name}-failed": today})
    warn(sentence.format(packages=" ".join(packages)))
    return False
