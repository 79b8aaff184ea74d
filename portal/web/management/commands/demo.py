"""Load the demonstration."""

import random
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from portal import registry
from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.audit import services as audit
from portal.audit.models import Entry
from portal.cache import bump
from portal.settings import environment as env

ANCHORED = "demo.anchored"
SEED = 42
DEFAULT_PASSWORD = "sawt-demo-2026"


class Command(BaseCommand):
    """Walk the registered loaders: deterministic, and a second run changes nothing."""

    help = "Loads the demonstration: an invented ministry, its people, consultations and a year of history."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how much to load."""
        parser.add_argument(
            "--scale",
            choices=["demo", "city"],
            default="demo",
            help="“city” adds 200 consultations, 100,000 people, 50,000 comments, 500,000 votes, 1,000,000 requests and"
            " 10,000 help articles: takes minutes, and some 5 GB",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the starting content first, then each part in a transaction of its own."""
        refuse_outside_demonstration()
        call_command("seed", verbosity=0, stdout=self.stdout)
        anchor, password = stored_anchor(), env.text("SAWT_DEMO_PASSWORD", DEFAULT_PASSWORD)
        self.is_quiet = not options["verbosity"]
        parts = registry.demo.items()
        if options["scale"] == "city":
            parts += [(f"city: {name}", load) for name, load in registry.city.items()]
        for name, load in parts:
            self.say(name)
            # A source for each part: what one part draws never depends on what another found done already.
            stage = registry.DemoStage(anchor, random.Random(f"{SEED} {name}"), password, self.say_within)
            with transaction.atomic():
                load(stage)
                # Loaders write rows directly.
                bump()
        self.say(f"The demonstration is loaded; its day is {anchor:%Y-%m-%d}, everybody's password {password}")

    def say(self, line: str) -> None:
        """Print a line, unless asked to be quiet."""
        if not self.is_quiet:
            self.stdout.write(line)

    def say_within(self, line: str) -> None:
        """Print what a part tells of itself."""
        self.say(f"  {line}")


def refuse_outside_demonstration() -> None:
    """Raise ``CommandError`` in production, and wherever demo mode is off."""
    if str(settings.SETTINGS_MODULE).endswith(".production"):
        raise CommandError("The demonstration is refused in production: it would mix invented people with real ones.")
    if not settings.DEMO:
        raise CommandError("Demo mode is off: set SAWT_DEMO=1 if this database may be filled with invented people.")


def stored_anchor() -> datetime:
    """Return the day to which all dates of the demonstration are relative: that of the first run, at local midnight."""
    entry = Entry.objects.filter(action=ANCHORED).order_by("id").first()
    if entry is None:
        anchor = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).order_by("id").first()
        entry = audit.record(ANCHORED, ministry, by=None, data={"anchor": anchor.isoformat()})
    return datetime.fromisoformat(entry.data["anchor"]).astimezone(timezone.get_default_timezone())
