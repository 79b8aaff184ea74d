"""What comes from outside: each task may run twice or late without harm."""

from celery import shared_task

from tickets.services import incoming


@shared_task(name="tickets.fetch_mail")
def fetch_mail() -> int:
    """Read the mailbox."""
    return incoming.fetch_mail()


@shared_task(name="tickets.take_incoming")
def take_incoming() -> int:
    """Make something of what came in."""
    return incoming.take_due()


@shared_task(name="tickets.purge_incoming")
def purge_incoming() -> int:
    """Delete what became part of nothing long ago."""
    return incoming.purge_incoming()
