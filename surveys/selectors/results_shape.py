"""The shape of results: what a page, a PDF or an export of them shows, in the active language.

Counts that are None are withheld; shares are in per cent of those who answered.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from surveys.rules.figures import Estimate
from surveys.rules.significance import Word
from surveys.selectors.drawing import Words


@dataclass(frozen=True)
class Filters:
    """What the results are narrowed to: empty for all. ``since`` and ``until`` are weeks by any of their days.

    In guarded results at most one of ``language``, ``channel``, ``kind`` and ``week`` is given, and no span.
    """

    language: str = ""
    channel: str = ""
    kind: str = ""
    week: date | None = None
    since: date | None = None
    until: date | None = None

    @property
    def given(self) -> list[str]:
        """The names of those that are given."""
        return [name for name, value in vars(self).items() if value]


@dataclass(frozen=True)
class Tile:
    """A figure: ``shown`` with its unit, empty where there is none or it is withheld; ``detail`` is its interval.

    ``code`` is one of ``n response completion minutes csat nps ces``.
    """

    code: str
    label: str
    shown: str
    detail: str = ""
    note: str = ""
    estimate: Estimate | None = None


@dataclass(frozen=True)
class Bar:
    """A choice, a point or a step of a histogram. ``before`` is its share in the last round."""

    code: str
    label: Words
    count: int | None
    share: float | None
    width: int
    shown: str
    before: float | None = None


@dataclass(frozen=True)
class Figure:
    """A mean, a median or a share of one question, ready to show."""

    label: str
    shown: str
    detail: str = ""


@dataclass(frozen=True)
class Compared:
    """One thing beside the last round. ``told`` says in words what the test says."""

    label: str
    before: str
    now: str
    word: Word
    told: str


@dataclass(frozen=True)
class LineResult:
    """A line of a table of choices."""

    code: str
    label: Words
    answered: int | None
    bars: tuple[Bar, ...]
    compared: Compared | None = None


@dataclass(frozen=True)
class Quoted:
    """A text that staff chose to show, in the language of the page on which it was written."""

    text: str
    language: str


@dataclass(frozen=True)
class QuestionResult:
    """One question. ``bars`` or, for a table of choices, ``lines``; neither for texts and files."""

    code: str
    kind: str
    number: int
    title: Words
    answered: int | None
    bars: tuple[Bar, ...] = ()
    lines: tuple[LineResult, ...] = ()
    figures: tuple[Figure, ...] = ()
    compared: tuple[Compared, ...] = ()
    quotes: tuple[Quoted, ...] = ()
    is_several: bool = False
    has_withheld: bool = False
    is_public: bool = False
    note: str = ""


@dataclass(frozen=True)
class PageResult:
    """How many saved a page for the first time. ``share`` is in per cent of those who began."""

    code: str
    title: Words
    count: int | None
    share: float | None
    width: int
    shown: str
    is_conditional: bool = False


@dataclass(frozen=True)
class Choice:
    """A value to which results can be narrowed; not offered where too few are behind it."""

    value: str
    label: str
    count: int | None
    is_chosen: bool
    is_offered: bool


@dataclass(frozen=True)
class Dimension:
    """By what results can be narrowed: ``language channel kind week``."""

    code: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class LastRound:
    """The round with which these results are compared."""

    code: str
    title: str
    answers: int | None
    pk: int


@dataclass(frozen=True)
class Results:
    """Everything. ``number`` is the version, ``numbers`` those there are; ``is_guarded``: small counts are withheld.

    ``is_empty``: nobody has answered; ``is_withheld``: too few have for anything to be shown.
    """

    number: int
    numbers: tuple[int, ...]
    audience: str
    is_guarded: bool
    filters: Filters
    answers: int | None
    tiles: tuple[Tile, ...]
    questions: tuple[QuestionResult, ...]
    pages: tuple[PageResult, ...]
    dimensions: tuple[Dimension, ...]
    last_round: LastRound | None
    method: tuple[str, ...]
    made_at: datetime
    is_empty: bool = False
    is_withheld: bool = False
    weeks: tuple[date, date] | None = None
    stamp: str = field(default="", compare=False)

    @property
    def compared(self) -> list[tuple[QuestionResult, Compared]]:
        """Everything that stands beside the last round, question by question."""
        return [
            (question, one)
            for question in self.questions
            for one in (*question.compared, *(line.compared for line in question.lines if line.compared))
        ]
