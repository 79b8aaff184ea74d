"""Turn a page on standard input into a tagged PDF: the process in which reports are made."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from portal.insight.management.pdf import write_pdf


class Command(BaseCommand):
    """Reads HTML, writes PDF, knows nothing of the database."""

    help = "Turn a page on standard input into a tagged PDF."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the language of the page and where to write."""
        parser.add_argument("--language", required=True, choices=[code for code, _ in settings.LANGUAGES])
        parser.add_argument("--output", required=True, type=Path)

    def handle(self, *args: Any, language: str, output: Path, **options: Any) -> None:
        """Write the file."""
        write_pdf(sys.stdin.buffer.read().decode(), language, output)
