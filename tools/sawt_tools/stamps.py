"""Remembering what is done already, so that the second start takes seconds."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from sawt_tools import paths


def digest(*files: Path) -> str:
    """Return a fingerprint of the content of files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def glance(files: Iterable[Path]) -> str:
    """Return a fingerprint of names, sizes and times of change: quick, and enough to notice an edit."""
    total = hashlib.sha256()
    for file in sorted(files):
        facts = file.stat()
        total.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return total.hexdigest()


class Stamps:
    """Fingerprints by name, kept in one small file."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or paths.VAR / "stamps.json"

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def holds(self, name: str, fingerprint: str) -> bool:
        """Tell whether this was done with exactly this fingerprint."""
        return self._read().get(name) == fingerprint

    def put(self, **fingerprints: str) -> None:
        """Note what has been done."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_name(self.file.name + ".new")
        draft.write_text(json.dumps(self._read() | fingerprints, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(self.file)
