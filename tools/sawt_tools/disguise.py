"""PostgreSQL refuses to run as root: as root we give it another face, without opening any folder to others."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sawt_tools import shell
from sawt_tools.console import Problem

NOBODY = 65534
# PostgreSQL asks by access(2) whether it may run its own program; --version alone would not tell.
PROBE = "import os, sys; sys.exit(not os.access(sys.argv[1], os.R_OK | os.X_OK))"
# A user namespace in which root goes by another number: files stay root's.
NAMESPACE = ["unshare", "--user", "--map-user=1", "--map-group=1"]
# Where namespaces are forbidden, as in many containers: nobody, allowed to pass through root's folders.
AS_NOBODY = [
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    # Without this bit access(2) asks as if nobody had no capabilities, and PostgreSQL does not find itself.
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=+dac_override",
]


@dataclass(frozen=True)
class Disguise:
    """What to put before a command, and who owns the data then."""

    prefix: Sequence[str]
    owner: int

    def own(self, folder: Path) -> None:
        """Give a folder with all it holds to the owner, when it is not theirs already."""
        if folder.stat().st_uid == self.owner:
            return
        for place, _, files in os.walk(folder):
            for name in [place, *(os.path.join(place, file) for file in files)]:
                os.chown(name, self.owner, self.owner if self.owner == NOBODY else -1, follow_symlinks=False)


def choose(program: Path) -> Disguise:
    """Return a disguise under which the program runs: none unless we are root."""
    if os.geteuid() != 0:
        return Disguise((), os.geteuid())
    for prefix, owner in ((NAMESPACE, 0), (AS_NOBODY, NOBODY)):
        if shutil.which(prefix[0]) and shell.succeeds([*prefix, sys.executable, "-S", "-E", "-c", PROBE, program]):
            return Disguise(tuple(prefix), owner)
    raise Problem("PostgreSQL cannot run as root on this machine: start as an ordinary user, or set DATABASE_URL.")
