"""Work of urns in the background; it can run twice without harm."""

from celery import shared_task

from portal.urns import services


@shared_task(name="urns.mix")
def mix() -> None:
    """Move what may be moved."""
    services.mix_all()
