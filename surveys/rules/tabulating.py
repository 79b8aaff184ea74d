"""Answers as a table: a column for each question, line and choice, by codes that never change.

``ease`` holds a choice, a number, a day or a text; ``features.send`` is 1 where that one of several was chosen and 0
where others were; ``parts.speed`` is the choice in a line of a table; ``features.other.text`` what was written beside
“other”. Several versions of a survey make one table: a column is empty where a version does not ask for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from surveys.choices import (
    ONE_OPTION_KINDS,
    POINTS,
    SCALE_WORDS,
    SILENT_KINDS,
    TELLING_KINDS,
    TEXT_KINDS,
    QuestionKind,
)
from surveys.rules.shapes import Option, Question, Questionnaire, Row

# question, line, choice, number, day, text, file: a row of an answer as the database gives it.
Given = tuple[str, str, str, Decimal | None, date | None, str, str | None]
Cell = str | int | float | date | None


@dataclass(frozen=True)
class Column:
    """One column. ``versions`` are the numbers that ask for it; ``is_typed`` tells that people wrote what it holds."""

    code: str
    question: Question
    row: Row | None = None
    option: Option | None = None
    is_typed: bool = False
    versions: tuple[int, ...] = ()

    def label(self, language: str) -> str:
        """Return its words in a language, with its code where they are missing."""
        parts = [self.question.title.get(language) or self.question.code]
        parts += [one.label.get(language) or one.code for one in (self.row, self.option) if one]
        return " · ".join(parts)


@dataclass
class Layout:
    """The columns of a table, and where an answer goes."""

    columns: tuple[Column, ...]
    places: dict[str, int] = field(default_factory=dict)
    # Where nought stands for “others were chosen”: by version and question.
    noughts: dict[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)
    several: frozenset[str] = frozenset()

    def cells(self, number: int, answers: Iterable[Given], words: Mapping[tuple[str, str], str]) -> list[Cell]:
        """Return the cells of one sheet of version ``number``; ``words`` stand for choices where they are asked for."""
        cells: list[Cell] = [None] * len(self.columns)
        places = self.places
        for question, row, option, amount, day, text, file in answers:
            if question in self.several:
                if (place := places.get(f"{question}.{option}")) is not None:
                    for nought in self.noughts.get((number, question), ()):
                        cells[nought] = cells[nought] or 0
                    cells[place] = 1
            elif (place := places.get(f"{question}.{row}" if row else question)) is not None:
                cells[place] = _value(question, option, amount, day, text, file, words)
            if option and text and (place := places.get(f"{question}.{option}.text")) is not None:
                cells[place] = text
        return cells


def _value(
    question: str,
    option: str,
    amount: Decimal | None,
    day: date | None,
    text: str,
    file: str | None,
    words: Mapping[tuple[str, str], str],
) -> Cell:
    if option:
        return words.get((question, option), option)
    if amount is not None:
        whole = int(amount)
        return words.get((question, str(whole)), whole) if whole == amount else float(amount)
    return day or text or file or None


def layout(asked: Mapping[int, Questionnaire], *, has_texts: bool = True, has_telling: bool = True) -> Layout:
    """Return the table of these versions, by number: the columns of the newest first, then what only older ones asked.

    Without ``has_texts`` nothing that people wrote has a column; without ``has_telling`` nothing that tells who they
    are by its kind: e-mail addresses and files.
    """
    found: dict[str, Column] = {}
    versions: dict[str, list[int]] = {}
    noughts: dict[tuple[int, str], tuple[str, ...]] = {}
    for number in sorted(asked, reverse=True):
        for question in asked[number].questions.values():
            columns = [
                column
                for column in _columns(question)
                if (has_texts or not column.is_typed) and (has_telling or question.kind not in TELLING_KINDS)
            ]
            for column in columns:
                found.setdefault(column.code, column)
                versions.setdefault(column.code, []).append(number)
            if question.kind == QuestionKind.MULTIPLE:
                noughts[number, question.code] = tuple(one.code for one in columns if not one.is_typed)
    ordered = _side_by_side(found)
    columns = tuple(
        Column(one.code, one.question, one.row, one.option, one.is_typed, tuple(sorted(versions[one.code])))
        for one in ordered
    )
    places = {column.code: place for place, column in enumerate(columns)}
    return Layout(
        columns=columns,
        places=places,
        noughts={key: tuple(places[code] for code in codes) for key, codes in noughts.items()},
        several=frozenset(one.question.code for one in columns if one.question.kind == QuestionKind.MULTIPLE),
    )


def _side_by_side(found: Mapping[str, Column]) -> list[Column]:
    """Return columns so that those of one question stand together, also where an older version had more choices."""
    order = {code: place for place, code in enumerate(dict.fromkeys(one.question.code for one in found.values()))}
    return sorted(found.values(), key=lambda column: order[column.question.code])


def _columns(question: Question) -> list[Column]:
    kind = question.kind
    if kind in SILENT_KINDS:
        return []
    if kind == QuestionKind.MATRIX:
        return [Column(f"{question.code}.{row.code}", question, row) for row in question.rows]
    written = [
        Column(f"{question.code}.{option.code}.text", question, None, option, is_typed=True)
        for option in question.options
        if option.is_other
    ]
    if kind == QuestionKind.MULTIPLE:
        chosen = [Column(f"{question.code}.{option.code}", question, None, option) for option in question.options]
        return [*chosen, *written]
    return [Column(question.code, question, is_typed=kind in TEXT_KINDS or kind == QuestionKind.FILE), *written]


def words_for(asked: Mapping[int, Questionnaire], language: str) -> dict[tuple[str, str], str]:
    """Return the words of choices and of the points of scales; the newest version's, where several have them.

    The active language must be ``language``: the words of scales come from the catalogues.
    """
    found: dict[tuple[str, str], str] = {}
    for number in sorted(asked):
        for question in asked[number].questions.values():
            if question.kind in ONE_OPTION_KINDS or question.kind == QuestionKind.MATRIX:
                for option in question.options:
                    found[question.code, option.code] = option.label.get(language) or option.code
            elif question.kind == QuestionKind.SCALE and question.scale:
                for point, word in zip(POINTS[question.kind], SCALE_WORDS[question.scale], strict=True):
                    found[question.code, str(point)] = str(word)
    return found


@dataclass(frozen=True)
class Entry:
    """A line of the codebook: a column, or a value that it may hold. ``texts`` are by language."""

    column: str
    part: str
    value: str
    kind: str
    versions: tuple[int, ...]
    texts: Mapping[str, str]


def codebook(made: Layout, languages: Sequence[str], words: Mapping[str, Mapping[tuple[str, str], str]]) -> list[Entry]:
    """Return what each column and each value means; ``words`` are by language, as ``words_for`` gives them."""
    entries: list[Entry] = []
    for column in made.columns:
        labels = {language: column.label(language) for language in languages}
        kind = str(column.question.kind)
        entries.append(Entry(column.code, "column", "", kind, column.versions, labels))
        entries += [
            Entry(column.code, "value", value, kind, column.versions, texts)
            for value, texts in _values(column, languages, words)
        ]
    return entries


def _values(
    column: Column, languages: Sequence[str], words: Mapping[str, Mapping[tuple[str, str], str]]
) -> list[tuple[str, Any]]:
    question = column.question
    if column.is_typed:
        return []
    if question.kind == QuestionKind.MULTIPLE:
        return [("0", {}), ("1", {})]
    if question.kind in ONE_OPTION_KINDS or question.kind == QuestionKind.MATRIX:
        # Choices of older versions too: their answers are in the table.
        codes = [code for asked, code in words[languages[0]] if asked == question.code]
    else:
        codes = [str(point) for point in POINTS.get(question.kind, ())]
    return [
        (code, {one: words[one][question.code, code] for one in languages if (question.code, code) in words[one]})
        for code in codes
    ]
