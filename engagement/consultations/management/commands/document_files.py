"""Make the PDF of every document that has only its page."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from engagement.consultations.models import Document


class Command(BaseCommand):
    """``manage.py document_files``: a short-lived process of its own, since laying out is heavy."""

    help = "Make the PDF of every document that has only its page."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them one by one, so that what was made stays when it is stopped."""
        try:
            from engagement.consultations.management.document_files import make_file
            from portal.insight.management.pdf import FontMissing
        except (ImportError, OSError) as problem:
            raise CommandError(f"PDFs cannot be made on this machine: {problem}") from None
        made = 0
        try:
            for pk in Document.objects.without_file().order_by("pk").values_list("pk", flat=True):
                made += _make_one(pk, make_file)
        except FontMissing as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{made} documents as PDF")


@transaction.atomic
def _make_one(pk: int, make_file: Callable[[Document], None]) -> bool:
    # Skipped when another process is at it; looked at again, since that one may have finished meanwhile.
    waiting = Document.objects.without_file().select_related("consultation__organisation")
    document = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=pk).first()
    if document is not None:
        make_file(document)
    return document is not None
