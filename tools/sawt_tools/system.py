"""Parts that come from the system: Pango and fonts for the PDF reports."""

import datetime
import os
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
FONTS = Path("usr/share/fonts")
SYSTEM_FONTS = "/" / FONTS
FONT_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{system}</dir>
  <dir>{private}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def library_folders(root: Path) -> list[str]:
    """Return the folders of unpacked libraries, with those below that hold some of their own."""
    bases = [base for place in ("lib", "usr/lib") for base in sorted((root / place).glob("*-linux-*")) if base.is_dir()]
    below = [folder for base in bases for folder in sorted(base.iterdir()) if any(folder.glob("lib*.so*"))]
    return [str(folder) for folder in bases + below]


def environment() -> dict[str, str]:
    """Return what a program must be told to find the parts that were unpacked into our own folder."""
    fonts = PRIVATE / FONTS
    found: dict[str, str] = {}
    if libraries := library_folders(PRIVATE):
        found["LD_LIBRARY_PATH"] = os.pathsep.join([*libraries, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])
    if fonts.is_dir():
        found["SAWT_FONTS"] = str(fonts)
        found["FONTCONFIG_FILE"] = str(PRIVATE / "fonts.conf")
    return found


def missing_libraries() -> list[str]:
    """Return the packages without which no PDF can be made."""
    return [] if loads(LIBRARIES) else LIBRARY_PACKAGES


def loads(names: tuple[str, ...]) -> bool:
    """Tell whether a program of ours would find these libraries."""
    code = f"import ctypes\nfor name in {names!r}: ctypes.CDLL(name)"
    return shell.succeeds([sys.executable, "-S", "-c", code], env=os.environ | environment())


def missing_fonts() -> list[str]:
    """Return the packages of fonts that are neither in the system nor in our own folder."""
    folders = (SYSTEM_FONTS, PRIVATE / FONTS, Path(os.environ.get("SAWT_FONTS") or SYSTEM_FONTS))
    return [package for name, package in FONT_PACKAGES.items() if not any(_holds(folder, name) for folder in folders)]


def _holds(folder: Path, name: str) -> bool:
    return folder.is_dir() and next(folder.rglob(name), None) is not None


def fetch(packages: list[str]) -> None:
    """Have Debian's packages, as root in the system and otherwise in our own folder."""
    if os.geteuid() == 0:
        apt.install(packages)
    else:
        apt.unpack(packages, PRIVATE)
        write_font_configuration(PRIVATE)


def write_font_configuration(folder: Path) -> Path:
    """Write where fontconfig finds the system's fonts and ours."""
    text = FONT_CONFIGURATION.format(system=SYSTEM_FONTS, private=PRIVATE / FONTS, cache=folder / "font-cache")
    (file := folder / "fonts.conf").write_text(text, encoding="utf-8")
    return file


def prepare_for_pdf() -> bool:
    """Have what PDFs need; when that fails say so in one sentence, since everything else works without."""
    return have(
        "pdf",
        lambda: missing_libraries() + missing_fonts(),
        "Fetching Pango and fonts for PDF reports",
        fetch,
        "PDF reports cannot be made on this machine yet, everything else works: as root, run `apt install {packages}`.",
    )


def have(
    name: str, missing: Callable[[], list[str]], title: str, fetch: Callable[[list[str]], None], sentence: str
) -> bool:
    """Fetch what is missing, or say the sentence; a failure is remembered for the day, to spare the next starts."""
    packages = missing()
    if not packages:
        return True
    today = datetime.date.today().isoformat()
    stamps = Stamps()
    if apt.is_allowed() and not stamps.holds(f"{name}-failed", today):
        try:
            with step(title):
                fetch(packages)
        except Problem as problem:
            warn(str(problem))
        if not missing():
            return True
        stamps.put(**{f"{name}-failed": today})
    warn(sentence.format(packages=" ".join(packages)))
    return False
