"""Write the monthly report of the indicators as PDF."""

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from portal.accounts.models import Organisation
from portal.insight.selectors import parse_month, report_content, this_month
from portal.insight.services import report_html


class Command(BaseCommand):
    """``manage.py kpi_report --month 2026-10 --language ar --output report.pdf``."""

    help = "Write the monthly report of the indicators as PDF."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take month, language, file and, for one body alone, its code."""
        parser.add_argument("--month", required=True, type=_month, help="for example 2026-10")
        parser.add_argument("--language", required=True, choices=[code for code, _ in settings.LANGUAGES])
        parser.add_argument("--output", required=True, type=Path, help="the file to write")
        parser.add_argument("--organisation", help="code of a body; all bodies together when left out")

    def handle(
        self, *args: Any, month: date, language: str, output: Path, organisation: str | None, **options: Any
    ) -> None:
        """Measure, lay out, write."""
        # Imported here, so that a wrong argument is answered at once.
        from portal.insight.management.pdf import FontMissing, write_pdf

        body = _body(organisation)
        if not output.parent.is_dir():
            raise CommandError(f"There is no folder {output.parent}.")
        with translation.override(language):
            html = report_html(report_content(month, body), language)
        try:
            write_pdf(html, language, output)
        except FontMissing as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{output}: {output.stat().st_size // 1000} kB")


def _month(text: str) -> date:
    try:
        month = parse_month(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is no month: write it as 2026-10") from None
    if month > this_month():
        raise ArgumentTypeError(f"{text} has not begun yet")
    return month


def _body(code: str | None) -> Organisation | None:
    if code is None:
        return None
    body = Organisation.objects.public_bodies().filter(code=code).first()
    if body is None:
        raise CommandError(f"There is no public body with the code “{code}”.")
    return body
