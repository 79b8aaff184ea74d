"""Counts of help articles, written down by the clock."""

from celery import shared_task

from tickets.services import figures


@shared_task(name="tickets.count_reads")
def count_reads() -> None:
    """Write down what was counted in memory since the last turn."""
    figures.count_reads()
    figures.count_searches()
    figures.count_outcomes()


@shared_task(name="tickets.refresh_recent_reads")
def refresh_recent_reads() -> None:
    """Let lists follow what was read in the last 30 days."""
    figures.refresh_recent_reads()
