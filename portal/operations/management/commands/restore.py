"""Bring a backup back in earnest."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from portal.operations.backups import contents_of, counts, newest, restore_database, restore_files
from portal.operations.drills import hold_mailings, hold_notices, silence
from portal.operations.management.commands.restore_drill import moment
from portal.operations.management.commands.silence_outbox import said_of
from portal.operations.postgres import BackupFailed


class Command(BaseCommand):
    """Fill an empty database and the files' storage. Web, workers and beat are stopped meanwhile."""

    help = "Restores a backup into the portal's own database, which must be empty, and its files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which backup, and what becomes of waiting mail."""
        parser.add_argument("--folder", type=Path, default=settings.BACKUPS_DIR, help="where backups are kept")
        parser.add_argument("--at", type=moment, help="take the newest backup not later than this, as 2026-11-22T08:00")
        parser.add_argument(
            "--send-waiting-mail", action="store_true", help="send what was waiting then, even if it went out since"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, silence, compare, and say what to do next."""
        try:
            backup = newest(options["folder"], at=options["at"])
            contents = contents_of(backup)
            restore_database(backup, DEFAULT_DB_ALIAS)
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        silenced = 0 if options["send_waiting_mail"] else silence(DEFAULT_DB_ALIAS)
        # What goes to many waits for a person in any case, and notices are not sent: they may have arrived since.
        held = said_of(hold_mailings(DEFAULT_DB_ALIAS), hold_notices(DEFAULT_DB_ALIAS))
        restore_files(backup, default_storage)
        if counts(DEFAULT_DB_ALIAS) != contents.tables:
            raise CommandError("The database does not hold what was written down: do not open it.")
        self.stdout.write(f"{backup.name} is back; {silenced} waiting messages were silenced.")
        for line in held:
            self.stdout.write(line)
        self.stdout.write("Next: migrate, grant_application_role, and start web, workers and beat.")
