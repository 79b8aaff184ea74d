"""Where things lie."""

import hashlib
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("SAWT_VAR") or ROOT / "var").resolve()
LOG = VAR / "log"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
FONTS = ROOT / "static" / "fonts"
LOCALE = ROOT / "locale"
# The kernel takes 107 bytes for the path of a Unix socket; the longest name put into the folder is 20.
LONGEST_SOCKET_FOLDER = 85


def site_packages() -> Path:
    """Return the folder of installed packages, whatever Python the environment was made with."""
    return next((VENV / "lib").glob("python3*/site-packages"), VENV / "lib")


def socket_folder(base: Path) -> Path:
    """Return a private folder for Unix sockets: beside the data, or elsewhere when that path is too long."""
    folder = base / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:10]
        folder = Path(tempfile.gettempdir()) / f"sawt-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # As root, PostgreSQL may have been given the folder as nobody.
    owners = {0, 65534} if os.geteuid() == 0 else {os.geteuid()}
    if folder.stat().st_uid not in owners:
        raise PermissionError(f"{folder} belongs to someone else.")
    folder.chmod(0o700)
    return folder
