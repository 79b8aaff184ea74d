"""Work of the newsletter in the background; each task can run twice without harm."""

from celery import shared_task
from django.utils import timezone

from newsletter.services import housekeeping, issues, subscribing


@shared_task(name="newsletter.tick")
def tick() -> None:
    """Make, warn, miss and archive issues as the clock asks."""
    issues.tick()


@shared_task(name="newsletter.tidy")
def tidy() -> None:
    """Take up pauses that are over, and forget addresses that nobody confirmed."""
    subscribing.resume_paused(timezone.localdate())
    housekeeping.forget_unconfirmed(timezone.now())
