"""Keep a database that was brought back from sending what may have been sent already."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS

from portal.operations.drills import hold_mailings, hold_notices, silence


def said_of(mailings: int, notices: int) -> list[str]:
    """Return what is said of mailings that wait, and of notices that are sent no more."""
    said = []
    if mailings:
        one = mailings == 1
        said.append(f"{mailings} mailing{'' if one else 's'} wait{'s' if one else ''} for a person to decide.")
    if notices:
        said.append(f"{notices} notice{'' if notices == 1 else 's'} to people will stand on the portal only.")
    return said


class Command(BaseCommand):
    """For a database brought back by its write-ahead log; `restore` does it by itself."""

    help = "Marks every message that waits in the outbox as failed, so that it is not sent, and lets mailings wait."

    def handle(self, *args: Any, **options: Any) -> None:
        """Silence, and say how many."""
        self.stdout.write(f"{silence(DEFAULT_DB_ALIAS)} waiting messages were silenced.")
        for line in said_of(hold_mailings(DEFAULT_DB_ALIAS), hold_notices(DEFAULT_DB_ALIAS)):
            self.stdout.write(line)
