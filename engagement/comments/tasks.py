"""Work on comments by the clock."""

import logging

from celery import shared_task

from engagement.comments.services import recount

logger = logging.getLogger("sawt.comments")


@shared_task(name="comments.recount")
def recount_comments() -> None:
    """Recount every counter at night; drift is a fault to be looked into, so it is logged and mended."""
    for line in recount():
        logger.warning("counter drifted: %s", line)
