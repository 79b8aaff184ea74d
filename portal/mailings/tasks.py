"""Work of mailings in the background; each task can run twice without harm."""

from celery import shared_task

from portal.mailings.services import control, returned, sending


@shared_task(name="mailings.tick")
def tick() -> None:
    """Begin and go on with what is due."""
    control.tick()


@shared_task(name="mailings.send")
def send(mailing_id: int) -> None:
    """Send for a while; asks for itself again while something is left."""
    sending.send(mailing_id)


@shared_task(name="mailings.fetch_returned")
def fetch_returned() -> None:
    """Read what came back."""
    returned.fetch()
