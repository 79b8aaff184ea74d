"""Make the PDF of every document that has only its page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

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
        waiting = Document.objects.filter(Q(body_ar__gt="") | Q(body_en__gt="") | Q(body_zh_hans__gt=""), file=None)
        made = 0
        for document in waiting.select_related("consultation__organisation").order_by("pk"):
            try:
                make_file(document)
            except FontMissing as problem:
                raise CommandError(str(problem)) from None
            made += 1
        self.stdout.write(f"{made} documents as PDF")
