"""What the demonstration's own accounts were told of their requests, among their other notices in the order of time."""

from datetime import timedelta

from django.db import transaction

from portal.accounts.models import Person
from portal.notifications.choices import NoticeState, Subject
from portal.notifications.models import Notice
from portal.registry import DemoStage
from tickets.choices import EntryKind
from tickets.models import Entry

ACCOUNTS = ("citizen@demo.example", "organisation@demo.example")
# Replies of how many days, and since when they are still new to the person.
SHOWN, NEW = timedelta(days=100), timedelta(days=5)


@transaction.atomic
def load(stage: DemoStage) -> None:
    """Load the notices of replies, unless somebody has one."""
    if Notice.objects.filter(subject=Subject.REQUESTS).exists():
        return
    for person in Person.objects.filter(email__in=ACCOUNTS):
        kept = Notice.objects.filter(person=person)
        rows = sorted([*kept, *_notices(stage, person)], key=lambda one: one.at)
        # Lists go by the number of the row, which is the order of time where notices are written as things happen.
        kept.delete()
        for row in rows:
            row.pk = None
        Notice.objects.bulk_create(rows)


def _notices(stage: DemoStage, person: Person) -> list[Notice]:
    replies = Entry.objects.filter(ticket__person=person, kind=EntryKind.REPLY, created_at__gt=stage.anchor - SHOWN)
    return [
        Notice(
            person=person,
            subject=Subject.REQUESTS,
            event="request",
            kind="ticket",
            key=entry.ticket.code,
            data={"what": "reply"},
            once=f"ticket-entry-{entry.pk}",
            at=entry.created_at,
            state=NoticeState.TOLD,
            read_at=stage.anchor if entry.created_at < stage.anchor - NEW else None,
        )
        for entry in replies.select_related("ticket")
    ]
