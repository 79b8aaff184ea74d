from celery import shared_task

from portal.web import services


@shared_task(name="web.heartbeat")
def heartbeat() -> None:
    """Show that beat, broker and worker are alive."""
    services.record_heartbeat()
