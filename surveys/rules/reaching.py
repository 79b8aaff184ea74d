"""Whether a questionnaire holds together: rules look back only, and somebody can reach every question.

A question can be reached when one of its alternatives can hold together with all that must hold before its sources
are shown. That is decided by trying: for each source a few answers suffice, since conditions compare with few values.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portal.text import fold
from surveys.choices import ONE_OPTION_KINDS, OPERATORS, POINTS, TEXT_KINDS, Operator, QuestionKind
from surveys.rules.checking import problems_with
from surveys.rules.shapes import Condition, Page, Question, Questionnaire, ShowIf, conditions_of
from surveys.rules.showing import day_of, holds, number_of
from surveys.rules.values import Answer

# A set of conditions that must hold together. Beyond so many alternatives nothing is refused any more.
Wanted = frozenset[Condition]
MOST_ALTERNATIVES = 2000
# A letter that no condition names.
_FILLING = "\u25c7"


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a page or a question: ``reason`` is a code, ``page`` or ``question`` is filled."""

    reason: str
    page: str = ""
    question: str = ""
    source: str = ""


def flaws(questionnaire: Questionnaire) -> list[Flaw]:
    """Return every rule that is none or looks forward, and everything that nobody can reach because of its rules."""
    found: list[Flaw] = []
    ways: dict[str, list[Wanted]] = {}
    for page in questionnaire.pages:
        wrong = list(_wrong_conditions(page, questionnaire, ways))
        found += wrong
        of_page = [frozenset()] if wrong else _ways(page.show_if, questionnaire, ways)
        if not of_page:
            found.append(Flaw("unreachable", page=page.code))
            of_page = [frozenset()]
        for question in page.questions:
            found += _flaws_of(question, of_page, questionnaire, ways)
    return found


def _flaws_of(
    question: Question, of_page: list[Wanted], questionnaire: Questionnaire, ways: dict[str, list[Wanted]]
) -> list[Flaw]:
    """Return what is wrong with one question, and write down by which ways it is reached."""
    wrong = list(_wrong_conditions(question, questionnaire, ways))
    own = [frozenset()] if wrong else _ways(question.show_if, questionnaire, ways)
    reached = _together(of_page, own, questionnaire)
    ways[question.code] = reached or [frozenset()]
    return wrong if reached else [*wrong, Flaw("unreachable", question=question.code)]


def _wrong_conditions(
    thing: Page | Question, questionnaire: Questionnaire, ways: dict[str, list[Wanted]]
) -> Iterator[Flaw]:
    place = {"page": thing.code} if isinstance(thing, Page) else {"question": thing.code}
    for condition in conditions_of(thing):
        source = questionnaire.questions.get(condition.source)
        if source is None:
            yield Flaw("no_source", source=condition.source, **place)
        elif condition.source not in ways:
            yield Flaw("later", source=condition.source, **place)
        elif not makes_sense(condition, source):
            yield Flaw("senseless", source=condition.source, **place)


def makes_sense(condition: Condition, source: Question) -> bool:
    """Tell whether an answer to the source can be compared so: operator, option, line and value fit its kind."""
    if condition.operator not in OPERATORS.get(source.kind, ()):
        return False
    if source.kind == QuestionKind.MATRIX and condition.row not in source.row_codes:
        return False
    if source.option_codes or source.kind in (*ONE_OPTION_KINDS, QuestionKind.MULTIPLE, QuestionKind.MATRIX):
        return condition.value in source.option_codes
    if source.kind in TEXT_KINDS:
        return bool(fold(condition.value))
    read = day_of if source.kind == QuestionKind.DATE else number_of
    return read(condition.value) is not None


def _ways(show_if: ShowIf, questionnaire: Questionnaire, ways: dict[str, list[Wanted]]) -> list[Wanted]:
    """Return the sets of conditions any of which shows a thing, those of its sources included."""
    if not show_if:
        return [frozenset()]
    found: dict[Wanted, None] = {}
    for alternative in show_if:
        reached = [frozenset(alternative)] if _can_hold(frozenset(alternative), questionnaire) else []
        for source in dict.fromkeys(one.source for one in alternative):
            reached = _together(reached, ways[source], questionnaire)
        found.update(dict.fromkeys(reached))
    return _least(found)


def _together(first: list[Wanted], second: list[Wanted], questionnaire: Questionnaire) -> list[Wanted]:
    if len(first) * len(second) > MOST_ALTERNATIVES:
        return [frozenset()]
    joined = dict.fromkeys(one | other for one in first for other in second)
    return _least(one for one in joined if _can_hold(one, questionnaire))


def _least(found: Iterable[Wanted]) -> list[Wanted]:
    """Leave out what asks for more than another way does."""
    kept: list[Wanted] = []
    for one in sorted(found, key=len):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


def _can_hold(wanted: Wanted, questionnaire: Questionnaire) -> bool:
    by_source: dict[str, list[Condition]] = {}
    for condition in wanted:
        by_source.setdefault(condition.source, []).append(condition)
    return all(_can_be_met(questionnaire.questions[code], conditions) for code, conditions in by_source.items())


def _can_be_met(question: Question, conditions: list[Condition]) -> bool:
    """Tell whether one valid answer meets all these conditions."""
    if question.kind == QuestionKind.MATRIX:
        return all(
            any(all(holds(one, question, _in_row(row, option)) for one in of_row) for option in question.option_codes)
            for row in {one.row for one in conditions}
            if (of_row := [one for one in conditions if one.row == row])
        )
    return any(
        all(holds(one, question, answer) for one in conditions) and not list(problems_with(question, answer))
        for answer in _candidates(question, conditions)
    )


def _in_row(row: str, option: str) -> Answer:
    return Answer(rows={row: option})


def _candidates(question: Question, conditions: list[Condition]) -> Iterator[Answer]:
    """Give answers of which one meets the conditions if any valid answer does."""
    if question.kind == QuestionKind.MULTIPLE:
        yield from _choices(question, conditions)
    elif question.kind in ONE_OPTION_KINDS:
        yield from (_choice((option.code,), question) for option in question.options)
    elif question.kind in POINTS:
        yield from (Answer(number=Decimal(points)) for points in POINTS[question.kind])
    elif question.kind in TEXT_KINDS:
        yield from _texts(question, conditions)
    elif question.kind == QuestionKind.DATE:
        yield from (Answer(day=day) for day in _days(question, conditions))
    else:
        yield from (Answer(number=number) for number in _numbers(question, conditions))


def _choice(codes: tuple[str, ...], question: Question) -> Answer:
    other = any(question.option_codes[code].is_other for code in codes)
    return Answer(options=codes, text="…" if other else "")


def _choices(question: Question, conditions: list[Condition]) -> Iterator[Answer]:
    """Give what must be chosen, filled up with what may be as far as a least number of choices asks for it."""
    must = {one.value for one in conditions if one.operator == Operator.CONTAINS}
    never = {one.value for one in conditions if one.operator == Operator.LACKS}
    free = [option for option in question.options if option.code not in must | never]
    spare = [option.code for option in free if not option.is_exclusive]
    least = max(int(question.minimum or 0), 1)
    filled = must | set(spare[: max(0, least - len(must))])
    for chosen in (filled, must, *({option.code} for option in free if option.is_exclusive)):
        if chosen >= must and chosen:
            yield _choice(tuple(option.code for option in question.options if option.code in chosen), question)


def _texts(question: Question, conditions: list[Condition]) -> Iterator[Answer]:
    """Give texts that are equal to what is asked for, or hold all of it, long enough and not."""
    yield from (Answer(text=one.value) for one in conditions if one.operator == Operator.EQUAL)
    bare = " ".join(one.value for one in conditions if one.operator == Operator.CONTAINS) or _FILLING
    yield Answer(text=bare)
    yield Answer(text=bare + _FILLING * max(1, int(question.minimum or 0) - len(bare)))


def _numbers(question: Question, conditions: list[Condition]) -> set[Decimal]:
    step = Decimal(1).scaleb(-question.decimals)
    named = {number_of(one.value) for one in conditions} | {question.minimum, question.maximum}
    found = {number for number in named if number is not None}
    # Between two that are ruled out there may be one left: as many steps as there are conditions reach it.
    reach = len(conditions) + 1
    whole = {number.quantize(step) for number in found}
    return {number + step * by for number in whole for by in range(-reach, reach + 1)} | found


def _days(question: Question, conditions: list[Condition]) -> set[date]:
    named = {day_of(one.value) for one in conditions} | {question.earliest, question.latest}
    found = {day for day in named if day is not None}
    reach = len(conditions) + 1
    near = set()
    for day, by in ((day, by) for day in found for by in range(-reach, reach + 1)):
        if date.min.toordinal() <= day.toordinal() + by <= date.max.toordinal():
            near.add(day + timedelta(days=by))
    return near
