"""Work of pages in the background."""

from celery import shared_task

from portal.pages.services import judging


@shared_task(name="pages.sweep")
def sweep() -> None:
    """Delete the marks of former days and old remarks."""
    judging.sweep()
