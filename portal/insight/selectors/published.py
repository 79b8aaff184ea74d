"""Figures as everybody may see them: those staff have published, without numbers that could point to somebody.

Read from the snapshots alone: a visitor's page never measures anything.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.accounts.models import Organisation
from portal.insight.models import KpiDefinition, Snapshot
from portal.pages.selectors.judged import judged_rows
from portal.registry import Figure, MeasuredKpi, PartedKpi, kpis

# Code, body (None for all), part (empty for the whole).
Key = tuple[str, int | None, str]
_NOTHING = Figure(value=None)


@dataclass(frozen=True)
class Published:
    """Figures by key and month. ``small`` are those withheld: their place is there, their number is not."""

    figures: dict[Key, dict[date, Figure]] = field(default_factory=dict)
    small: set[tuple[Key, date]] = field(default_factory=set)
    updated: datetime | None = None

    def figure(self, key: Key, month: date) -> Figure:
        """Return a figure; without a value where it is withheld or was never taken."""
        return _NOTHING if self.is_small(key, month) else self.figures.get(key, {}).get(month, _NOTHING)

    def is_small(self, key: Key, month: date) -> bool:
        """Tell whether the number is withheld."""
        return (key, month) in self.small

    def has(self, key: Key, month: date) -> bool:
        """Tell whether the figure was taken at all."""
        return month in self.figures.get(key, {})

    def parts(self, code: str, month: date, body: int | None = None) -> list[str]:
        """Return the parts of a month in the order in which they were taken."""
        return [part for (of, at, part), taken in self.figures.items() if of == code and at == body and month in taken]

    def bodies(self, code: str) -> list[int]:
        """Return the bodies of which an undivided indicator was ever taken."""
        return [body for (of, body, part) in self.figures if of == code and body is not None and not part]


def public_definitions() -> QuerySet[KpiDefinition]:
    """Return the indicators staff have published, measured or not."""
    return KpiDefinition.objects.filter(is_public=True).select_related("owner")


JUDGED = judged_rows(
    _("Indicator"),
    public_definitions,
    by="code",
    titled="name",
    owner="owner_id",
    path=lambda kpi: reverse("insight:indicator", args=[kpi.code]),
)


def parts_of_whole(code: str) -> list[str]:
    """Return the codes of the indicators that divide this one; itself where it is divided."""
    own = [code] if isinstance(kpis.get(code), PartedKpi) else []
    return own + [other for other, entry in kpis.items() if isinstance(entry, PartedKpi) and entry.of == code]


def published(definitions: Iterable[KpiDefinition], months: list[date] | None = None) -> Published:
    """Return the figures of these indicators and their parts, of all months unless some are named."""
    codes = {code for each in definitions if each.source for code in (each.source, *parts_of_whole(each.source))}
    rows = Snapshot.objects.filter(code__in=codes).order_by("month", "pk")
    if months is not None:
        rows = rows.filter(month__in=months)
    found = Published(updated=max((row.taken_at for row in rows), default=None))
    for row in rows:
        if not _stays_inside(row):
            figure = Figure(row.value, row.numerator, row.denominator, row.n, row.dimension)
            found.figures.setdefault((row.code, row.organisation_id, row.dimension), {})[row.month] = figure
    for group in _groups(found):
        found.small.update(_withheld(group))
    return found


def _about_people(code: str) -> bool:
    entry = kpis.get(code)
    return isinstance(entry, MeasuredKpi) and entry.about_people


def _stays_inside(row: Snapshot) -> bool:
    """Tell whether a figure is too fine to be published at all: people by part of one body."""
    return bool(row.dimension) and row.organisation_id is not None and _about_people(row.code)


Group = dict[tuple[Key, date], Figure]


def _groups(found: Published) -> list[Group]:
    """Return what adds up to something that is published too: parts of a month, bodies of a month."""
    groups: dict[tuple[str, date, str], Group] = defaultdict(dict)
    for key, months in found.figures.items():
        code, body, part = key
        if _about_people(code):
            sort = "parts" if part else "whole" if body is None else "bodies"
            for month, figure in months.items():
                groups[code, month, sort][key, month] = figure
    return list(groups.values())


def _withheld(group: Group) -> set[tuple[Key, date]]:
    """Return the small numbers, and so many of the next smallest that none of them is what is left of the sum."""
    smallest = settings.STATISTICS_SMALLEST_CELL
    hidden = {place for place, figure in group.items() if _is_small(figure, smallest)}
    shown = sorted((figure.value, str(place), place) for place, figure in group.items() if figure.value)
    rest = [(value, place) for value, _order, place in shown if place not in hidden]
    while hidden and rest and (len(hidden) == 1 or sum(group[place].value or 0 for place in hidden) < smallest):
        hidden.add(rest.pop(0)[1])
    return hidden


def _is_small(figure: Figure, smallest: int) -> bool:
    if figure.denominator is not None:
        rest = figure.denominator - (figure.numerator or 0)
        return any(0 < count < smallest for count in (figure.denominator, figure.numerator or 0, rest))
    return figure.value is not None and 0 < figure.value < smallest


def body_names(ids: Iterable[int]) -> dict[int, Organisation]:
    """Return the bodies by id, in their order."""
    return {body.pk: body for body in Organisation.objects.public_bodies().filter(pk__in=list(ids))}


def small_words() -> str:
    """Return what stands in the place of a number that is withheld."""
    smallest = settings.STATISTICS_SMALLEST_CELL
    return ngettext("fewer than %(count)s", "fewer than %(count)s", smallest) % {"count": smallest}
