"""Keep a database that was brought back from sending what may have been sent already."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS

from portal.operations.drills import hold_mailings, silence


def said_of(held: int) -> str:
    """Return what is said of mailings that wait."""
    return f"{held} mailing{'' if held == 1 else 's'} wait{'s' if held == 1 else ''} for a person to decide."


class Command(BaseCommand):
    """For a database brought back by its write-ahead log; `restore` does it by itself."""

    help = "Marks every message that waits in the outbox as failed, so that it is not sent, and lets mailings wait."

    def handle(self, *args: Any, **options: Any) -> None:
        """Silence, and say how many."""
        self.stdout.write(f"{silence(DEFAULT_DB_ALIAS)} waiting messages were silenced.")
        if held := hold_mailings(DEFAULT_DB_ALIAS):
            self.stdout.write(said_of(held))
