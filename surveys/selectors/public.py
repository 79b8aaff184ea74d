"""What everybody reads of surveys: lists, and when one of them changes by date alone."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone

from surveys.choices import Audience, State, Status
from surveys.models import Survey
from surveys.rules.shapes import Questionnaire

# Seconds that a question takes, as a rule; texts take longer and are mostly left out.
SECONDS_EACH = 12
LISTED = {"open": State.OPEN, "coming": State.SCHEDULED, "over": State.CLOSED}


@dataclass(frozen=True)
class Listed:
    """A list of surveys: those of one state, and how many each state has."""

    state: str
    surveys: QuerySet[Survey]
    counts: dict[str, int]


def listed(wanted: str) -> Listed:
    """Return the public surveys that are open, coming or over; the open ones for a word that means none of these."""
    state, now = wanted if wanted in LISTED else "open", timezone.now()
    by_state = {name: _in(name, now) for name in LISTED}
    order = [F("closes_at").asc(nulls_last=True), "id"] if state == "open" else ["opens_at", "id"]
    if state == "over":
        order = [F("closes_at").desc(nulls_last=True), "-id"]
    counts = {name: rows.count() for name, rows in by_state.items()}
    return Listed(state, by_state[state].select_related("organisation").order_by(*order), counts)


def _in(name: str, now: datetime) -> QuerySet[Survey]:
    rows = Survey.objects.public().in_state(LISTED[name], now)
    return rows | Survey.objects.public().in_state(State.RESULTS, now) if name == "over" else rows


def next_turn(moment: datetime) -> datetime | None:
    """Return when a published survey next opens or closes."""
    live = Survey.objects.filter(status=Status.LIVE).filter(Q(opens_at__gt=moment) | Q(closes_at__gt=moment))
    found = live.aggregate(
        opens=Min("opens_at", filter=Q(opens_at__gt=moment)), closes=Min("closes_at", filter=Q(closes_at__gt=moment))
    )
    return min((one for one in found.values() if one is not None), default=None)


def minutes_for(questionnaire: Questionnaire) -> int:
    """Return how long it takes, in whole minutes: every question that is always shown, a table by its lines."""
    asked = [
        len(question.rows) or 1
        for page in questionnaire.pages
        for question in page.questions
        if question.asks and not (question.show_if or page.show_if)
    ]
    return max(1, round(sum(asked) * SECONDS_EACH / 60))


def needs_account(survey: Survey) -> bool:
    """Tell whether nobody answers without being signed in."""
    return survey.audience not in (Audience.EVERYONE, Audience.INVITED)
