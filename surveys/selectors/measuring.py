"""What indicators count in surveys: answers, beginnings and invitations of a period, by body, language and channel.

Answers know their week and nothing finer. A week counts for the period in which its last day lies, once it is over: so
nothing comes out by taking one moment's figures from the next one's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum
from django.utils import timezone

from portal.registry import Period
from surveys.choices import ENTERED
from surveys.models import PageCount, Rollup, Version
from surveys.rules.withholding import SMALLEST, guard, withheld_in_line
from surveys.selectors.inviting import response_by_group
from surveys.selectors.results_method import headlines
from surveys.selectors.structure import questionnaire_in

# As ``services.counting`` writes them.
BEGUN, HANDED_IN = "", "="
WEEK = timedelta(days=7)
LANGUAGE, CHANNEL = "language", "channel"
# By body, language and channel.
Group = tuple[int, str, str]
Cells = dict[Group, Counter[Any]]


def weeks_in(period: Period) -> Q:
    """Return the condition of weeks, named by their Mondays, that end in the period and are over."""
    start, end = timezone.localdate(period.start), timezone.localdate(period.end)
    return Q(week__gt=start - WEEK, week__lte=min(end, timezone.localdate()) - WEEK)


def points_in(period: Period, figure: str) -> Cells:
    """Count the points given to the question of each survey that stands for a figure: ``csat``, ``nps`` or ``ces``."""
    rows = Rollup.objects.filter(weeks_in(period), row="", count__gt=0).exclude(option="")
    asked = {(survey, number): headlines(questionnaire).get(figure) for survey, number, questionnaire in _asked(rows)}
    wanted = [(key, question.code) for key, question in asked.items() if question]
    cells: Cells = defaultdict(Counter)
    names = ("survey_id", "number", "question", "survey__organisation", "language", "channel", "option")
    chosen = rows.filter(question__in={code for _key, code in wanted}).order_by().values_list(*names)
    for survey, number, code, *group, option, count in chosen.annotate(answers=Sum("count")):
        if ((survey, number), code) in wanted:
            cells[tuple(group)][int(option)] += count
    return cells


def _asked(rows: QuerySet[Rollup]) -> Iterable[tuple[int, int, Any]]:
    """Give what was asked in each number of a survey that has answers here, by its last wording."""
    surveys = rows.order_by().values("survey")
    last = Version.objects.filter(survey__in=surveys).order_by().values("survey", "number").annotate(key=Max("pk"))
    # What a version asks is read once in each process, and never changes.
    for version in Version.objects.filter(pk__in=last.values("key")).defer("structure"):
        yield version.survey_id, version.number, questionnaire_in(version)


def completion_in(period: Period) -> Cells:
    """Count those who began by themselves and those who handed in: what staff enter is whole."""
    rows = PageCount.objects.filter(weeks_in(period), page__in=[BEGUN, HANDED_IN]).exclude(channel__in=ENTERED)
    cells: Cells = defaultdict(Counter)
    names = ("survey__organisation", "language", "channel", "page")
    for *group, page, count in rows.order_by().values_list(*names).annotate(people=Sum("count")):
        cells[tuple(group)]["done" if page else "begun"] += count
    return cells


def response_in(period: Period) -> Cells:
    """Count invitations of the period that arrived, and those of them that were answered until now."""
    return {
        (body, language, ""): Counter(delivered=delivered, answered=answered)
        for body, language, delivered, answered in response_by_group(period.start, period.end)
    }


def total_of(cells: Cells, scope: Any, people: Callable[[Counter[Any]], int]) -> Counter[Any] | None:
    """Return everything together, of one body or (None) of all; None where so few are behind it that it is withheld."""
    by_body = _summed(cells, lambda group: group[0])
    counts = {body: people(counted) for body, counted in by_body.items()}
    if sum(counts.values()) < SMALLEST:
        return None
    if scope is None:
        return _together(by_body.values())
    return None if scope.pk in withheld_in_line(counts) else by_body.get(scope.pk)


def parts_of(
    cells: Cells, scope: Any, part: str, people: Callable[[Counter[Any]], int]
) -> dict[str, Counter[Any] | None]:
    """Return what is counted by language or channel; None in place of what is withheld.

    What is withheld cannot be worked out from other parts, other bodies or their sums.
    """
    place = 1 if part == LANGUAGE else 2
    found = _summed(cells, lambda group: (group[0], group[place]))
    bodies, codes = sorted({body for body, _code in found}), sorted({code for _body, code in found})
    table = [[people(found.get((body, code), Counter())) for code in codes] for body in bodies]
    by_code = {code: sum(line[column] for line in table) for column, code in enumerate(codes)}
    hidden = withheld_in_line(by_code)
    if scope is None:
        whole = _summed(cells, lambda group: group[place])
        return {code: None if code in hidden else whole[code] for code in codes}
    if scope.pk not in bodies:
        return {}
    withheld = withheld_in_line({body: sum(line) for body, line in zip(bodies, table, strict=True)})
    guarded = guard(
        table,
        hidden_lines=[bodies.index(body) for body in withheld],
        hidden_tops=[codes.index(code) for code in hidden],
    )
    line = bodies.index(scope.pk)
    return {
        code: None if guarded.shown(line, column) is None else found[scope.pk, code]
        for column, code in enumerate(codes)
        if (scope.pk, code) in found
    }


def _summed(cells: Cells, key: Callable[[Group], Any]) -> dict[Any, Counter[Any]]:
    found: dict[Any, Counter[Any]] = defaultdict(Counter)
    for group, counted in cells.items():
        found[key(group)].update(counted)
    return dict(found)


def _together(counted: Iterable[Mapping[Any, int]]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for one in counted:
        found.update(one)
    return found
