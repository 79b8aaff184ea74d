"""Forgetting what a person wrote in surveys under their name."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from portal.accounts.models import Contact, Person
from portal.files.services import forget
from surveys.models import Answer, Draft, Invitee
from surveys.rules.values import from_json
from surveys.services.drafts import forget_files


@transaction.atomic
def erase_answers_of(person: Person) -> None:
    """Empty texts and files that a person sent under their name, and forget what they had not finished.

    Choices and numbers stay, as counts do: they tell of nobody once the person is a tombstone. Answers of anonymous
    surveys are not known to be anybody's.
    """
    for draft in Draft.objects.filter(person=person):
        forget_files(answer.file for answer in from_json(draft.answers).values())
        draft.delete()
    own = Answer.objects.filter(sheet__participation__person=person)
    for answer in own.filter(file__isnull=False).select_related("file"):
        stored, answer.file = answer.file, None
        answer.save(update_fields=["file"])
        forget(stored)
    own.exclude(text="").update(text="")


# After a survey has closed, addresses of those who were invited to it are kept so long.
INVITEES_KEPT = timedelta(days=180)


def erase_invitations_of(person: Person) -> None:
    """Forget to which surveys a person was invited; that some invitation was spent stays, as a count does."""
    _forget(Invitee.objects.filter(Q(person=person) | Q(email_key=person.email_key)))


def erase_invitations_of_guest(contact: Contact) -> None:
    """Forget to which surveys a guest was invited, and let go of their row."""
    _forget(Invitee.objects.filter(Q(contact=contact) | Q(email_key=contact.email_key)))


def guests_without_invitations(contacts: QuerySet[Contact], before: datetime) -> Any:
    """Return those contacts who were not invited since then."""
    return contacts.exclude(survey_invitees__invitings__at__gte=before)


def forget_old_invitees(moment: datetime) -> int:
    """Forget the addresses of those invited to surveys that closed half a year ago; return how many."""
    over = Q(survey__closed_at__lte=moment - INVITEES_KEPT) | Q(survey__closes_at__lte=moment - INVITEES_KEPT)
    return _forget(Invitee.objects.known().filter(over))


def _forget(invitees: QuerySet[Invitee]) -> int:
    """Keep hashes alone: no link can be made of them any more, and none that was sent leads to a person."""
    return invitees.update(address="", email_key=F("address_hash"), nonce="", person=None, contact=None)
