"""Forgetting what a person wrote in surveys under their name."""

from django.db import transaction

from portal.accounts.models import Person
from portal.files.services import forget
from surveys.models import Answer, Draft
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
