"""Practise the way back."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.operations.backups import newest
from portal.operations.drills import Findings, drill
from portal.operations.postgres import BackupFailed

RECORD = "drill.json"


def moment(text: str) -> datetime:
    """Read a moment; without an offset it is meant in the portal's zone."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else timezone.make_aware(found)


class Command(BaseCommand):
    """Restore a backup into a second database and folder, compare, and take both away."""

    help = "Restores a backup beside the portal, compares it with what was written down, and reports the times."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which backup, and what becomes of the copy."""
        parser.add_argument("--folder", type=Path, default=settings.BACKUPS_DIR, help="where backups are kept")
        parser.add_argument("--at", type=moment, help="take the newest backup not later than this, as 2026-11-22T08:00")
        parser.add_argument("--keep", action="store_true", help="leave the second database and folder standing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Practise, keep a record beside the backup, and fail when anything differs."""
        try:
            backup = newest(options["folder"], at=options["at"])
            findings = drill(backup, options["folder"] / "drill", keep=options["keep"])
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        record = asdict(findings) | {"passed": findings.passed, "practised_at": timezone.now()}
        (backup / RECORD).write_text(json.dumps(record, indent=2, default=str), encoding="utf-8")
        self.report(backup, findings)
        if not findings.passed:
            raise CommandError("The copy is not what was written down.")

    def report(self, backup: Path, findings: Findings) -> None:
        """Print what was found."""
        say = self.stdout.write
        say(f"{backup.name} came back as the portal was at {findings.moment:%Y-%m-%d %H:%M:%S %Z}.")
        say(f"{findings.rows:,} rows, {findings.files:,} files; {findings.silenced:,} waiting messages were silenced.")
        say(", ".join(f"{name} {seconds} s" for name, seconds in findings.watch.seconds.items()))
        if findings.pending_migrations:
            say(f"It is older than this version: {findings.pending_migrations} migrations would follow.")
        for table, (written, found) in findings.tables.items():
            say(f"{table}: {written:,} rows were written down, {found:,} came back.")
        for name in findings.lost_files:
            say(f"{name}: did not come back.")
        for name in findings.broken_files:
            say(f"{name}: is not what its row knows.")
