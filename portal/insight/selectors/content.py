"""All that a monthly report says, ready for its template, in the active language."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.insight.choices import Unit
from portal.insight.models import KpiDefinition, ReportNote
from portal.insight.selectors.bodies import Comparison, comparison
from portal.insight.selectors.figures import Figures, month_figures, part_labels, says_something
from portal.insight.selectors.notes import notes_in_force
from portal.insight.selectors.periods import is_running, months_before
from portal.insight.selectors.tables import Part, Row, measured_definitions, monthly_table, parts_of
from portal.registry import kpis
from portal.text import localised

TILES = ("participants", "comments", "response_share", "decision_hours")
# Who took part, and who opened an account.
PEOPLE = (
    "participants_by_history",
    "participants_by_kind",
    "participants_by_language",
    "participants_by_channel",
    "sign_ups_by_kind",
    "sign_ups_by_language",
    "sign_ups_by_channel",
)
CONSULTATIONS_SHOWN = 10


@dataclass(frozen=True)
class Late:
    """A consultation whose response is overdue."""

    title: str
    days: str


@dataclass(frozen=True)
class Breakdown:
    """An indicator by part."""

    title: str
    heading: str
    parts: list[Part]


@dataclass(frozen=True)
class Note:
    """What a manager says to the month, in the language it was written in; ``body`` is empty for all bodies."""

    body: str
    author: str
    note: ReportNote


@dataclass(frozen=True)
class Definition:
    """What an indicator means, in the reader's language."""

    name: str
    definition: str
    formula: str
    method: str
    unit: str
    owner: str
    target: str
    review_on: date | None
    is_measured: bool


@dataclass(frozen=True)
class ReportContent:
    """A month of one body, or of all. ``taken_at`` is the moment of the data, ``prepared_at`` that of the report.

    An empty month has no rows.
    """

    month: date
    previous: date
    body: str
    publisher: str
    is_demo: bool
    taken_at: datetime
    prepared_at: datetime
    is_running: bool
    is_empty: bool
    notes: list[Note]
    rows: list[Row]
    tiles: list[Row]
    overdue: list[Late]
    response_weeks: int
    people: list[Breakdown]
    consultations: list[Part]
    consultations_left_out: int
    bodies: Comparison | None
    languages: list[Part]
    grounds: list[Part]
    states: list[Part]
    definitions: list[Definition]


def report_content(month: date, scope: Organisation | None) -> ReportContent:
    """Gather a report; call it under the report's language."""
    found, taken_at = month_figures(month, scope)
    is_empty = not says_something(found, measured_definitions())
    rows = [] if is_empty else monthly_table(month, scope, found)
    by_code = {row.definition.source: row for row in rows}
    return ReportContent(
        month=month,
        previous=months_before(month, 1),
        body=localised(scope, "name")[0] if scope else "",
        publisher=_publisher(),
        is_demo=settings.DEMO,
        taken_at=taken_at,
        prepared_at=timezone.now(),
        is_running=is_running(month),
        is_empty=is_empty,
        notes=[_note(each) for each in notes_in_force(month, scope)],
        rows=rows,
        tiles=[by_code[code] for code in TILES if code in by_code],
        response_weeks=settings.CONSULTATION_RESPONSE_WEEKS,
        bodies=None if scope or is_empty else comparison(month, [row.definition for row in rows]),
        definitions=[] if is_empty else [_definition(each) for each in KpiDefinition.objects.select_related("owner")],
        **_parts(found, by_code),
    )


def _parts(found: Figures, rows: dict[str, Row]) -> dict[str, Any]:
    on_consultations = found.get("consultation_comments", [])
    return {
        "overdue": _overdue(found),
        "people": [_breakdown(found, code, rows) for code in PEOPLE if found.get(code)],
        "consultations": parts_of(found, "consultation_comments", CONSULTATIONS_SHOWN),
        "consultations_left_out": max(0, len(on_consultations) - CONSULTATIONS_SHOWN),
        "languages": parts_of(found, "comment_languages"),
        "grounds": parts_of(found, "decisions_by_ground"),
        "states": parts_of(found, "consultations_by_state"),
    }


def _publisher() -> str:
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    return localised(ministry, "name")[0] if ministry else ""


def _overdue(found: Figures) -> list[Late]:
    late = found.get("overdue_responses", [])
    titles = part_labels("overdue_responses", [each.dimension for each in late])
    return [Late(titles[each.dimension], Unit.DAYS.show(each.value)) for each in late]


def _breakdown(found: Figures, code: str, rows: dict[str, Row]) -> Breakdown:
    row = rows.get(kpis[code].of)
    return Breakdown(row.name if row else "", str(kpis[code].heading), parts_of(found, code))


def _note(note: ReportNote) -> Note:
    body = localised(note.organisation, "name")[0] if note.organisation else ""
    return Note(body=body, author=note.author.public_name, note=note)


def _definition(kpi: KpiDefinition) -> Definition:
    texts = {name: localised(kpi, name)[0] for name in ("name", "definition", "formula", "method")}
    return Definition(
        **texts,
        unit=str(kpi.get_unit_display()),
        owner=localised(kpi.owner, "name")[0],
        target="" if kpi.target is None else Unit(kpi.unit).show(kpi.target),
        review_on=kpi.review_on,
        is_measured=bool(kpi.source),
    )
