"""Rounds that come by themselves: made when due, published if nothing is missing, and sent to their audience."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.choices import Role
from portal.accounts.models import Person
from portal.audit.services import record
from portal.registry.audiences import audiences
from surveys.choices import SERIES_MOVES, Act, RoundState, SeriesState, State
from surveys.emails import tell_round_held
from surveys.models import Round, Series, Survey
from surveys.rules.access import may_invite
from surveys.rules.publishing import findings
from surveys.rules.rounds import is_due, period_of
from surveys.selectors.structure import questionnaire_of
from surveys.services import inviting, states
from surveys.services.building import duplicate
from surveys.services.refusals import SurveyRefused

# Mail to those responsible goes to a handful, not to a whole ministry.
MOST_TOLD = 50


@transaction.atomic
def begin_series(survey: Survey, *, by: Person, **wanted: Any) -> Series:
    """Let a survey be asked again and again, from a day on. Raises ``SurveyRefused``."""
    survey = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    if not may_invite(by, survey):
        raise SurveyRefused([_("You cannot invite to this survey.")])
    if wanted["audience"] not in audiences:
        raise SurveyRefused([_("Choose whom to invite.")])
    if Series.objects.filter(survey=survey).exists() or Round.objects.filter(survey=survey).exists():
        raise SurveyRefused([_("This survey belongs to a series already.")])
    series = Series.objects.create(survey=survey, by=by, **wanted)
    record("series.created", series, by=by, data={"every": series.every, "audience": series.audience})
    return series


@transaction.atomic
def move_series(series: Series, to: SeriesState, *, by: Person) -> Series:
    """Pause a series, let it go on, or end it. Raises ``SurveyRefused``."""
    series = Series.objects.select_for_update(no_key=True, of=("self",)).select_related("survey").get(pk=series.pk)
    if not may_invite(by, series.survey):
        raise SurveyRefused([_("You cannot change this survey.")])
    if to not in SERIES_MOVES[SeriesState(series.state)]:
        raise SurveyRefused([_("Not done: it stands otherwise by now. Look at it again.")])
    series.state = to
    series.save(update_fields=["state"])
    record(_VERBS[to], series, by=by)
    return series


_VERBS = {
    SeriesState.ACTIVE: "series.resumed",
    SeriesState.PAUSED: "series.paused",
    SeriesState.ENDED: "series.ended",
}


def tick(moment: datetime | None = None) -> int:
    """Make what is due and is not there yet; return how many rounds. Twice, or late, it does the same."""
    today = timezone.localdate(moment or timezone.now())
    active = Series.objects.filter(state=SeriesState.ACTIVE).order_by("pk")
    due = [one for one in active if is_due(today, one.every, one.day, one.begins_on)]
    known = set(Round.objects.filter(series__in=due).values_list("series_id", "period"))
    wanted = [one for one in due if (one.pk, period_of(today, one.every)) not in known]
    return sum(make_round(one.pk, period_of(today, one.every)) is not None for one in wanted)


@transaction.atomic
def make_round(series_id: int, period: str) -> Round | None:
    """Make the round of one period; None where it is there, is being made, or the series was stopped meanwhile."""
    rows = Series.objects.select_for_update(no_key=True, of=("self",), skip_locked=True).select_related("survey")
    series = rows.filter(pk=series_id, state=SeriesState.ACTIVE).first()
    if series is None or series.rounds.filter(period=period).exists():
        return None
    survey = _next_of(_last_of(series), series.open_days)
    problems = [one.text for one in findings(survey, questionnaire_of(survey))]
    state = RoundState.HELD if problems else RoundState.PUBLISHED
    made = Round.objects.create(series=series, period=period, survey=survey, state=state, problems=problems)
    record("round.made", made, by=None, data={"survey": survey.code, "period": period, "state": str(state)})
    if problems:
        for person in responsible(series):
            tell_round_held(person, made)
    else:
        _publish(made)
    return made


def _last_of(series: Series) -> Survey:
    last = series.rounds.select_related("survey").order_by("-pk").first()
    return last.survey if last else series.survey


def _next_of(last: Survey, open_days: int) -> Survey:
    survey = duplicate(last, by=None, is_next_round=True)
    survey.opens_at = timezone.now()
    survey.closes_at = survey.opens_at + timedelta(days=open_days)
    survey.save(update_fields=["opens_at", "closes_at"])
    return survey


def _publish(made: Round) -> None:
    """Publish a round, close the last one if it is still open, and invite."""
    last = made.survey.previous
    if last is not None and last.state in (State.OPEN, State.PAUSED):
        states.move(last, Act.CLOSE, by=None)
    survey = states.move(made.survey, Act.PUBLISH, by=None)
    inviting.begin_sending(
        survey, by=None, audience=made.series.audience, parameters=made.series.parameters, is_automatic=True
    )


def responsible(series: Series) -> Iterable[Person]:
    """Return who edits for the body or manages it, and who set the series up."""
    roles = (Role.EDITOR, Role.MANAGER)
    body = series.survey.organisation_id
    found = Person.objects.filter(memberships__organisation=body, memberships__role__in=roles) | Person.objects.filter(
        pk=series.by_id
    )
    return found.filter(is_active=True).distinct().order_by("pk")[:MOST_TOLD]
