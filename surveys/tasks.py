"""Work of surveys in the background; each task can run twice without harm."""

from celery import shared_task
from django.utils import timezone

from surveys.services import closing, erasure, inviting


@shared_task(name="surveys.tick")
def tick() -> None:
    """Let the last answers of surveys that have closed be mixed, and invitations be drawn up."""
    closing.tick()
    inviting.draw_waiting()


@shared_task(name="surveys.draw")
def draw(pk: int) -> None:
    """Draw up one sending of invitations."""
    inviting.draw(pk)


@shared_task(name="surveys.sweep")
def sweep() -> None:
    """Delete old drafts, and forget who was invited long ago."""
    closing.sweep()
    erasure.forget_old_invitees(timezone.now())
