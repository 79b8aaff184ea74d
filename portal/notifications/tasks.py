"""Work of the notifications in the background; each task can run twice, and at the same time, without harm."""

from celery import shared_task

from portal.notifications.services import retention, sending, telling


@shared_task(name="notifications.tick")
def tick() -> None:
    """Hand round what has happened, and send what is due."""
    telling.hand_round()
    sending.send_due()


@shared_task(name="notifications.tidy")
def tidy() -> None:
    """Let go of what is too old."""
    retention.forget_old()
