"""The published figures as data: rows for CSV, and the same with its description for JSON."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.insight.models import KpiDefinition
from portal.insight.selectors.figures import part_labels
from portal.insight.selectors.periods import is_running
from portal.insight.selectors.published import Key, Published, body_names, parts_of_whole, published
from portal.registry import kpis
from portal.text import localised

# Names of columns are the same in every language, so that a program that reads one reads all.
COLUMNS = (
    *("indicator", "name", "month", "body", "body_name", "divided_by", "part", "part_name"),
    *("value", "unit", "numerator", "denominator", "cases", "status"),
)
_SUPPRESSED, _PROVISIONAL = "suppressed", "provisional"

Record = dict[str, Any]


def records(definitions: list[KpiDefinition]) -> list[Record]:
    """Return a record for each figure of each month, the oldest first, with names in the active language."""
    found = published(definitions)
    bodies = body_names({body for _code, body, _part in found.figures if body is not None})
    made = [record for each in definitions if each.source for record in _of(each, found, bodies)]
    return sorted(made, key=lambda record: (record["indicator"], record["month"], record["body"]))


def _of(definition: KpiDefinition, found: Published, bodies: dict[int, Organisation]) -> Iterator[Record]:
    name = localised(definition, "name")[0]
    codes = dict.fromkeys([definition.source, *parts_of_whole(definition.source)])
    for code in codes:
        keys = [key for key in found.figures if key[0] == code and (key[1] is None or key[1] in bodies)]
        labels = part_labels(code, sorted({part for _code, _body, part in keys if part}))
        unit = getattr(kpis[code], "unit", "") or definition.unit
        for key in keys:
            body = bodies.get(key[1]) if key[1] else None
            place = {
                "indicator": definition.code,
                "name": name,
                "body": body.code if body else "",
                "body_name": localised(body, "name")[0] if body else gettext("All bodies"),
                "divided_by": str(getattr(kpis[code], "heading", "")) if key[2] else "",
                "part": key[2],
                "part_name": labels.get(key[2], ""),
                "unit": unit,
            }
            for month in found.figures[key]:
                yield {**place, **_numbers(found, key, month)}


def _numbers(found: Published, key: Key, month: date) -> Record:
    figure = found.figure(key, month)
    status = _SUPPRESSED if found.is_small(key, month) else _PROVISIONAL if is_running(month) else ""
    return {
        "month": f"{month:%Y-%m}",
        "value": _plain(figure.value),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "cases": figure.n,
        "status": status,
    }


def _plain(value: float | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if float(value).is_integer() else round(value, 4)


def licence() -> Record:
    """Return the licence under which the data may be used by anybody."""
    return {"name": settings.OPEN_DATA_LICENCE, "url": settings.OPEN_DATA_LICENCE_URL}


def description(definitions: list[KpiDefinition]) -> Record:
    """Return what has to be known of the data: whose it is, under what licence, and what each indicator means."""
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    return {
        "title": gettext("Statistics of public participation"),
        "publisher": localised(ministry, "name")[0] if ministry else gettext("Sawt"),
        "language": get_language(),
        "licence": licence(),
        "time_zone": settings.TIME_ZONE,
        "is_demonstration": settings.DEMO,
        "status": {
            _SUPPRESSED: gettext("Withheld, because so small a number could point to somebody."),
            _PROVISIONAL: gettext("The month is not over: the figures so far."),
        },
        "smallest_number_published_of_people": settings.STATISTICS_SMALLEST_CELL,
        "indicators": [_meaning(each) for each in definitions],
    }


def _meaning(definition: KpiDefinition) -> Record:
    texts = {name: localised(definition, name)[0] for name in ("name", "definition", "formula", "method")}
    return {
        "code": definition.code,
        **texts,
        "unit": definition.unit,
        "owner": localised(definition.owner, "name")[0],
        "better": definition.direction,
        "target": _plain(None if definition.target is None else float(definition.target)),
        "next_review": definition.review_on.isoformat() if definition.review_on else None,
        "is_measured": definition.source in kpis,
    }
