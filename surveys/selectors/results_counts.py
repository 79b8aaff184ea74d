"""What results are made of, read from the counters: a fixed number of queries, however many questions there are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum

from portal.insight.querysets import Median
from surveys.choices import QuestionKind, SheetState
from surveys.models import Answer, PageCount, Rollup, Sheet, Survey
from surveys.rules.seeing import ByGroup
from surveys.rules.significance import Sums
from surveys.selectors.results_shape import Filters

# Names of filters and of the columns that hold them.
COLUMNS = {"language": "language", "channel": "channel", "kind": "organisation_kind", "week": "week"}
VALUE_KINDS = frozenset({QuestionKind.NUMBER, QuestionKind.DATE})


@dataclass(frozen=True)
class Scope:
    """Which sheets are read: a version's, narrowed by filters; ``dimension`` is by what they are counted apart."""

    survey: Survey
    number: int
    filters: Filters = field(default_factory=Filters)
    dimension: str = ""

    def conditions(self, prefix: str = "") -> dict[str, Any]:
        """Return the filters as conditions on columns."""
        filters = self.filters
        found: dict[str, Any] = {f"{prefix}survey": self.survey, f"{prefix}number": self.number}
        # What is counted apart is not narrowed: a guarded view is a part of its whole.
        if self.dimension:
            return found
        for name, column in COLUMNS.items():
            if value := getattr(filters, name):
                found[prefix + column] = value
        if filters.since:
            found[f"{prefix}week__gte"] = monday(filters.since)
        if filters.until:
            found[f"{prefix}week__lte"] = filters.until
        return found

    def group(self, prefix: str = "") -> list[str]:
        """Return the column by which is counted apart, if any."""
        return [prefix + COLUMNS[self.dimension]] if self.dimension else []


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class SheetCount:
    """So many sheets of one language, channel, kind of organisation and week."""

    language: str
    channel: str
    kind: str
    week: date
    count: int


@dataclass(frozen=True)
class SheetCounts:
    """All sheets of a version."""

    rows: list[SheetCount]

    def by(self, dimension: str) -> dict[str, int]:
        """Return the sheets by the values of a dimension, weeks as ISO dates."""
        found: dict[str, int] = defaultdict(int)
        for row in self.rows:
            found[str(getattr(row, dimension))] += row.count
        return dict(sorted(found.items()))

    def among(self, filters: Filters) -> int:
        """Return how many pass the filters."""
        return sum(row.count for row in self.rows if _passes(row, filters))

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(row.count for row in self.rows)


def _passes(row: SheetCount, filters: Filters) -> bool:
    named = all(getattr(filters, name) in ("", None, getattr(row, name)) for name in COLUMNS)
    since = filters.since is None or row.week >= monday(filters.since)
    return named and since and (filters.until is None or row.week <= filters.until)


def sheet_counts(survey: Survey, number: int) -> SheetCounts:
    """Count the sheets of a version."""
    rows = Sheet.objects.counted().filter(survey=survey, number=number).order_by()
    found = rows.values_list("language", "channel", "organisation_kind", "week").annotate(count=Count("pk"))
    return SheetCounts([SheetCount(*row) for row in found])


def median_minutes(scope: Scope) -> tuple[float | None, int]:
    """Return the median of the minutes that an answer took, and of how many sheets it is known."""
    rows: QuerySet = Sheet.objects.counted().filter(minutes__isnull=False, **scope.conditions())
    if scope.dimension:
        rows = rows.filter(**{COLUMNS[scope.dimension]: getattr(scope.filters, scope.dimension)})
    found = rows.aggregate(median=Median("minutes"), known=Count("pk"))
    return found["median"], found["known"]


Code = tuple[str, str, str]


@dataclass(frozen=True)
class Tallies:
    """The counters by question, line and choice, and by the values of the dimension."""

    counts: dict[Code, dict[str, int]]
    sums: dict[Code, dict[str, Sums]]

    def of(self, question: str, row: str = "", option: str = "") -> ByGroup:
        """Return one counter by the values of the dimension."""
        return self.counts.get((question, row, option), {})

    def sums_of(self, question: str, groups: Iterable[str] | None = None) -> Sums:
        """Return the sums of a question's numbers, of all values of the dimension or of some."""
        found = self.sums.get((question, "", ""), {})
        wanted = [found[group] for group in (found if groups is None else groups) if group in found]
        return Sums(sum(one.n for one in wanted), sum(one.total for one in wanted), sum(one.squares for one in wanted))


def tallies(scope: Scope) -> Tallies:
    """Read the counters."""
    rows = Rollup.objects.filter(**scope.conditions()).order_by()
    columns = ["question", "row", "option", *scope.group()]
    sums = {"n": Sum("count"), "added": Sum("total"), "squared": Sum("squares")}
    counts: dict[Code, dict[str, int]] = defaultdict(dict)
    found: dict[Code, dict[str, Sums]] = defaultdict(dict)
    for question, row, option, *group, n, added, squared in rows.values_list(*columns).annotate(**sums):
        name = str(group[0]) if group else ""
        counts[question, row, option][name] = n
        found[question, row, option][name] = Sums(n, float(added), float(squared))
    return Tallies(counts, found)


# Values of numbers and dates, each with its count by the values of the dimension.
Values = dict[Any, dict[str, int]]


def values_of(scope: Scope, questions: Iterable[str]) -> dict[str, Values]:
    """Read which numbers and dates were given: counters hold their sums alone."""
    codes = list(questions)
    if not codes:
        return {}
    rows = Answer.objects.filter(question__in=codes, **scope.conditions("sheet__"))
    rows = rows.exclude(sheet__state=SheetState.REFUSED).order_by()
    columns = ["question", "number", "day", *scope.group("sheet__")]
    found: dict[str, Values] = defaultdict(lambda: defaultdict(dict))
    for question, number, day, *group, count in rows.values_list(*columns).annotate(count=Count("pk")):
        value = day if number is None else float(number)
        if value is not None:
            found[question][value][str(group[0]) if group else ""] = count
    return found


@dataclass(frozen=True)
class PageCounts:
    """How many saved each page; ``""`` are those who began, ``=`` those who handed in."""

    counts: dict[str, int]
    # Organisations are not known of those who have not handed in.
    is_known: bool = True


def page_counts(scope: Scope) -> PageCounts:
    """Read how far people came."""
    filters = scope.filters
    if filters.kind:
        return PageCounts({}, is_known=False)
    rows = PageCount.objects.filter(**scope.conditions())
    if scope.dimension:
        rows = rows.filter(**{COLUMNS[scope.dimension]: getattr(filters, scope.dimension)})
    return PageCounts(dict(rows.order_by().values_list("page").annotate(n=Sum("count"))))


def stamp_of(survey: Survey) -> str:
    """Return a text that changes whenever a sheet came in or was taken out."""
    found = survey.page_counts.aggregate(n=Sum("count"), rows=Count("pk"))
    return f"{found['n'] or 0}.{found['rows']}.{survey.answer_count}.{survey.updated_at:%Y%m%d%H%M%S%f}"
