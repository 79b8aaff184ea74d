"""Emptying what a person wrote in requests, when they ask to be erased."""

from django.db import transaction

from portal.accounts.models import Person
from tickets.choices import EntryKind
from tickets.models import Entry, Rating, Ticket


@transaction.atomic
def erase_requests_of(person: Person) -> None:
    """Empty a person's words, names and numbers; kinds, states and times stay, so that figures do not change.

    Replies of the body stay: they are the record of an official act. The links of the requests open nothing more.
    Files are let go of here, and deleted by the housekeeping of files.
    """
    mine = Ticket.objects.filter(person=person)
    for entry in Entry.objects.filter(ticket__in=mine, kind=EntryKind.MESSAGE):
        entry.files.clear()
    Entry.objects.filter(ticket__in=mine, kind=EntryKind.MESSAGE).update(text="", once=None)
    Rating.objects.filter(ticket__in=mine).update(text="")
    mine.update(subject="", sender_name="", phone="", secret_hash=None, once=None)
