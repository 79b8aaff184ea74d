"""Find themes in texts on standard input: the short-lived process in which it is done."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from surveys.rules.themes import find


class Command(BaseCommand):
    """Reads groups of texts as JSON, writes their themes; knows nothing of the database."""

    help = "Find themes in groups of texts on standard input."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Give for each group its themes: their words, and their texts by place."""
        asked = json.load(sys.stdin)
        found = [
            [{"terms": one.terms, "texts": [place for place, _near in one.texts]} for one in themes]
            for themes in (find(group["texts"], group["language"], seed=asked["seed"]) for group in asked["groups"])
        ]
        json.dump(found, sys.stdout)
