"""Work by the clock."""

from celery import shared_task

from moderation.services import release_expired


@shared_task(name="moderation.release_leases")
def release_leases() -> None:
    """Give cases back to the queue whose moderator did not decide in time."""
    release_expired()
