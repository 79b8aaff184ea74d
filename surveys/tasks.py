"""Work of surveys in the background; each task can run twice without harm."""

from celery import shared_task

from surveys.services import closing


@shared_task(name="surveys.tick")
def tick() -> None:
    """Let the last answers of surveys that have closed be mixed."""
    closing.tick()


@shared_task(name="surveys.sweep")
def sweep() -> None:
    """Delete old drafts."""
    closing.sweep()
