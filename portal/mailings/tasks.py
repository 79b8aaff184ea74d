"""Work of mailings in the background; each task can run twice without harm."""

from celery import shared_task

from portal.mailings.services import control, sending


@shared_task(name="mailings.tick")
def tick() -> None:
    """Begin and go on with what is due."""
    control.tick()


@shared_task(name="mailings.send")
def send(mailing_id: int) -> None:
    """Send for a while; asks for itself again while something is left."""
    sending.send(mailing_id)
