"""Writing pages, questions, choices and rules. A change after which they would not hold together is refused."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.audit.services import record, stored
from portal.languages import MEANING, Revision, revise
from surveys.models import Condition, Option, Page, Question, Row, Survey
from surveys.rules.publishing import kinds_in, of_flaw
from surveys.rules.reaching import flaws
from surveys.selectors.editor import text_in
from surveys.selectors.structure import questionnaire_of
from surveys.services.building import copy_conditions, locked
from surveys.services.refusals import SurveyRefused

# More than anybody answers; what is drawn and worked out stays bounded.
MOST_PAGES = 50
MOST_QUESTIONS = 200
MOST_PARTS = 100
MOST_CONDITIONS = 20


@transaction.atomic
def save_page(page: Page, *, by: Person, revision: Revision = MEANING) -> Page:
    """Save a page; a new one comes last."""
    survey = locked(page.survey, by=by)
    before, is_new = stored(page), page.pk is None
    if is_new:
        _refuse_more(survey.pages.count(), MOST_PAGES)
        page.code, page.position = page.code or _next_code(survey, "p"), _after(survey.pages)
    revise(page, before, revision)
    page.save()
    _touch(survey, page, "added" if is_new else "changed", by=by, before=before, revision=revision)
    return page


@transaction.atomic
def save_question(question: Question, *, by: Person, revision: Revision = MEANING) -> Question:
    """Save a question; a new one comes last on its page, with the code given or the next free one.

    Raises ``SurveyRefused`` where the code was another question's, where the kind of a published one would change, and
    where a rule would hang in the air by it.
    """
    survey = locked(question.page.survey, by=by)
    before, is_new = stored(question), question.pk is None
    question.survey = survey
    if is_new:
        _refuse_more(survey.questions.count(), MOST_QUESTIONS)
        question.code, question.position = question.code or _next_code(survey, "q"), _after(question.page.questions)
        _refuse_known_code(survey, question.code)
    elif before["kind"] != question.kind and question.code in _published_kinds(survey):
        raise SurveyRefused([_("A question that was published keeps its kind. Add another one instead.")])
    revise(question, before, revision)
    question.save()
    _check(survey)
    _touch(survey, question, "added" if is_new else "changed", by=by, before=before, revision=revision)
    return question


@transaction.atomic
def save_parts(
    question: Question, *, kept: Iterable[tuple[Option | Row, Revision]], gone: Iterable[Option | Row], by: Person
) -> None:
    """Save the choices or lines that were changed or added, and take out those that are gone.

    Raises ``SurveyRefused`` where a rule looks at one that would go.
    """
    survey = locked(question.survey, by=by)
    for part in gone:
        part.delete()
    for part, revision in kept:
        if part.pk is None:
            prefix = "o" if isinstance(part, Option) else "r"
            part.code = part.code or _next_code(survey, prefix)
        if part.position is None:
            part.position = _after(type(part).objects.filter(question=question))
        part.question = question
        revise(part, stored(part), revision)
        part.save()
    _refuse_more(max(question.options.count(), question.rows.count()) - 1, MOST_PARTS)
    _check(survey)
    _touch(survey, question, "choices_changed", by=by)


@transaction.atomic
def set_rules(thing: Page | Question, conditions: Sequence[Condition], *, by: Person) -> None:
    """Say when a page or question is shown; none means always.

    Raises ``SurveyRefused`` for a rule on a later question or on what cannot be answered so, and where the thing or
    another one could never be reached.
    """
    survey = locked(thing.survey, by=by)
    _refuse_more(len(conditions) - 1, MOST_CONDITIONS)
    before = [str(one) for one in thing.conditions.all()]
    thing.conditions.all().delete()
    copy_conditions(conditions, **{"page" if isinstance(thing, Page) else "question": thing})
    _check(survey)
    after = [str(one) for one in conditions]
    if before != after:
        _touch(survey, thing, "rules_changed", by=by, facts={"conditions": len(after)})


@transaction.atomic
def move_page(page: Page, *, by: Person, is_up: bool) -> None:
    """Let a page change places with its neighbour; the first stays first, the last stays last."""
    survey = locked(page.survey, by=by)
    order = list(survey.pages.all())
    at = order.index(page)
    to = at - 1 if is_up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        _number(order)
        _check(survey)
        _touch(survey, page, "reordered", by=by)


@transaction.atomic
def move_question(question: Question, *, by: Person, is_up: bool) -> None:
    """Let a question change places with its neighbour; at the edge of its page it goes over to the next one."""
    survey = locked(question.survey, by=by)
    order = list(question.page.questions.all())
    at = order.index(question)
    to = at - 1 if is_up else at + 1
    if 0 <= to < len(order):
        _place(survey, question, question.page, to)
    else:
        pages = list(survey.pages.all())
        beside = pages.index(question.page) + (-1 if is_up else 1)
        if not 0 <= beside < len(pages):
            return
        _place(survey, question, pages[beside], pages[beside].questions.count() if is_up else 0)
    _touch(survey, question, "reordered", by=by)


@transaction.atomic
def place_question(question: Question, *, page: Page, position: int, by: Person) -> None:
    """Put a question at a place (from 0) of a page of its survey."""
    survey = locked(question.survey, by=by)
    if page.survey_id != survey.pk:
        raise SurveyRefused([_("This page belongs to another survey.")])
    _place(survey, question, page, position)
    _touch(survey, question, "reordered", by=by)


def _place(survey: Survey, question: Question, page: Page, position: int) -> None:
    left = question.page
    order = [one for one in page.questions.all() if one != question]
    order.insert(max(0, min(position, len(order))), question)
    if left != page:
        Question.objects.filter(pk=question.pk).update(page=page)
        _number(left.questions.exclude(pk=question.pk))
        question.page = page
    _number(order)
    _check(survey)


@transaction.atomic
def duplicate_question(question: Question, *, by: Person) -> Question:
    """Put a copy of a question right behind it: the same words, choices and rules under a new code."""
    survey = locked(question.survey, by=by)
    _refuse_more(survey.questions.count(), MOST_QUESTIONS)
    parts = [*question.options.all(), *question.rows.all()]
    conditions = list(question.conditions.all())
    order = list(question.page.questions.all())
    copy = Question.objects.get(pk=question.pk)
    copy.pk, copy.code = None, _next_code(survey, "q")
    copy.save(force_insert=True)
    for part in parts:
        part.pk, part.question = None, copy
        part.save(force_insert=True)
    copy_conditions(conditions, question=copy)
    order.insert(order.index(question) + 1, copy)
    _number(order)
    _touch(survey, copy, "added", by=by)
    return copy


@transaction.atomic
def remove_question(question: Question, *, by: Person) -> None:
    """Take a question out; answers to it stay, and its code is never given again.

    Raises ``SurveyRefused`` where a rule looks at it.
    """
    survey = locked(question.survey, by=by)
    _touch(survey, question, "removed", by=by)
    # By its key: the object stays what it is where the removal is refused.
    Question.objects.filter(pk=question.pk).delete()
    _check(survey)


@transaction.atomic
def remove_page(page: Page, *, by: Person) -> None:
    """Take a page with its questions out; raises ``SurveyRefused`` where a rule looks at one of them."""
    survey = locked(page.survey, by=by)
    _touch(survey, page, "removed", by=by)
    page.questions.all().delete()
    Page.objects.filter(pk=page.pk).delete()
    _check(survey)


def _check(survey: Survey) -> None:
    """Refuse what was just written where rules look ahead or nowhere, or something can no longer be reached."""
    written = questionnaire_of(survey)
    problems = []
    for flaw in flaws(written):
        named = written.questions.get(flaw.question) or written.page(flaw.page)
        place = (text_in(named.title) if named else "") or flaw.question or flaw.page
        problems.append(_("“%(place)s”: %(reason)s") % {"place": place, "reason": of_flaw(flaw).text})
    if problems:
        raise SurveyRefused(problems)


def _refuse_more(count: int, most: int) -> None:
    if count >= most:
        raise SurveyRefused([_("There is no room for more: the most is %(most)s.") % {"most": most}])


def _refuse_known_code(survey: Survey, code: str) -> None:
    if survey.questions.filter(code=code).exists() or code in _published_kinds(survey):
        raise SurveyRefused([_("Another question has or had this code. Choose another one.")])


def _published_kinds(survey: Survey) -> dict[str, str]:
    found: dict[str, str] = {}
    for structure in survey.versions.values_list("structure", flat=True):
        found |= kinds_in(structure)
    return found


def _next_code(survey: Survey, prefix: str) -> str:
    """Return a code that this survey never had, counted under the lock of its row."""
    while True:
        Survey.objects.filter(pk=survey.pk).update(codes_given=F("codes_given") + 1)
        survey.refresh_from_db(fields=["codes_given"])
        code = f"{prefix}{survey.codes_given}"
        known = survey.questions.filter(code=code).exists() or survey.pages.filter(code=code).exists()
        if not known and code not in _published_kinds(survey):
            return code


def _after(siblings: Any) -> int:
    last = siblings.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _number(order: Iterable[Page | Question]) -> None:
    for position, thing in enumerate(order):
        if thing.position != position:
            type(thing).objects.filter(pk=thing.pk).update(position=position)


def _touch(
    survey: Survey,
    thing: Page | Question,
    verb: str,
    *,
    by: Person,
    before: dict[str, Any] | None = None,
    revision: Revision = MEANING,
    facts: dict[str, Any] | None = None,
) -> None:
    Survey.objects.filter(pk=survey.pk).update(updated_at=timezone.now())
    kind = "survey_page" if isinstance(thing, Page) else "question"
    data = {"survey": survey.code, "number": thing.code, **revision.facts, **(facts or {})}
    record(f"{kind}.{verb}", thing, by=by, data=data, before=before)
