"""A questionnaire as plain values: what a version keeps, and what everything that is worked out stands on.

Nothing here knows the database. Texts are mappings from language to text, those that are not written left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from surveys.choices import SILENT_KINDS, Operator, QuestionKind

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """A choice. ``is_other`` comes with a line to write in; an exclusive one goes with no other."""

    code: str
    label: Texts = field(default_factory=dict)
    is_other: bool = False
    is_exclusive: bool = False
    is_anchored: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a table, answered with one of the question's options."""

    code: str
    label: Texts = field(default_factory=dict)
    is_anchored: bool = False


@dataclass(frozen=True)
class Condition:
    """A comparison with the answer to ``source``: to the code of an option, a number, an ISO date or a text."""

    source: str
    operator: Operator
    value: str
    row: str = ""


# One alternative suffices, and in it every condition must hold; without alternatives a thing is always shown.
ShowIf = tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True)
class Question:
    """One question.

    ``minimum`` and ``maximum`` bound what the kind has: a number's value, the choices of several, the characters of a
    text. ``decimals`` are those that a number may have.
    """

    code: str
    kind: QuestionKind
    title: Texts = field(default_factory=dict)
    help: Texts = field(default_factory=dict)
    is_required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int = 0
    earliest: date | None = None
    latest: date | None = None
    scale: str = ""
    is_random: bool = False
    options: tuple[Option, ...] = ()
    rows: tuple[Row, ...] = ()
    show_if: ShowIf = ()

    @property
    def asks(self) -> bool:
        """False for a text that stands between questions."""
        return self.kind not in SILENT_KINDS

    @cached_property
    def option_codes(self) -> dict[str, Option]:
        """Its options by code."""
        return {option.code: option for option in self.options}

    @cached_property
    def row_codes(self) -> dict[str, Row]:
        """Its lines by code."""
        return {row.code: row for row in self.rows}


@dataclass(frozen=True)
class Page:
    """Questions that are answered together."""

    code: str
    title: Texts = field(default_factory=dict)
    text: Texts = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    show_if: ShowIf = ()


@dataclass(frozen=True)
class Questionnaire:
    """Pages in their order, with what people read before and after them."""

    pages: tuple[Page, ...] = ()
    title: Texts = field(default_factory=dict)
    intro: Texts = field(default_factory=dict)
    consent: Texts = field(default_factory=dict)
    thanks: Texts = field(default_factory=dict)
    languages: tuple[str, ...] = ()

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by code, in order."""
        return {question.code: question for page in self.pages for question in page.questions}

    @cached_property
    def page_of(self) -> dict[str, Page]:
        """The page of each question, by the question's code."""
        return {question.code: page for page in self.pages for question in page.questions}

    def page(self, code: str) -> Page | None:
        """Return the page of this code, or None."""
        return next((page for page in self.pages if page.code == code), None)


def conditions_of(thing: Page | Question) -> Iterator[Condition]:
    """Give every condition of a page or question."""
    for alternative in thing.show_if:
        yield from alternative


def to_json(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the questionnaire as plain values, as a version keeps it; what is empty is left out."""
    return _plain(asdict(questionnaire))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if not _is_empty(one)}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value


def _is_empty(value: Any) -> bool:
    # Zero is a bound as every other number is, although it equals False.
    return value is None or value is False or (isinstance(value, (str, tuple, list, Mapping)) and not value)


def from_json(kept: Mapping[str, Any]) -> Questionnaire:
    """Return the questionnaire that ``to_json`` wrote."""
    pages = tuple(_page(one) for one in kept.get("pages", ()))
    told = {name: kept.get(name, {}) for name in ("title", "intro", "consent", "thanks")}
    return Questionnaire(pages=pages, languages=tuple(kept.get("languages", ())), **told)


def _page(kept: Mapping[str, Any]) -> Page:
    questions = tuple(_question(one) for one in kept.get("questions", ()))
    return Page(**_known(Page, kept) | {"questions": questions, "show_if": _show_if(kept)})


def _question(kept: Mapping[str, Any]) -> Question:
    read = _known(Question, kept) | {
        "kind": QuestionKind(kept["kind"]),
        "options": tuple(Option(**_known(Option, one)) for one in kept.get("options", ())),
        "rows": tuple(Row(**_known(Row, one)) for one in kept.get("rows", ())),
        "show_if": _show_if(kept),
    }
    for name in ("minimum", "maximum"):
        read[name] = Decimal(kept[name]) if name in kept else None
    for name in ("earliest", "latest"):
        read[name] = date.fromisoformat(kept[name]) if name in kept else None
    return Question(**read)


def _show_if(kept: Mapping[str, Any]) -> ShowIf:
    return tuple(
        tuple(
            Condition(**_known(Condition, one) | {"operator": Operator(one["operator"]), "value": one.get("value", "")})
            for one in alternative
        )
        for alternative in kept.get("show_if", ())
    )


def _known(shape: type, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this version of the portal knows of what was kept, so that an older one reads a newer one's."""
    names = {one.name for one in fields(shape)}
    return {name: value for name, value in kept.items() if name in names}
