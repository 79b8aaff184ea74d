"""Answers in words, as those who gave them look at them once more, and staff do after them."""

from dataclasses import dataclass

from django.utils.formats import date_format, number_format

from surveys.choices import POINTS, SCALE_WORDS, QuestionKind
from surveys.rules.shapes import Option, Page, Question, Questionnaire
from surveys.rules.showing import visible
from surveys.rules.values import NOTHING, Answer, Answers
from surveys.selectors.drawing import Words, words_of


@dataclass(frozen=True)
class Line:
    """One line of an answer; ``of`` is the line of a table. ``is_typed`` tells that a person wrote it.

    ``words`` is the choice, where it is one of the editor's own.
    """

    text: str
    of: Words | None = None
    is_typed: bool = False
    words: Words | None = None


@dataclass(frozen=True)
class Told:
    """A question and its answer; no lines where it was left out."""

    code: str
    title: Words
    lines: list[Line]


@dataclass(frozen=True)
class ToldPage:
    """A page with what was answered there."""

    code: str
    title: Words
    questions: list[Told]


def told_pages(questionnaire: Questionnaire, answers: Answers, files: dict[str, str]) -> list[ToldPage]:
    """Return every page that is shown with these answers; ``files`` has the names of files by their codes."""
    return [
        ToldPage(page.code, words_of(page.title), [_told(one, answers.get(one.code, NOTHING), files) for one in asked])
        for page, asked in _asking(questionnaire, answers)
    ]


def _asking(questionnaire: Questionnaire, answers: Answers) -> list[tuple[Page, list[Question]]]:
    shown = [(page, [one for one in questions if one.asks]) for page, questions in visible(questionnaire, answers)]
    return [(page, asked) for page, asked in shown if asked]


def _told(question: Question, answer: Answer, files: dict[str, str]) -> Told:
    return Told(question.code, words_of(question.title), list(_lines(question, answer, files)))


def _lines(question: Question, answer: Answer, files: dict[str, str]) -> list[Line]:
    options = question.option_codes
    if answer.rows:
        rows = [row for row in question.rows if row.code in answer.rows]
        return [_chosen(options[answer.rows[row.code]], words_of(row.label)) for row in rows]
    if answer.options:
        lines = [_chosen(options[code]) for code in answer.options if code in options]
        return [*lines, Line(answer.text, is_typed=True)] if answer.text else lines
    if answer.number is not None:
        return [Line(_number(question, answer))]
    if answer.day is not None:
        return [Line(date_format(answer.day, "DATE_FORMAT"))]
    if answer.file:
        return [Line(files.get(answer.file, answer.file), is_typed=True)]
    return [Line(answer.text, is_typed=True)] if answer.text else []


def _chosen(option: Option, of: Words | None = None) -> Line:
    words = words_of(option.label)
    return Line(words.text, of, words=words)


def _number(question: Question, answer: Answer) -> str:
    if question.kind == QuestionKind.SCALE and question.scale:
        return str(SCALE_WORDS[question.scale][int(answer.number) - 1])
    shown = number_format(answer.number.normalize() + 0)
    return f"{shown} / {POINTS[question.kind][-1]}" if question.kind in POINTS else shown
