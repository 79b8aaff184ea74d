"""Type for the pages: taken from npm by the lock file, copied to static/fonts, never committed."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sawt_tools import paths, shell
from sawt_tools.console import Problem, step
from sawt_tools.stamps import Stamps, digest

OLDEST_NODE = 18
WEIGHTS = (400, 500, 600)
# Package of @fontsource and the subset of it that the pages use.
FACES = (("ibm-plex-sans", "latin"), ("ibm-plex-sans-arabic", "arabic"))


def font_files() -> dict[str, Path]:
    """Return the file names under static/fonts with where npm puts them."""
    names = {f"{face}-{subset}-{weight}-normal.woff2": face for face, subset in FACES for weight in WEIGHTS}
    return {name: paths.ROOT / "node_modules" / "@fontsource" / face / "files" / name for name, face in names.items()}


def npm() -> tuple[list[str], Mapping[str, str]]:
    """Return the machine's npm, or the one that came with the Python packages, and its environment."""
    node = shell.output(["node", "--version"]).lstrip("v").partition(".")[0]
    if shutil.which("npm") and node.isdigit() and int(node) >= OLDEST_NODE:
        return ["npm"], os.environ
    own = paths.VENV / "bin"
    if not (own / "npm").exists():
        raise Problem("npm is missing: install Node.js 18 or newer (on Debian `apt install npm`) and start again.")
    return [str(paths.VENV_PYTHON), str(own / "npm")], os.environ | {"PATH": f"{own}{os.pathsep}{os.environ['PATH']}"}


def install() -> None:
    """Fetch the type files, unless those of this lock file are in place."""
    fingerprint = digest(paths.ROOT / "package-lock.json")
    stamps = Stamps()
    wanted = font_files()
    if stamps.holds("frontend", fingerprint) and all((paths.FONTS / name).exists() for name in wanted):
        return
    with step("Fetching the type for the pages"):
        command, env = npm()
        shell.run(
            [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            log="npm",
            failed="The type could not be fetched: check that this machine reaches an npm registry, then start again.",
            env=env,
        )
        paths.FONTS.mkdir(parents=True, exist_ok=True)
        for name, source in wanted.items():
            shutil.copyfile(source, paths.FONTS / name)
    stamps.put(frontend=fingerprint)
