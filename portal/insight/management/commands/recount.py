"""Compare every stored figure and counter with the rows it stands for."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.registry import recounts


class Command(BaseCommand):
    """``manage.py recount`` mends what drifted and says so; with ``--check`` it only says so, and fails on drift."""

    help = "Recomputes every stored figure and counter, reports drift and mends it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to mend, and which of them."""
        parser.add_argument("--check", action="store_true", help="mend nothing; exit with 1 where something drifted")
        parser.add_argument("--only", nargs="+", choices=list(recounts), help="the counters of these alone")

    def handle(self, *args: Any, check: bool, only: list[str] | None, **options: Any) -> None:
        """Walk the counters of all apps; beside live traffic too, since each is counted again under its lock."""
        total = 0
        for name in only or recounts:
            found = 0
            for drift in recounts[name](not check, self._progress(name, options["verbosity"])):
                found += 1
                self.stdout.write(f"{name}: {drift}")
            self.stdout.write(f"{name}: {self._result(found, check)}")
            total += found
        if check and total:
            raise CommandError(f"{total} drifted. Without --check they are mended.", returncode=1)

    def _progress(self, name: str, verbosity: int) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            if verbosity and total:
                self.stderr.write(f"{name}: {100 * done // total}% compared", self.style.NOTICE)

        return tell

    @staticmethod
    def _result(found: int, check: bool) -> str:
        if not found:
            return "no drift"
        return f"{found} drifted" if check else f"{found} drifted and mended"
