"""Work in the background: each can run twice, or beside itself, without harm."""

from celery import shared_task
from django.utils import timezone

from portal.insight import services


@shared_task(name="insight.take_snapshots")
def take_snapshots() -> None:
    """Take the figures of today's month; the beat asks every hour."""
    services.take_snapshots(timezone.localdate())


@shared_task(name="insight.build_due_reports")
def build_due_reports() -> None:
    """Make every report that waits, each tried once in a turn."""
    tried: list[int] = []
    while report := services.claim_report(without=tried):
        tried.append(report.pk)
        services.build_report(report)
