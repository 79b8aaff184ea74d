"""Choosing what of the results everybody sees."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.audit.services import record
from surveys.models import PublicQuestion, Quote, Survey
from surveys.rules.access import may_move
from surveys.rules.shapes import Questionnaire
from surveys.selectors.results_public import may_be_public, public_codes, texts_of
from surveys.services.refusals import SurveyRefused


@transaction.atomic
def choose_questions(survey: Survey, asked: Questionnaire, wanted: Iterable[str], *, by: Person) -> None:
    """Let the results of these questions be public, and of no others; raises ``SurveyRefused`` for who may not."""
    survey = _locked(survey, by)
    offered = {code for code, question in asked.questions.items() if may_be_public(question)}
    chosen, before = set(wanted) & offered, public_codes(survey, asked)
    for code in sorted(offered):
        PublicQuestion.objects.update_or_create(survey=survey, question=code, defaults={"is_public": code in chosen})
    if chosen != before:
        _touch(survey)
        data = {"shown": sorted(chosen - before), "hidden": sorted(before - chosen)}
        record("survey.public_results_set", survey, by=by, data=data)


@transaction.atomic
def choose_quotes(
    survey: Survey, number: int, question: str, *, listed: Iterable[str], wanted: Iterable[str], by: Person
) -> None:
    """Of the texts listed quote those wanted and no others; what is not a text of this question is passed over.

    Raises ``SurveyRefused`` for who may not.
    """
    survey = _locked(survey, by)
    wanted = set(wanted)
    added = removed = 0
    for answer in texts_of(survey, number, question).filter(pk__in=list(listed)):
        is_quoted, is_wanted = hasattr(answer, "quote"), str(answer.pk) in wanted
        if is_wanted and not is_quoted:
            Quote.objects.create(answer=answer, chosen_by=by)
            added += 1
        elif is_quoted and not is_wanted:
            answer.quote.delete()
            removed += 1
    if added or removed:
        _touch(survey)
        record("survey.quotes_set", survey, by=by, data={"question": question, "added": added, "removed": removed})


def _touch(survey: Survey) -> None:
    # Results that are kept ready are made anew.
    Survey.objects.filter(pk=survey.pk).update(updated_at=timezone.now())


def _locked(survey: Survey, by: Person) -> Survey:
    survey = (
        Survey.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation").get(pk=survey.pk)
    )
    if not may_move(by, survey):
        raise SurveyRefused([_("You cannot change this survey.")])
    return survey
