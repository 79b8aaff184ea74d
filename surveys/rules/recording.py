"""What an answer becomes: rows that keep it, and what it adds to the counters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from surveys.choices import POINTS
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.values import Answer


@dataclass(frozen=True)
class Kept:
    """One row of an answer: each choice and each line of a table has its own."""

    question: str
    row: str = ""
    option: str = ""
    number: Decimal | None = None
    day: date | None = None
    text: str = ""
    file: str = ""


@dataclass(frozen=True)
class Tally:
    """One more for a counter; ``number`` is added to its sum, and its square to that of squares."""

    question: str
    row: str = ""
    option: str = ""
    number: Decimal = Decimal(0)


def rows_of(questionnaire: Questionnaire, answers: Mapping[str, Answer]) -> list[Kept]:
    """Return the rows that keep a whole set of answers."""
    return [
        row
        for code, answer in answers.items()
        if not answer.is_empty
        for row in _rows(questionnaire.questions[code], answer)
    ]


def _rows(question: Question, answer: Answer) -> Iterator[Kept]:
    if answer.rows:
        yield from (Kept(question.code, row, option) for row, option in answer.rows.items())
    elif answer.options:
        for code in answer.options:
            # What was written beside “other” belongs to that choice.
            is_other = code in question.option_codes and question.option_codes[code].is_other
            yield Kept(question.code, option=code, text=answer.text if is_other else "")
    else:
        yield Kept(question.code, number=answer.number, day=answer.day, text=answer.text, file=answer.file)


def tallies_of(questionnaire: Questionnaire, answers: Mapping[str, Answer]) -> list[Tally]:
    """Return what a whole set of answers adds to the counters.

    Each question answered adds one without a choice; so does each line of a table that was.
    """
    return [
        tally
        for code, answer in answers.items()
        if not answer.is_empty
        for tally in _tallies(questionnaire.questions[code], answer)
    ]


def _tallies(question: Question, answer: Answer) -> Iterator[Tally]:
    yield Tally(question.code, number=answer.number or Decimal(0))
    for row, option in answer.rows.items():
        yield Tally(question.code, row)
        yield Tally(question.code, row, option)
    for option in answer.options:
        yield Tally(question.code, option=option)
    if question.kind in POINTS and answer.number is not None:
        yield Tally(question.code, option=str(int(answer.number)))
