"""Work in the background: each can run twice, or beside itself, without harm."""

from celery import shared_task

from portal.calendars import services

# A task that the broker gave out long ago is given out again: what is left is taken up by the next tick.
MOST_STRIDES = 3000


@shared_task(name="calendars.tick")
def tick() -> None:
    """Record what was missed, complete old rows, and go on with reckonings that were interrupted."""
    services.adopt()
    services.record_breaches()
    for pk in services.unfinished():
        recount(pk)


@shared_task(name="calendars.recount")
def recount(pk: int) -> None:
    """Reckon the deadlines that a change touches anew, stride by stride."""
    for _stride in range(MOST_STRIDES):
        if not services.continue_recount(pk):
            return
