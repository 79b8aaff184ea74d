"""Making surveys: saved, copied, and begun from a template."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.choices import Role
from portal.accounts.models import Organisation, Person
from portal.accounts.rules import holds
from portal.audit.services import record, stored
from portal.languages import MEANING, Revision, revise, text_columns
from portal.text import fold, new_code
from portal.urns import services as urns
from surveys.choices import URN, Audience, Mode, State, Status
from surveys.models import Condition, Page, Survey
from surveys.models.surveys import NOBODY
from surveys.rules.access import ended_for_good, may_edit
from surveys.selectors.structure import pages_of
from surveys.services.refusals import SurveyRefused

# What people were told before they answered cannot become something else under them.
PROMISED = ("audience", "mode", "one_each")


def locked(survey: Survey, *, by: Person | None) -> Survey:
    """Return the survey's row under lock, for somebody who may edit it; the portal itself (None) may.

    Raises ``SurveyRefused``.
    """
    found = Survey.objects.select_for_update(of=("self",)).select_related("organisation", "version").get(pk=survey.pk)
    if by is not None and not may_edit(by, found):
        raise SurveyRefused([_("You cannot change this survey.")])
    return found


@transaction.atomic
def save_survey(
    survey: Survey,
    *,
    by: Person,
    members_of: Iterable[Organisation] | None = None,
    revision: Revision = MEANING,
) -> Survey:
    """Save what an editor wrote of the survey itself.

    Raises ``SurveyRefused`` for those who may not, and for what a published one no longer may change: whom it asks and
    whether with their names, the opening once it has opened, and a close or a quota that has been passed already.
    """
    if not holds(by, Role.EDITOR, organisation=survey.organisation):
        raise SurveyRefused([_("You cannot change this survey.")])
    if survey.pk is not None:
        before_row = locked(survey, by=by)
        if problems := _promises_broken(before_row, survey):
            raise SurveyRefused(problems)
        # The state is the row's own business: it may have moved since this object was read.
        for name in ("status", "answer_count", "codes_given", "version", "published_at", "closed_at", "results_at"):
            setattr(survey, name, getattr(before_row, name))
    if problems := _impossible(survey):
        raise SurveyRefused(problems)
    before = stored(survey)
    revise(survey, before, revision)
    survey.updated_at, survey.search_text = timezone.now(), search_text(survey)
    survey.save()
    if members_of is not None:
        survey.members_of.set(members_of)
    record("survey.saved", survey, by=by, data=revision.facts, before=before)
    return survey


def _impossible(survey: Survey) -> list[str]:
    problems = []
    if survey.opens_at and survey.closes_at and survey.closes_at <= survey.opens_at:
        problems.append(_("It must close after it opens."))
    if survey.audience == Audience.EVERYONE and (survey.mode == Mode.IDENTIFIED or survey.one_each):
        problems.append(str(NOBODY))
    if survey.previous_id and survey.previous_id == survey.pk:
        problems.append(_("A survey cannot be its own last round."))
    return problems


def _promises_broken(before: Survey, survey: Survey) -> list[str]:
    if before.status == Status.DRAFT:
        return []
    problems = []
    if any(getattr(before, name) != getattr(survey, name) for name in PROMISED):
        problems.append(_("Whom it asks, and whether with their names, can no longer be changed."))
    if survey.organisation_id != before.organisation_id:
        problems.append(_("The body that asks can no longer be changed."))
    if before.state != State.SCHEDULED and survey.opens_at != before.opens_at:
        problems.append(_("It has opened: when can no longer be changed."))
    if survey.opens_at is None:
        problems.append(_("A published survey needs a time at which it opens."))
    is_new_close = survey.closes_at != before.closes_at
    if is_new_close and survey.closes_at is not None and survey.closes_at <= timezone.now():
        problems.append(_("To close it now, press “Close now”."))
    if _would_open_again(before, survey) and survey.is_anonymous and urns.is_closed(URN, survey.code):
        problems.append(ended_for_good())
    if survey.quota is not None and survey.quota < before.answer_count:
        problems.append(_("More answers than that have come in already."))
    return problems


def _would_open_again(before: Survey, survey: Survey) -> bool:
    later = survey.closes_at is None or survey.closes_at > timezone.now()
    has_room = survey.quota is None or survey.quota > before.answer_count
    return before.status == Status.LIVE and before.state == State.CLOSED and later and has_room


def search_text(survey: Survey) -> str:
    """Return the folded text by which lists find it, in all languages."""
    columns = text_columns(Survey)
    names = [column for field in ("title", "summary", "intro") for column in columns[field].values()]
    return fold("\n".join(getattr(survey, name) or "" for name in names))


@transaction.atomic
def duplicate(
    survey: Survey, *, by: Person | None, organisation: Organisation | None = None, is_next_round: bool = False
) -> Survey:
    """Return a draft with the same texts, questions, rules and codes, without dates and answers.

    A template, whoever wrote it, may be copied by every editor into a body of theirs. As the next round its results
    are compared with those of this one. Raises ``SurveyRefused`` for those who may not.
    """
    body = organisation or survey.organisation
    may_read = survey.is_template or by is None or holds(by, Role.EDITOR, organisation=survey.organisation)
    if not may_read or (by is not None and not holds(by, Role.EDITOR, organisation=body)):
        raise SurveyRefused([_("You cannot copy this survey to this body.")])
    copy = Survey.objects.get(pk=survey.pk)
    copy.pk, copy.code, copy.organisation, copy.is_template = None, new_code(), body, False
    copy.status, copy.version, copy.answer_count = Status.DRAFT, None, 0
    copy.opens_at = copy.closes_at = copy.published_at = copy.closed_at = copy.results_at = None
    copy.previous = survey if is_next_round else None
    copy.updated_at = timezone.now()
    copy.save(force_insert=True)
    copy.members_of.set(survey.members_of.all())
    for page in pages_of(survey):
        _copy_page(page, copy)
    record("survey.duplicated", copy, by=by, data={"of": survey.code})
    return copy


def _copy_page(page: Page, survey: Survey) -> None:
    questions, conditions = list(page.questions.all()), list(page.conditions.all())
    page.survey = survey
    _insert(page)
    copy_conditions(conditions, page=page)
    for question in questions:
        parts = [*question.options.all(), *question.rows.all()]
        own = list(question.conditions.all())
        question.survey, question.page = survey, page
        _insert(question)
        for part in parts:
            part.question = question
            _insert(part)
        copy_conditions(own, question=question)


def copy_conditions(conditions: Iterable[Condition], **owner: Any) -> None:
    """Give the same conditions to another page or question."""
    for one in conditions:
        one.pk, one.page, one.question = None, owner.get("page"), owner.get("question")
        one.save(force_insert=True)


def _insert(obj: Any) -> None:
    obj.pk = None
    # What was read ahead belongs to the original.
    obj._prefetched_objects_cache = {}
    obj.save(force_insert=True)


@transaction.atomic
def keep_as_template(survey: Survey, *, by: Person) -> Survey:
    """Return a template made of this survey, for every editor to begin from."""
    copy = duplicate(survey, by=by)
    copy.is_template, copy.previous = True, None
    copy.save(update_fields=["is_template", "previous"])
    return copy
