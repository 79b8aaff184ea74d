"""Two questions against each other, from the answers themselves. Never three: in guarded results no filter is given."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, FilteredRelation, Q
from django.utils.translation import gettext, pgettext

from surveys.choices import ONE_OPTION_KINDS, POINTS, QuestionKind
from surveys.models import Sheet, Survey
from surveys.rules import significance
from surveys.rules.seeing import view_of
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.withholding import SMALLEST, guard
from surveys.selectors.drawing import Words, words_of
from surveys.selectors.results import STAFF, NotOffered, is_guarded
from surveys.selectors.results_counts import Scope, tallies
from surveys.selectors.results_questions import Source, seen_in
from surveys.selectors.results_shape import Filters
from surveys.selectors.results_words import BANDS, choices_of, in_language

# What stands for those who left a question out.
NONE = ""


@dataclass(frozen=True)
class Variable:
    """A question, or one line of a table of choices, that can be crossed."""

    question: Question
    row: str = ""

    @property
    def code(self) -> str:
        """What names it in an address."""
        return f"{self.question.code}.{self.row}" if self.row else self.question.code

    @property
    def title(self) -> Words:
        """Its words."""
        title = words_of(self.question.title)
        if not self.row:
            return title
        told = {"question": title.text, "line": words_of(self.question.row_codes[self.row].label).text}
        return Words(pgettext("line of a table of choices", "%(question)s: %(line)s") % told, title.language)

    @property
    def is_several(self) -> bool:
        """True where one answer may be several choices."""
        return self.question.kind == QuestionKind.MULTIPLE


@dataclass(frozen=True)
class CrossLine:
    """One line: its words, and counts that are None where they are withheld."""

    label: Words
    counts: tuple[int | None, ...]


@dataclass(frozen=True)
class Cross:
    """A table of two questions. ``told`` says whether they go together; ``answers`` are the sheets behind it."""

    one: Variable
    other: Variable
    columns: tuple[Words, ...]
    lines: tuple[CrossLine, ...]
    told: str
    answers: int | None
    has_withheld: bool


def variables(asked: Questionnaire) -> list[Variable]:
    """Return what can be crossed, in the order of the questions."""
    found = []
    for question in asked.questions.values():
        if question.kind == QuestionKind.MATRIX:
            found += [Variable(question, row.code) for row in question.rows]
        elif question.kind in ONE_OPTION_KINDS or question.kind in POINTS or question.kind == QuestionKind.MULTIPLE:
            found.append(Variable(question))
    return found


Pairs = Mapping[tuple[str, str], int]


def cross(
    survey: Survey, number: int, one: Variable, other: Variable, filters: Filters | None = None, audience: str = STAFF
) -> Cross:
    """Cross two different questions; raises ``NotOffered`` where guarded results would be narrowed as well."""
    filters, guarded = filters or Filters(), is_guarded(survey, audience)
    if guarded and filters.given:
        raise NotOffered
    scope = Scope(survey, number, filters)
    rows = Sheet.objects.counted().filter(**scope.conditions()).order_by()
    answers = rows.count()
    source = Source(view_of({"": answers}, is_guarded=guarded), tallies(scope))
    sides = [_Side(variable, source) for variable in (one, other)]
    joined = rows.annotate(
        one=FilteredRelation("answers", condition=Q(answers__question=one.question.code, answers__row=one.row)),
        other=FilteredRelation("answers", condition=Q(answers__question=other.question.code, answers__row=other.row)),
    )
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    values = joined.values_list("one__option", "one__number", "other__option", "other__number")
    for first, points, second, more, count in values.annotate(count=Count("pk")):
        pairs[sides[0].category(first, points), sides[1].category(second, more)] += count
    alone = [_alone(rows, side) if sides[1 - place].variable.is_several else {} for place, side in enumerate(sides)]
    counted = _Counted(pairs, answers, *alone)
    if guarded and answers < SMALLEST:
        return Cross(one, other, (), (), "", None, has_withheld=True)
    shown = _shown(counted, *sides) if guarded else lambda first, second: pairs.get((first, second), 0)
    lines = tuple(
        CrossLine(label, tuple(shown(code, name) for name, _words in sides[1].labels))
        for code, label in sides[0].labels
    )
    has_withheld = any(count is None for line in lines for count in line.counts)
    columns = tuple(label for _code, label in sides[1].labels)
    return Cross(one, other, columns, lines, _told(counted, *sides), answers, has_withheld)


class _Side:
    """One of the two: its categories with their words, and those of which the count of all is withheld."""

    def __init__(self, variable: Variable, source: Source) -> None:
        self.variable = variable
        question = variable.question
        self.in_bands = source.in_bands(question)
        labels = choices_of(question, in_bands=self.in_bands)
        # With several choices nobody is left who is in no category: each choice is a question of its own.
        none = [] if variable.is_several else [(NONE, in_language(gettext("No answer")))]
        self.labels = [*labels, *none]
        self.codes = [code for code, _words in self.labels]
        self.hidden = set(seen_in(question, source, variable.row).withheld)

    def category(self, option: str | None, points: Decimal | None) -> str:
        """Return in which category an answer is."""
        if points is None:
            return option or NONE
        point = int(points)
        return next(name for name, part in BANDS.items() if point in part) if self.in_bands else str(point)


def _alone(rows: object, side: _Side) -> dict[str, int]:
    """Return how many sheets are in each category of one side, each sheet once."""
    variable = side.variable
    condition = Q(answers__question=variable.question.code, answers__row=variable.row)
    joined = rows.annotate(one=FilteredRelation("answers", condition=condition))
    found: dict[str, int] = defaultdict(int)
    for option, points, count in joined.values_list("one__option", "one__number").annotate(count=Count("pk")):
        found[side.category(option, points)] += count
    return found


@dataclass(frozen=True)
class _Counted:
    pairs: Pairs
    answers: int
    one_alone: Mapping[str, int]
    other_alone: Mapping[str, int]

    def pair(self, first: str, second: str) -> int:
        return self.pairs.get((first, second), 0)


def _shown(counted: _Counted, one: _Side, other: _Side) -> Callable[[str, str], int | None]:
    """Return a function that tells a count, None where it is withheld."""
    if one.variable.is_several and other.variable.is_several:
        return lambda first, second: _of_four(counted, one, other, first, second)
    if one.variable.is_several:
        parts = {code: _of_choice(code, counted.pair, counted.other_alone, one, other) for code in one.codes}
        return lambda first, second: parts[first][second]
    if other.variable.is_several:
        turned = lambda second, first: counted.pair(first, second)  # noqa: E731
        parts = {code: _of_choice(code, turned, counted.one_alone, other, one) for code in other.codes}
        return lambda first, second: parts[second][first]
    cells = [[counted.pair(first, second) for second in other.codes] for first in one.codes]
    guarded = guard(cells, _places(one), _places(other))
    return lambda first, second: guarded.shown(one.codes.index(first), other.codes.index(second))


def _of_choice(
    code: str, pair: Callable[[str, str], int], alone: Mapping[str, int], several: _Side, single: _Side
) -> dict[str, int | None]:
    """Return what is shown of those who chose a thing and those who did not, by the categories of the other side."""
    chosen = [pair(code, name) for name in single.codes]
    others = [alone.get(name, 0) - count for name, count in zip(single.codes, chosen, strict=True)]
    guarded = guard([chosen, others], (0, 1) if code in several.hidden else (), _places(single))
    return {name: guarded.shown(0, place) for place, name in enumerate(single.codes)}


def _of_four(counted: _Counted, one: _Side, other: _Side, first: str, second: str) -> int | None:
    both = counted.pair(first, second)
    left, right = counted.one_alone.get(first, 0), counted.other_alone.get(second, 0)
    cells = [[both, left - both], [right - both, counted.answers - left - right + both]]
    hidden = [(0, 1) if code in side.hidden else () for code, side in ((first, one), (second, other))]
    return guard(cells, *hidden).shown(0, 0)


def _places(side: _Side) -> list[int]:
    return [place for place, code in enumerate(side.codes) if code in side.hidden]


def _told(counted: _Counted, one: _Side, other: _Side) -> str:
    """Say whether the two go together; only a word, since the number behind it would tell of what is withheld."""
    if one.variable.is_several or other.variable.is_several:
        return gettext("Not tested: one answer may be several choices.")
    answered = [[code for code in side.codes if code != NONE] for side in (one, other)]
    found = significance.table([[counted.pair(first, second) for second in answered[1]] for first in answered[0]])
    if found is None:
        return gettext("Too few answers to tell whether the two go together.")
    if found.p <= significance.ALPHA:
        return gettext("The two go together, by more than chance (chi-square test at 5 per cent).")
    return gettext("No sign that the two go together (chi-square test at 5 per cent).")
