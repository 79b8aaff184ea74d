"""Work in the background: each can run twice, or beside itself, without harm."""

import logging

from celery import shared_task
from django.utils import timezone

from portal.insight import services
from portal.registry import no_progress, recounts

log = logging.getLogger("sawt.insight")


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


@shared_task(name="insight.recount")
def recount() -> None:
    """Recount every stored figure and counter at night; drift is a fault to be looked into: it is logged and mended."""
    for name, drifts in recounts.items():
        for drift in drifts(True, no_progress):
            log.warning("%s drifted: %s", name, drift)
