"""A round beside the last: what stood there, what stands here, and whether that is more than chance."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from surveys.choices import ONE_OPTION_KINDS, QuestionKind
from surveys.rules import figures, significance
from surveys.rules.figures import DETRACTORS, PROMOTERS
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.significance import Sums, Word
from surveys.selectors.results_questions import Source, points_in, seen_in, share_of
from surveys.selectors.results_shape import Bar, Compared, QuestionResult
from surveys.selectors.results_words import choices_of, decimal, in_language, percent, signed, withheld

RATED = frozenset({QuestionKind.SCALE, QuestionKind.RATING, QuestionKind.CES})


@dataclass(frozen=True)
class Pending:
    """A comparison before all of them are looked at together. ``row`` is the line, ``option`` the choice it is of."""

    question: str
    label: str
    before: str
    now: str
    found: significance.Compared | None
    row: str = ""
    option: str = ""

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.question}.{self.row}.{self.option}"


def beside(
    results: list[QuestionResult], asked: Questionnaire, source: Source, was_asked: Questionnaire, before: Source
) -> list[QuestionResult]:
    """Return the questions with what the last round said of those it asked in the same way."""
    common = {code: one for code, one in asked.questions.items() if is_same(one, was_asked.questions.get(code))}
    shown = {result.code for result in results}
    pending = [each for code, one in common.items() if code in shown for each in _pending(one, source, before)]
    words = significance.holm({each.name: each.found for each in pending})
    return [
        _with(result, common[result.code], before, [one for one in pending if one.question == result.code], words)
        if result.code in common
        else result
        for result in results
    ]


def is_same(question: Question, other: Question | None) -> bool:
    """Tell whether a question was asked in the same way: same kind, same scale, same choices and lines."""
    return (
        other is not None
        and question.asks
        and (question.kind, question.scale) == (other.kind, other.scale)
        and set(question.option_codes) == set(other.option_codes)
        and set(question.row_codes) == set(other.row_codes)
    )


def _with(
    result: QuestionResult, question: Question, before: Source, pending: list[Pending], words: dict[str, Word]
) -> QuestionResult:
    told = {one.row: Compared(one.label, one.before, one.now, words[one.name], _told(one, words)) for one in pending}
    if question.kind == QuestionKind.MATRIX:
        lines = []
        for line in result.lines:
            found = seen_in(question, before, line.code)
            bars = _bars(line.bars, found.counts, found.answered)
            lines.append(replace(line, bars=bars, compared=told.get(line.code)))
        return replace(result, lines=tuple(lines))
    everything = tuple(Compared(one.label, one.before, one.now, words[one.name], _told(one, words)) for one in pending)
    if not result.bars or question.kind in (QuestionKind.NUMBER, QuestionKind.DATE):
        return replace(result, compared=everything)
    found = seen_in(question, before)
    return replace(result, bars=_bars(result.bars, found.counts, found.answered), compared=everything)


def _bars(bars: tuple[Bar, ...], counts: dict[str, int | None], answered: int | None) -> tuple[Bar, ...]:
    return tuple(replace(bar, before=share_of(counts.get(bar.code), answered)) for bar in bars)


def _told(one: Pending, words: dict[str, Word]) -> str:
    return {
        Word.CHANGED: gettext("Changed"),
        Word.CHANCE: gettext("Within chance"),
        Word.TOO_FEW: gettext("Too few answers to tell"),
    }[words[one.name]]


def _pending(question: Question, source: Source, before: Source) -> Iterator[Pending]:
    if question.kind in RATED:
        yield _rated(question, source, before)
    elif question.kind == QuestionKind.NPS:
        yield _promoted(question, source, before)
    elif question.kind == QuestionKind.NUMBER:
        yield _numbers(question, source, before)
    elif question.kind in ONE_OPTION_KINDS:
        found = significance.two_rounds([_whole(question, each) for each in (source, before)])
        yield Pending(question.code, gettext("All choices together"), "", "", found)
    elif question.kind == QuestionKind.MULTIPLE:
        yield from _chosen(question, source, before)
    elif question.kind == QuestionKind.MATRIX:
        for row in question.rows:
            found = significance.two_rounds([_whole(question, each, row.code) for each in (source, before)])
            yield Pending(question.code, gettext("All choices together"), "", "", found, row=row.code)


def _rated(question: Question, source: Source, before: Source) -> Pending:
    found = significance.ranks(*(_points(question, each) for each in (source, before)))
    was, now = (_mean(question, each) for each in (before, source))
    return Pending(question.code, gettext("Mean"), was, now, found)


def _mean(question: Question, source: Source) -> str:
    found = seen_in(question, source)
    return decimal(figures.mean(found.points()).value) if found.is_whole else withheld()


def _promoted(question: Question, source: Source, before: Source) -> Pending:
    sums = [_votes(_points(question, each)) for each in (source, before)]
    was, now = (_score(question, each) for each in (before, source))
    return Pending(question.code, gettext("Net promoter score"), was, now, significance.welch(*sums))


def _votes(points: figures.Counts) -> Sums:
    up, down = (sum(points.get(point, 0) for point in part) for part in (PROMOTERS, DETRACTORS))
    return Sums(figures.size(points), up - down, up + down)


def _score(question: Question, source: Source) -> str:
    counts = points_in(question, source)
    score = figures.nps(counts) if counts else None
    return signed(score.value) if score else withheld()


def _numbers(question: Question, source: Source, before: Source) -> Pending:
    sums = [each.tallies.sums_of(question.code) for each in (source, before)]
    now, was = (decimal(one.total / one.n) if one.n >= significance.LEAST else withheld() for one in sums)
    return Pending(question.code, gettext("Mean"), was, now, significance.welch(*sums))


def _chosen(question: Question, source: Source, before: Source) -> Iterator[Pending]:
    labels = dict(choices_of(question))
    seen = [seen_in(question, each) for each in (before, source)]
    sizes = [sum(each.tallies.of(question.code).values()) for each in (source, before)]
    for place, code in enumerate(question.option_codes):
        chosen = [_whole(question, each)[place] for each in (source, before)]
        was, now = (share_of(each.counts.get(code), each.answered) for each in seen)
        found = significance.two_shares(chosen[0], sizes[0], chosen[1], sizes[1])
        shown = [withheld() if each is None else percent(each) for each in (was, now)]
        yield Pending(question.code, (labels.get(code) or in_language(code)).text, *shown, found, option=code)


def _whole(question: Question, source: Source, row: str = "") -> list[int]:
    return [sum(by_group.values()) for by_group in source.table(question, row).values()]


def _points(question: Question, source: Source) -> figures.Counts:
    return {int(code): sum(by_group.values()) for code, by_group in source.table(question).items()}
