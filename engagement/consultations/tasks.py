"""Work on consultations by the clock."""

import subprocess
import sys

from celery import shared_task
from django.conf import settings

from engagement.consultations import services
from engagement.consultations.models import Document

# Seconds after which a laying out that hangs is ended; the next turn goes on where it stopped.
PATIENCE = 600


@shared_task(name="consultations.lay_out_documents")
def lay_out_documents() -> None:
    """Have the PDFs made of documents that have none, in a process of its own, which gives its memory back."""
    if not Document.objects.without_file().exists():
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "document_files"]
    subprocess.run(command, check=True, timeout=PATIENCE, capture_output=True)


@shared_task(name="consultations.tell_of_dates")
def tell_of_dates() -> None:
    """Tell followers what opened and what closes soon."""
    services.tell_of_dates()
