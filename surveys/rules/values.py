"""Answers as plain values: reading what a form sent, keeping it, and comparing it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from portal.text import clean_line, clean_text, is_blank, western_digits
from surveys.choices import ONE_OPTION_KINDS, POINTS, QuestionKind
from surveys.rules.shapes import Question

# What a browser sends, by the names of the inputs: see ``names_of``.
Sent = Mapping[str, Sequence[str]]

# Characters. A text between them is refused with what was typed kept; nothing longer reaches the rules at all.
LONGEST_LINE = 300
LONGEST_TEXT = 5000
LONGEST_OTHER = 200
# What the column of numbers holds.
LARGEST = Decimal(10) ** 12
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class Unreadable(Exception):
    """What was sent is no answer of this kind; ``reason`` is a code of ``surveys.rules.checking``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What was answered to one question; which parts are filled depends on the question's kind.

    ``options`` are codes, in the order of the question; ``rows`` has the option chosen in each line of a table.
    ``number`` is also the points of a scale. ``text`` is also what was written beside “other”, ``file`` the code of a
    stored file.
    """

    options: tuple[str, ...] = ()
    rows: Mapping[str, str] = field(default_factory=dict)
    number: Decimal | None = None
    day: date | None = None
    text: str = ""
    file: str = ""

    @property
    def is_empty(self) -> bool:
        """True when nothing was answered."""
        return not (self.options or self.rows or self.text or self.file) and self.number is None and self.day is None


# By the code of the question; what was not answered is left out.
Answers = Mapping[str, Answer]
NOTHING = Answer()


def names_of(question: Question) -> list[str]:
    """Return the names of a question's inputs: its code, and with a dot behind it a line's code or ``other``."""
    if question.kind == QuestionKind.MATRIX:
        return [f"{question.code}.{row.code}" for row in question.rows]
    other = [f"{question.code}.other"] if any(option.is_other for option in question.options) else []
    return [question.code, *other]


def read(question: Question, sent: Sent) -> Answer:
    """Return what was sent for a question; raises ``Unreadable`` where that is no answer to it.

    Digits of any script count as digits. Whether the answer keeps the question's limits is told by ``checking``.
    """
    if question.kind == QuestionKind.MATRIX:
        return _read_rows(question, sent)
    if question.option_codes:
        return _read_options(question, sent)
    typed = _last(sent, question.code)
    if is_blank(typed):
        return NOTHING
    if question.kind in POINTS or question.kind == QuestionKind.NUMBER:
        return Answer(number=read_number(typed))
    if question.kind == QuestionKind.DATE:
        return Answer(day=read_day(typed))
    return _read_text(question, typed)


def _read_options(question: Question, sent: Sent) -> Answer:
    chosen = [code for code in sent.get(question.code, ()) if code]
    if any(code not in question.option_codes for code in chosen):
        raise Unreadable("unknown_option")
    if question.kind in ONE_OPTION_KINDS and len(set(chosen)) > 1:
        raise Unreadable("too_many")
    other = clean_line(_last(sent, f"{question.code}.other"))
    if len(other) > LONGEST_OTHER:
        raise Unreadable("too_long")
    kept = tuple(option.code for option in question.options if option.code in chosen)
    # Whatever was written beside “other” counts only where it is chosen.
    goes_with = any(question.option_codes[code].is_other for code in kept)
    return Answer(options=kept, text="" if is_blank(other) or not goes_with else other)


def _read_rows(question: Question, sent: Sent) -> Answer:
    rows = {}
    for row in question.rows:
        code = _last(sent, f"{question.code}.{row.code}")
        if code and code not in question.option_codes:
            raise Unreadable("unknown_option")
        if code:
            rows[row.code] = code
    return Answer(rows=rows)


def _read_text(question: Question, typed: str) -> Answer:
    if question.kind == QuestionKind.FILE:
        return Answer(file=typed[:16])
    text = clean_text(typed) if question.kind == QuestionKind.LONG else clean_line(typed)
    if question.kind == QuestionKind.EMAIL:
        return Answer(text=read_email(text))
    if len(text) > (LONGEST_TEXT if question.kind == QuestionKind.LONG else LONGEST_LINE):
        raise Unreadable("too_long")
    return Answer(text=text)


def read_number(typed: str) -> Decimal:
    """Return the number that was typed, in digits of any script; raises ``Unreadable``."""
    plain = re.sub(r"[\s,_']", "", western_digits(clean_line(typed))).replace("−", "-")
    try:
        number = Decimal(plain) if _NUMBER.fullmatch(plain) else None
    except InvalidOperation:
        number = None
    if number is None or abs(number) >= LARGEST:
        raise Unreadable("no_number")
    return number


def read_day(typed: str) -> date:
    """Return the day that was typed, year first, in digits of any script; raises ``Unreadable``."""
    found = _DAY.fullmatch(western_digits(clean_line(typed)).replace(" ", ""))
    if found is None:
        raise Unreadable("no_date")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError as wrong:
        raise Unreadable("no_date") from wrong


def read_email(typed: str) -> str:
    """Return the address; raises ``Unreadable``."""
    try:
        validate_email(typed)
    except ValidationError as wrong:
        raise Unreadable("no_email") from wrong
    if len(typed) > 254:
        raise Unreadable("no_email")
    return typed


def _last(sent: Sent, name: str) -> str:
    return (list(sent.get(name, ())) or [""])[-1]


def to_json(answers: Answers) -> dict[str, Any]:
    """Return answers as plain values, as a draft keeps them."""
    return {code: _kept(answer) for code, answer in answers.items() if not answer.is_empty}


def _kept(answer: Answer) -> dict[str, Any]:
    parts = {
        "options": list(answer.options),
        "rows": dict(answer.rows),
        "number": None if answer.number is None else str(answer.number),
        "day": answer.day.isoformat() if answer.day else None,
        "text": answer.text,
        "file": answer.file,
    }
    return {name: part for name, part in parts.items() if part}


def from_json(kept: Mapping[str, Any]) -> dict[str, Answer]:
    """Return the answers that ``to_json`` wrote. No code begins with “=”: what does is kept beside them."""
    return {code: _answer(parts) for code, parts in kept.items() if not code.startswith("=")}


def _answer(parts: Mapping[str, Any]) -> Answer:
    return Answer(
        options=tuple(parts.get("options", ())),
        rows=parts.get("rows", {}),
        number=Decimal(parts["number"]) if parts.get("number") else None,
        day=date.fromisoformat(parts["day"]) if parts.get("day") else None,
        text=parts.get("text", ""),
        file=parts.get("file", ""),
    )
