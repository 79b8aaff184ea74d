"""Publishing a survey, moving it from state to state, and changing what it asks while it is out."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.audit.services import record
from portal.urns import services as urns
from surveys.choices import MOVES, URN, Act, Status
from surveys.models import StateChange, Survey, Version
from surveys.rules.access import ended_for_good, may_move
from surveys.rules.publishing import findings, what_changed
from surveys.rules.shapes import Questionnaire, to_json
from surveys.selectors.structure import questionnaire_in, questionnaire_of
from surveys.services.refusals import SurveyRefused


@transaction.atomic
def move(survey: Survey, act: Act, *, by: Person | None, closes_at: datetime | None = None) -> Survey:
    """Do one act of the table; ``closes_at`` is the new close of a survey that is opened again, None for none.

    The portal itself (None) makes rounds of a series. Raises ``SurveyRefused`` for those who may not, where the table
    does not allow it, and for a survey that is not ready to be published.
    """
    survey = _locked(survey)
    if survey.is_template or (by is not None and not may_move(by, survey)):
        raise SurveyRefused([_("You cannot change this survey.")])
    wanted = MOVES[act]
    if survey.state not in wanted.states:
        raise SurveyRefused([_("Not done: the survey is in another state by now. Look at it again.")])
    if act == Act.PUBLISH:
        _get_ready(survey, by=by)
    elif act == Act.REOPEN:
        _open_again(survey, closes_at)
    elif act in (Act.CLOSE, Act.PUBLISH_RESULTS):
        survey.closed_at = survey.closed_at or min(filter(None, (timezone.now(), survey.closes_at)))
    survey.results_at = timezone.now() if act == Act.PUBLISH_RESULTS else None
    survey.status, survey.updated_at = wanted.status, timezone.now()
    survey.save()
    StateChange.objects.create(survey=survey, status=survey.status, by_id=by.pk if by else None, at=survey.updated_at)
    record(f"survey.{wanted.verb}", survey, by=by)
    return survey


def _locked(survey: Survey) -> Survey:
    # The whole row: beginning to answer refers to it, and so waits until it is decided which version is asked.
    return Survey.objects.select_for_update(of=("self",)).select_related("organisation", "version").get(pk=survey.pk)


def _get_ready(survey: Survey, *, by: Person | None) -> None:
    questionnaire = questionnaire_of(survey)
    if problems := findings(survey, questionnaire):
        raise SurveyRefused([problem.text for problem in problems])
    survey.opens_at = survey.opens_at or timezone.now()
    survey.published_at = timezone.now()
    _keep_version(survey, questionnaire, by=by, same_meaning=False)


def _open_again(survey: Survey, closes_at: datetime | None) -> None:
    if survey.is_anonymous and urns.is_closed(URN, survey.code):
        raise SurveyRefused([ended_for_good()])
    if closes_at is not None and closes_at <= timezone.now():
        raise SurveyRefused([_("The time at which it closes has passed.")])
    if survey.is_full:
        raise SurveyRefused([_("As many answers as were wanted have come in. Raise that number first.")])
    survey.closes_at, survey.closed_at = closes_at, None


@transaction.atomic
def publish_changes(survey: Survey, *, by: Person, same_meaning: bool = False) -> Version:
    """Let people answer what editors have written since; return the version asked from now on.

    Where only words changed and their meaning did not, results go on as before. Otherwise, once somebody has begun to
    answer, a new version begins: whoever has begun goes on with theirs. Raises ``SurveyRefused`` where something is
    missing or nothing has changed.
    """
    survey = _locked(survey)
    if not may_move(by, survey) or survey.status not in (Status.LIVE, Status.PAUSED):
        raise SurveyRefused([_("You cannot change this survey.")])
    questionnaire = questionnaire_of(survey)
    if problems := [one for one in findings(survey, questionnaire)]:
        raise SurveyRefused([problem.text for problem in problems])
    if what_changed(questionnaire_in(survey.version), questionnaire) == "nothing":
        raise SurveyRefused([_("Nothing has changed since it was published.")])
    _keep_version(survey, questionnaire, by=by, same_meaning=same_meaning)
    survey.updated_at = timezone.now()
    survey.save(update_fields=["version", "updated_at"])
    return survey.version


def _keep_version(survey: Survey, questionnaire: Questionnaire, *, by: Person | None, same_meaning: bool) -> None:
    last = survey.versions.order_by("number", "edition").last()
    told = questionnaire_in(last) if last else Questionnaire()
    if last is not None and what_changed(told, questionnaire) == "nothing":
        survey.version = last
        return
    number, edition = _next_number(survey, last, what_changed(told, questionnaire), same_meaning=same_meaning)
    is_same_consent = last is not None and dict(told.consent) == dict(questionnaire.consent)
    consent = (last.consent_number if last else 0) + (0 if is_same_consent or not questionnaire.consent else 1)
    survey.version = Version.objects.create(
        survey=survey,
        number=number,
        edition=edition,
        consent_number=consent,
        structure=to_json(questionnaire),
        made_by_id=by.pk if by else None,
    )
    record("survey.version_kept", survey, by=by, data={"version": number, "edition": edition, "consent": consent})


def _next_number(survey: Survey, last: Version | None, change: str, *, same_meaning: bool) -> tuple[int, int]:
    if last is None:
        return 1, 1
    is_harmless = change == "wording" and same_meaning
    if is_harmless or not has_begun(survey):
        return last.number, last.edition + 1
    return last.number + 1, 1


def has_begun(survey: Survey) -> bool:
    """Tell whether somebody has answered or begun to: from then on a change of meaning is a new version."""
    return survey.answer_count > 0 or survey.drafts.exists()
