"""Work of the outbox in the background."""

from celery import shared_task

from portal.messaging import services


@shared_task(name="messaging.deliver_due")
def deliver_due() -> None:
    """Send what is due; asked for by every new message and by each tick of the beat."""
    services.deliver_due()
