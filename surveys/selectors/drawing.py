"""Questions as templates draw them: words in the reader's language, choices in order, what was answered or typed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, ngettext

from portal.text import language_order
from surveys.choices import ENDS, POINTS, SCALE_WORDS, QuestionKind
from surveys.rules.checking import Problem, message
from surveys.rules.ordering import options_for, rows_for
from surveys.rules.shapes import Question, Questionnaire, Row, Texts
from surveys.rules.values import LONGEST_LINE, LONGEST_TEXT, Answer, Answers, Sent


@dataclass(frozen=True)
class Words:
    """A text and the language it is in, which is the reader's wherever there is one."""

    text: str
    language: str

    @property
    def is_foreign(self) -> bool:
        """True where the text is not in the reader's language."""
        return bool(self.text) and self.language != (get_language() or settings.LANGUAGE_CODE)


@dataclass(frozen=True)
class DrawnChoice:
    """A radio button, a box or an entry of a list. ``end`` says what the first or last number means."""

    value: str
    words: Words
    is_chosen: bool
    end: str = ""
    is_other: bool = False


@dataclass(frozen=True)
class DrawnRow:
    """A line of a table."""

    name: str
    words: Words
    choices: list[DrawnChoice]
    error: str = ""


@dataclass(frozen=True)
class Drawn:
    """A question. ``name`` is that of its input, and with ``id_`` before it the target of links to it."""

    question: Question
    title: Words
    help: Words
    choices: list[DrawnChoice] = field(default_factory=list)
    rows: list[DrawnRow] = field(default_factory=list)
    value: str = ""
    other: str = ""
    error: str = ""
    other_error: str = ""
    most: int = LONGEST_LINE
    # The file that is kept, of questions that ask for one.
    file: Any = None

    @property
    def name(self) -> str:
        """The name of its input."""
        return self.question.code

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.question.kind)

    @property
    def template(self) -> str:
        """The template that draws its input."""
        return f"surveys/kinds/{self.kind}.html"

    @property
    def is_group(self) -> bool:
        """True where it is several inputs, which a fieldset holds together."""
        return bool(self.choices or self.rows) and self.kind != QuestionKind.DROPDOWN

    @property
    def described_by(self) -> str:
        """The ids of help and error, for ``aria-describedby``."""
        named = [("help", self.help.text), ("error", self.error)]
        return " ".join(f"{part}_{self.name}" for part, text in named if text)


def words_of(texts: Texts) -> Words:
    """Return a text in the reader's language, else in the first that has one."""
    for code in language_order():
        if texts.get(code):
            return Words(texts[code], code)
    return Words("", get_language() or settings.LANGUAGE_CODE)


def sent_of(questionnaire: Questionnaire, answers: Answers) -> dict[str, list[str]]:
    """Return answers as a form would send them: what is drawn is what was sent, or what is kept."""
    sent: dict[str, list[str]] = {}
    for code, answer in answers.items():
        if code in questionnaire.questions:
            sent |= _sent(questionnaire.questions[code], answer)
    return sent


def _sent(question: Question, answer: Answer) -> dict[str, list[str]]:
    if answer.rows:
        return {f"{question.code}.{row}": [option] for row, option in answer.rows.items()}
    if question.option_codes:
        return {question.code: list(answer.options), f"{question.code}.other": [answer.text]}
    if answer.number is not None:
        return {question.code: [format(answer.number.normalize() + 0, "f")]}
    return {question.code: [answer.day.isoformat() if answer.day else answer.text or answer.file]}


def draw(questions: Iterable[Question], sent: Sent, problems: Sequence[Problem], seed: str) -> list[Drawn]:
    """Return questions as they are drawn for somebody, with what they sent and what is wrong with it."""
    wrong = {(problem.question, problem.part): problem for problem in problems}
    return [_draw(question, sent, wrong, seed) for question in questions]


def _draw(question: Question, sent: Sent, wrong: Mapping[tuple[str, str], Problem], seed: str) -> Drawn:
    chosen = list(sent.get(question.code, ()))
    told = {part: message(problem, question) for (code, part), problem in wrong.items() if code == question.code}
    shared: dict[str, Any] = {"title": words_of(question.title), "help": words_of(question.help)}
    if question.kind == QuestionKind.MATRIX:
        rows = [_row(question, row, sent, told.get(row.code, "")) for row in rows_for(question, seed)]
        return Drawn(question, rows=rows, error=next(iter(told.values()), ""), **shared)
    return Drawn(
        question,
        choices=_points(question, chosen) if question.kind in POINTS else _choices(question, chosen, seed),
        value=(chosen or [""])[-1],
        other=(list(sent.get(f"{question.code}.other", ())) or [""])[-1],
        error=told.get("", ""),
        other_error=told.get("other", ""),
        most=_most(question),
        **shared,
    )


def _most(question: Question) -> int:
    widest = LONGEST_TEXT if question.kind == QuestionKind.LONG else LONGEST_LINE
    is_text = question.kind in (QuestionKind.SHORT, QuestionKind.LONG)
    return min(widest, int(question.maximum)) if is_text and question.maximum is not None else widest


def _choices(question: Question, chosen: list[str], seed: str) -> list[DrawnChoice]:
    return [
        DrawnChoice(option.code, words_of(option.label), option.code in chosen, is_other=option.is_other)
        for option in options_for(question, seed)
    ]


def _row(question: Question, row: Row, sent: Sent, error: str) -> DrawnRow:
    name = f"{question.code}.{row.code}"
    return DrawnRow(name, words_of(row.label), _choices(question, list(sent.get(name, ())), ""), error)


def _points(question: Question, chosen: list[str]) -> list[DrawnChoice]:
    """Return the points of a scale. Most satisfied stands first in reading, so words run from the best to the worst."""
    language = get_language() or settings.LANGUAGE_CODE
    points = POINTS[question.kind]
    words = SCALE_WORDS.get(question.scale, ()) if question.kind == QuestionKind.SCALE else ()
    ends = dict(zip((points[0], points[-1]), ENDS.get(question.kind, ()), strict=False))
    found = []
    for point in reversed(points) if words else points:
        text = str(words[point - 1]) if words else str(point)
        if question.kind == QuestionKind.RATING:
            text = ngettext("%(count)s star", "%(count)s stars", point) % {"count": point}
        is_chosen = str(point) in chosen
        found.append(DrawnChoice(str(point), Words(text, language), is_chosen, str(ends.get(point, ""))))
    return found
