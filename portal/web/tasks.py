"""Signs of life of what works in the background, and what it clears away."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from portal.web import services


@shared_task(name="web.heartbeat")
def heartbeat() -> None:
    """Show that beat, broker and worker are alive."""
    services.record_heartbeat()


@worker_ready.connect
def first_heartbeat(**_signal: Any) -> None:
    """Show it as soon as the worker takes work, so that a portal is ready seconds after its start."""
    services.record_heartbeat()


@shared_task(name="web.clear_sessions")
def clear_sessions() -> None:
    """Remove sessions that have ended."""
    services.clear_sessions()
