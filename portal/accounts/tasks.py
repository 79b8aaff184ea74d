"""Work on accounts in the background."""

from celery import shared_task

from portal.accounts.services import guests


@shared_task(name="accounts.erase_old_guests")
def erase_old_guests() -> int:
    """Erase guests of long ago; what is left over is done by the next hour's tick."""
    return guests.erase_old_guests()
