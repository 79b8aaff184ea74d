"""The bodies of the ministry beside each other, in one month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.accounts.models import Organisation
from portal.insight.choices import Unit
from portal.insight.models import KpiDefinition, Snapshot
from portal.insight.selectors.figures import measure_some, whole
from portal.insight.selectors.periods import is_final, month_period
from portal.text import localised

# What bodies are compared by: few enough for one page, counts beside promises kept.
COLUMNS = (
    "participants",
    "comments",
    "official_replies",
    "consultations_open",
    "response_share",
    "responses_overdue",
    "decision_hours",
)

Values = dict[str, float | None]


@dataclass(frozen=True)
class BodyRow:
    """A body, and its figures as they are shown."""

    name: str
    cells: list[str]


@dataclass(frozen=True)
class Comparison:
    """The table: the indicators' names, and a row for each body that saw anything at all."""

    columns: list[str]
    rows: list[BodyRow]
    others: list[str]


def comparison(month: date, definitions: Iterable[KpiDefinition]) -> Comparison:
    """Compare the bodies; those of which nothing is to be told are named as such."""
    by_source = {each.source: each for each in definitions}
    columns = [by_source[code] for code in COLUMNS if code in by_source]
    bodies = list(Organisation.objects.public_bodies())
    values = _values(month, bodies, [each.source for each in columns])
    return Comparison(
        columns=[localised(each, "name")[0] for each in columns],
        rows=[
            BodyRow(_name(body), [Unit(each.unit).show(values[body.pk].get(each.source)) for each in columns])
            for body in bodies
            if any(values[body.pk].values())
        ],
        others=[_name(body) for body in bodies if not any(values[body.pk].values())],
    )


def _values(month: date, bodies: list[Organisation], codes: list[str]) -> dict[int, Values]:
    """Return what was taken of a month that is over, else measure it."""
    found: dict[int, Values] = {body.pk: {} for body in bodies}
    if is_final(month):
        taken = Snapshot.objects.filter(month=month, code__in=codes, organisation__in=bodies, dimension="")
        for organisation, code, value in taken.values_list("organisation", "code", "value"):
            found[organisation][code] = value
    return {body.pk: found[body.pk] or _measured(month, body, codes) for body in bodies}


def _measured(month: date, body: Organisation, codes: list[str]) -> Values:
    found = measure_some(codes, month_period(month), body)
    return {code: whole(found, code).value for code in found}


def _name(body: Organisation) -> str:
    return localised(body, "name")[0] or body.code
