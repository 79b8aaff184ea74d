"""Give the application's role its rights."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.operations.services import RoleRefused, grant_application_role


class Command(BaseCommand):
    """Run by the owner of the tables after each migration."""

    help = "Gives the application's database role its rights: all rows, but ledgers only to read and to add to."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the role."""
        parser.add_argument("role", help="the role under which web, worker and beat connect, such as sawt_app")

    def handle(self, *args: Any, **options: Any) -> None:
        """Grant, and say which tables are append-only."""
        try:
            ledgers = grant_application_role(options["role"])
        except RoleRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{options['role']} has its rights; read and add only: {', '.join(ledgers)}")
