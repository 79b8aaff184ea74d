"""Make a backup."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.operations.backups import back_up, prune
from portal.operations.postgres import BackupFailed


class Command(BaseCommand):
    """Database and files as they were at one moment, in a folder named by it."""

    help = "Makes a backup of the database and of the files it names."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where to, and how many to keep."""
        parser.add_argument("--folder", type=Path, default=settings.BACKUPS_DIR, help="where backups are kept")
        parser.add_argument("--keep", type=int, default=0, metavar="N", help="remove all but the newest N afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and say what is in it and how long it took."""
        try:
            folder, contents, watch = back_up(options["folder"])
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        rows = sum(contents.tables.values())
        self.stdout.write(f"{folder}: {rows:,} rows in {len(contents.tables)} tables, {contents.files:,} files.")
        self.stdout.write(", ".join(f"{name} {seconds} s" for name, seconds in watch.seconds.items()))
        if contents.missing:
            self.stderr.write(f"Named by the database and not there: {', '.join(contents.missing)}")
        for old in prune(options["folder"], keep=options["keep"]):
            self.stdout.write(f"{old} removed.")
