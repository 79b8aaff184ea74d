"""Work of the newsletter in the background; each task can run twice without harm."""

from celery import shared_task
from django.utils import timezone

from newsletter.services import housekeeping, importing, issues, subscribing, watching


@shared_task(name="newsletter.tick")
def tick() -> None:
    """Make, warn, miss and archive issues as the clock asks."""
    issues.tick()


@shared_task(name="newsletter.tidy")
def tidy() -> None:
    """Take up pauses that are over, and forget addresses that nobody confirmed."""
    subscribing.resume_paused(timezone.localdate())
    housekeeping.forget_unconfirmed(timezone.now())
    importing.forget_rows(timezone.now())
    importing.work_on_all()


@shared_task(name="newsletter.work_on_import")
def work_on_import(pk: int) -> None:
    """Read, check or apply for a while; asks for itself again while something is left."""
    importing.work(pk)


@shared_task(name="newsletter.watch")
def watch() -> None:
    """See whether the copies of canaries have arrived."""
    watching.watch(timezone.now())
