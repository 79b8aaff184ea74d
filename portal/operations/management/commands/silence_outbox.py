"""Keep a database that was brought back from sending what may have been sent already."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS

from portal.operations.drills import silence


class Command(BaseCommand):
    """For a database brought back by its write-ahead log; `restore` does it by itself."""

    help = "Marks every message that waits in the outbox as failed, so that it is not sent."

    def handle(self, *args: Any, **options: Any) -> None:
        """Silence, and say how many."""
        self.stdout.write(f"{silence(DEFAULT_DB_ALIAS)} waiting messages were silenced.")
