"""Requests: what beat and services ask of the worker; each may run twice or late without harm."""

from celery import shared_task

from tickets.services import desk, drafts, lookup, reminders, reply_drafts


@shared_task(name="tickets.remind")
def remind() -> None:
    """Tell staff what is due and people how it stands, remind those we wait for, and close what rests."""
    reminders.set_alarms()
    reminders.tell_due()
    reminders.remind_waiting()
    reminders.tell_how_it_stands()
    reminders.close_resting()


@shared_task(name="tickets.release_leases")
def release_leases() -> int:
    """Give requests whose claim has run out back to the queue."""
    return desk.release_expired()


@shared_task(name="tickets.mail_link")
def mail_link(reference: str, email: str) -> None:
    """Send the link of a request again, when reference and address belong together."""
    lookup.mail_link(reference, email)


@shared_task(name="tickets.purge_drafts")
def purge_drafts() -> int:
    """Delete what nobody sent for three days, and replies that nobody went on with for thirty."""
    return drafts.purge_drafts() + reply_drafts.purge_replies()
