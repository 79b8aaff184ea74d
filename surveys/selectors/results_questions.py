"""One question of the results: its bars, its lines, its figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext

from surveys.choices import OPTION_KINDS, POINTS, QuestionKind
from surveys.rules import figures
from surveys.rules.seeing import ByGroup, Seen, View, part_of, seen, seen_several, summable
from surveys.rules.shapes import Question
from surveys.rules.steps import Size, Step, day_steps, number_steps, widened
from surveys.rules.withholding import SMALLEST, is_small
from surveys.selectors.drawing import Words, words_of
from surveys.selectors.results_counts import Tallies, Values
from surveys.selectors.results_shape import Bar, Figure, LineResult, QuestionResult
from surveys.selectors.results_words import (
    BANDS,
    choices_of,
    count_and_share,
    decimal,
    in_language,
    of_day_step,
    of_mean,
    of_number_step,
    of_score,
    of_share,
)


@dataclass(frozen=True)
class Source:
    """What a round or a version counted, and which view of it is shown."""

    view: View
    tallies: Tallies
    values: Mapping[str, Values] = field(default_factory=dict)

    def table(self, question: Question, row: str = "") -> dict[str, ByGroup]:
        """Return the counters of a question, or of one line of a table, by choice."""
        codes = [str(point) for point in POINTS[question.kind]] if question.kind in POINTS else question.option_codes
        return {code: self.tallies.of(question.code, row, code) for code in codes}

    def in_bands(self, question: Question) -> bool:
        """Tell whether 0 to 10 is shown in three parts: where a single point would be withheld of the whole."""
        if question.kind != QuestionKind.NPS or not self.view.is_guarded:
            return False
        return any(is_small(sum(by_group.values())) for by_group in self.table(question).values())


def seen_in(question: Question, source: Source, row: str = "") -> Seen:
    """Return what is seen of a question with choices or points, or of one line of a table."""
    table, answered = source.table(question, row), source.tallies.of(question.code, row)
    if question.kind == QuestionKind.MULTIPLE:
        return seen_several(table, answered, source.view)
    if source.in_bands(question):
        table = {name: _added(table[str(point)] for point in points) for name, points in BANDS.items()}
        return seen(table, answered, source.view)
    return seen(table, answered, source.view, part_of(question.kind) if question.kind in POINTS else lambda code: None)


def _added(parts: object) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        for group, count in part.items():
            found[group] = found.get(group, 0) + count
    return found


def points_in(question: Question, source: Source, found: Seen | None = None) -> figures.Counts | None:
    """Return points that give the same score or share as the real ones; None where that is withheld."""
    if question.kind not in POINTS:
        return None
    found = found or seen_in(question, source)
    if not source.in_bands(question):
        return summable(question.kind, found)
    if not found.answered or len(found.withheld) > 1:
        return None
    counts = {BANDS[name][0]: count for name, count in found.counts.items() if count is not None}
    return counts | {BANDS[name][0]: found.answered - sum(counts.values()) for name in found.withheld}


def result_of(question: Question, number: int, source: Source) -> QuestionResult:
    """Return a question with its counts."""
    shared = {"code": question.code, "kind": str(question.kind), "number": number, "title": words_of(question.title)}
    if question.kind == QuestionKind.MATRIX:
        lines = tuple(_line(question, row.code, words_of(row.label), source) for row in question.rows)
        has_withheld = any(bar.count is None for line in lines for bar in line.bars)
        answered = _answered(question, source)
        return QuestionResult(**shared, answered=answered, lines=lines, has_withheld=has_withheld)
    if question.kind in POINTS or question.kind in OPTION_KINDS:
        found = seen_in(question, source)
        bars = bars_of(found, choices_of(question, in_bands=source.in_bands(question)))
        told = _figures_of_points(question, source, found)
        is_several = question.kind == QuestionKind.MULTIPLE
    elif question.kind in (QuestionKind.NUMBER, QuestionKind.DATE):
        found, labels = _steps(question, source)
        bars, is_several = bars_of(found, labels), False
        told = _figures_of_numbers(question, source, found) if question.kind == QuestionKind.NUMBER else ()
    else:
        return QuestionResult(**shared, answered=_answered(question, source))
    return QuestionResult(
        **shared,
        answered=found.answered,
        bars=bars,
        figures=told,
        is_several=is_several,
        has_withheld=bool(found.withheld),
    )


def _answered(question: Question, source: Source) -> int | None:
    return seen({}, source.tallies.of(question.code), source.view).answered


def _line(question: Question, row: str, label: Words, source: Source) -> LineResult:
    found = seen_in(question, source, row)
    return LineResult(row, label, found.answered, bars_of(found, choices_of(question)))


def bars_of(found: Seen, labels: list[tuple[str, Words]]) -> tuple[Bar, ...]:
    """Return bars; the widest is 100 wide."""
    widest = max((count for count in found.counts.values() if count), default=0)
    return tuple(_bar(code, label, found, widest) for code, label in labels)


def _bar(code: str, label: Words, found: Seen, widest: int) -> Bar:
    count = found.counts.get(code)
    share = share_of(count, found.answered)
    width = round(100 * (count or 0) / widest) if widest else 0
    return Bar(code, label, count, share, width, count_and_share(count, share))


def share_of(count: int | None, answered: int | None) -> float | None:
    """Return a share in per cent, None where either number is withheld or nobody answered."""
    return None if count is None or not answered else 100 * count / answered


def _figures_of_points(question: Question, source: Source, found: Seen) -> tuple[Figure, ...]:
    counts = points_in(question, source, found)
    told = []
    if question.kind == QuestionKind.NPS and counts and (score := figures.nps(counts)):
        told.append(Figure(gettext("Net promoter score"), *of_score(score)))
    if question.kind in (QuestionKind.SCALE, QuestionKind.RATING) and counts and (share := figures.csat(counts)):
        told.append(Figure(gettext("4 or 5 of 5 points"), *of_share(share)))
    if question.kind in (QuestionKind.SCALE, QuestionKind.RATING, QuestionKind.CES) and found.is_whole:
        points = found.points()
        told.append(Figure(gettext("Mean"), *of_mean(figures.mean(points))))
        told.append(Figure(gettext("Median"), decimal(figures.median(points) or 0)))
    return tuple(told)


def _steps(question: Question, source: Source) -> tuple[Seen, list[tuple[str, Words]]]:
    """Return the histogram of a question for a number or a day."""
    values = source.values.get(question.code, {})
    whole = {value: sum(by_group.values()) for value, by_group in values.items()}
    size, steps = (Size.DAY, number_steps(whole)) if question.kind == QuestionKind.NUMBER else day_steps(whole)
    if source.view.is_guarded:
        steps = widened(steps, whole, SMALLEST)
    table = {str(place): _added(_inside(values, step)) for place, step in enumerate(steps)}
    found = seen(table, source.tallies.of(question.code), source.view)
    if found.answered is None:
        # The steps themselves tell what was given.
        return Seen({}, None), []
    named: Callable[[Step], str] = of_number_step
    if question.kind == QuestionKind.DATE:
        named = lambda step: of_day_step(step, size)  # noqa: E731
    return found, [(str(place), in_language(named(step))) for place, step in enumerate(steps)]


def _inside(values: Values, step: Step) -> list[dict[str, int]]:
    return [by_group for value, by_group in values.items() if step.holds(value)]


def _figures_of_numbers(question: Question, source: Source, found: Seen) -> tuple[Figure, ...]:
    if not found.is_whole:
        return ()
    view = source.view
    sums = source.tallies.sums_of(question.code, None if view.group is None else [view.group])
    mean = figures.mean_of_sums(sums.n, sums.total, sums.squares)
    told = [Figure(gettext("Mean"), *of_mean(mean))] if mean else []
    if not view.is_guarded:
        # The median is a number that one person gave.
        values = source.values.get(question.code, {})
        middle = figures.median({value: sum(by_group.values()) for value, by_group in values.items()})
        told.append(Figure(gettext("Median"), decimal(middle or 0)))
    return tuple(told)
