"""All that a monthly report says, ready for its template, in the active language."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.insight.choices import Unit
from portal.insight.models import KpiDefinition
from portal.insight.selectors.figures import Figures, figures, part_label, says_something
from portal.insight.selectors.periods import is_running, month_period, months_before
from portal.insight.selectors.tables import Part, Row, measured_definitions, monthly_table, parts_of
from portal.text import localised

TILES = ("participants", "comments", "response_share", "decision_hours")


@dataclass(frozen=True)
class Late:
    """A consultation whose response is overdue."""

    title: str
    days: str


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
    """A month of one body, or of all. ``taken_at`` is the moment of the data; an empty month has no rows."""

    month: date
    previous: date
    body: str
    publisher: str
    is_demo: bool
    taken_at: datetime
    is_running: bool
    is_empty: bool
    rows: list[Row]
    tiles: list[Row]
    overdue: list[Late]
    response_weeks: int
    languages: list[Part]
    grounds: list[Part]
    states: list[Part]
    definitions: list[Definition]


def report_content(month: date, scope: Organisation | None) -> ReportContent:
    """Gather a report; call it under the report's language."""
    taken_at = timezone.now()
    found = figures(month_period(month), scope)
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
        is_running=is_running(month),
        is_empty=is_empty,
        rows=rows,
        tiles=[by_code[code] for code in TILES if code in by_code],
        overdue=_overdue(found),
        response_weeks=settings.CONSULTATION_RESPONSE_WEEKS,
        languages=parts_of(found, "comment_languages"),
        grounds=parts_of(found, "decisions_by_ground"),
        states=parts_of(found, "consultations_by_state"),
        definitions=[] if is_empty else [_definition(each) for each in KpiDefinition.objects.select_related("owner")],
    )


def _publisher() -> str:
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    return localised(ministry, "name")[0] if ministry else ""


def _overdue(found: Figures) -> list[Late]:
    late = found.get("overdue_responses", [])
    return [Late(part_label("overdue_responses", each.dimension), Unit.DAYS.show(each.value)) for each in late]


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
