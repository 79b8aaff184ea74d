"""Remove the second factors of somebody for whom no administrator can: the last administrator, say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.choices import IdentityCheck, LossReason
from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from portal.accounts.services import factors


class Command(BaseCommand):
    """Asks for the reason and the check of identity, as the page of administrators does."""

    help = "Remove all second factors of a person and end their sessions; they are told by e-mail."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the person, the reason and the check."""
        parser.add_argument("address", help="the e-mail address with which the person signs in")
        parser.add_argument("--reason", required=True, choices=LossReason.values)
        parser.add_argument("--check", required=True, choices=IdentityCheck.values, help="how you know who asks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove, and tell how many there were."""
        person = Person.objects.filter(email_key=email_key(options["address"])).first()
        if person is None:
            raise CommandError("Nobody signs in with this address.")
        count = factors.remove_all(person, reason=options["reason"], check=options["check"], by=None)
        self.stdout.write(f"{count} factors removed.")
