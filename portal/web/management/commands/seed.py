"""Load what every installation starts with."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from portal import registry


class Command(BaseCommand):
    """Walk the registered starters: each creates what is missing and changes nothing."""

    help = "Creates the starting content that is missing (policy pages, topics, grounds, definitions)."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything or nothing."""
        for name, load in registry.starters.items():
            load()
            if options["verbosity"]:
                self.stdout.write(name)
