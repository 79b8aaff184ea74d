"""Work on files in the background."""

from celery import shared_task

from portal.files import services


@shared_task(name="files.scan_waiting")
def scan_waiting() -> None:
    """Scan what waits; asked for by every file that is stored and by each tick of the beat."""
    services.scan_waiting()
