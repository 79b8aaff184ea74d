"""The second look at answers that staff entered from paper or telephone."""

from django.db import transaction
from django.db.models import F

from portal.accounts.choices import Role
from portal.accounts.models import Person
from portal.accounts.rules import holds
from portal.audit.services import record
from surveys.choices import SheetState
from surveys.models import Answer, Sheet, Survey
from surveys.rules.recording import tallies_of
from surveys.rules.values import Answer as Given
from surveys.selectors.structure import questionnaire_in
from surveys.services.counting import HANDED_IN, count_answers, count_page
from surveys.services.handing_in import group_for


class LookRefused(Exception):
    """``reason``: ``right`` for those who may not, ``own`` for whoever entered it, ``state`` when it was looked at."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def look(sheet: Sheet, *, by: Person, is_right: bool) -> Sheet:
    """Say whether what was entered is what stands on the paper; what is not leaves the results.

    Raises ``LookRefused``.
    """
    sheet = Sheet.objects.select_for_update(no_key=True, of=("self",)).select_related("survey").get(pk=sheet.pk)
    if not holds(by, Role.EDITOR, organisation=sheet.survey.organisation):
        raise LookRefused("right")
    if sheet.entered_by_id == by.pk:
        raise LookRefused("own")
    if sheet.state != SheetState.LOOKED_FOR:
        raise LookRefused("state")
    sheet.state = SheetState.COUNTED if is_right else SheetState.REFUSED
    sheet.looked_at_by = by
    sheet.save(update_fields=["state", "looked_at_by"])
    if not is_right:
        _take_out(sheet)
    verb = "confirmed" if is_right else "refused"
    record(f"survey.sheet_{verb}", sheet.survey, by=by, data={"reference": sheet.reference})
    return sheet


def _take_out(sheet: Sheet) -> None:
    version = sheet.survey.versions.filter(number=sheet.number).order_by("edition").last()
    group = group_for(sheet)
    tallies = tallies_of(questionnaire_in(version), given_in(sheet.answers.all()))
    count_answers([(group, tally) for tally in tallies], by=-1)
    count_page(group, HANDED_IN, by=-1)
    Survey.objects.filter(pk=sheet.survey_id).update(answer_count=F("answer_count") - 1)


def given_in(rows: "list[Answer]") -> dict[str, Given]:
    """Return answers as they were given, from the rows that keep them."""
    found: dict[str, Given] = {}
    for row in rows:
        before = found.get(row.question, Given())
        if row.row:
            found[row.question] = Given(rows={**before.rows, row.row: row.option})
        elif row.option:
            found[row.question] = Given(options=(*before.options, row.option), text=before.text or row.text)
        else:
            file = row.file.code if row.file_id else ""
            found[row.question] = Given(number=row.number, day=row.day, text=row.text, file=file)
    return found
