"""Answers as rows of a table, read from the database as they are written out: no more than some thousand at a time."""

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import CharField, Count, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat
from django.utils.translation import override

from portal.urns.models import Sealed, Urn
from surveys.choices import URN, State
from surveys.models import Survey
from surveys.rules.hiding import NOTHING_SAID, SAID, SMALLEST, Said, hidden_by_step
from surveys.rules.shapes import Questionnaire
from surveys.rules.tabulating import Cell, Entry, Layout, codebook, layout, words_for
from surveys.selectors.structure import questionnaire_in

# Rows of answers fetched at once.
FETCHED = 5000
# No code of a question begins so.
_SAID = ("_version", "_language", "_channel", "_organisation_kind", "_week")
_NAMED = ("_name", "_email", "_submitted_at", "_reference")
_MORE = ("_minutes", "_state", "_consent_version", "_dropped")
_GIVEN = ("question", "row", "option", "number", "day", "text", "file__code")


@dataclass(frozen=True)
class Wanted:
    """What is asked for. No ``number`` means all versions.

    ``heads`` is ``codes``, ``both`` (words in a second row) or ``labels`` (words instead of codes, of choices too), in
    ``language``.
    """

    heads: str = "codes"
    language: str = "en"
    number: int | None = None
    with_names: bool = False


@dataclass(frozen=True)
class Table:
    """A table that is read as it is written. ``codes`` name the columns; ``heads`` are the rows above the others."""

    codes: list[str]
    heads: list[list[str]]
    entries: list[Entry]
    rows: Iterator[list[Cell]]


def asked_in(survey: Survey, number: int | None = None) -> dict[int, Questionnaire]:
    """Return what the versions of a survey ask, by number, each in its last edition."""
    versions = survey.versions.order_by("number", "edition")
    if number is not None:
        versions = versions.filter(number=number)
    return {version.number: questionnaire_in(version) for version in versions}


def is_settled(survey: Survey) -> bool:
    """Tell whether all answers of a survey are in: it is over, and its urn is closed and empty."""
    if survey.state not in (State.CLOSED, State.RESULTS):
        return False
    urn = {"owner": URN, "code": survey.code}
    is_open = Urn.objects.filter(**urn, is_closed=False).exists()
    return not is_open and not Sealed.objects.filter(urn__owner=URN, urn__code=survey.code).exists()


def sheets_by_version(survey: Survey) -> dict[int, int]:
    """Return how many sheets of each version are counted."""
    counts = survey.sheets.counted().values_list("number").annotate(Count("pk")).order_by("number")
    return dict(counts)


def shown_versions(survey: Survey, number: int | None = None) -> list[int]:
    """Return the versions whose rows may be shown: of an anonymous survey those with at least ten sheets."""
    least = SMALLEST if survey.is_anonymous else 1
    counts = sheets_by_version(survey)
    return [one for one, count in counts.items() if count >= least and number in (None, one)]


def table_of(survey: Survey, wanted: Wanted) -> Table:
    """Return the answers as a table; whether they may be given is told by the service."""
    numbers = shown_versions(survey, wanted.number)
    everything = asked_in(survey)
    asked = {number: everything[number] for number in numbers}
    # What was written stands alone where it is anonymous: beside other answers a turn of phrase would name them all.
    made = layout(asked, has_texts=not survey.is_anonymous, has_telling=wanted.with_names)
    said = _said_columns(survey, wanted)
    codes = [*said, *(column.code for column in made.columns)]
    words = words_by_language(asked)
    shown = words[wanted.language] if wanted.heads == "labels" else {}
    return Table(
        codes=codes,
        heads=_heads(made, said, codes, wanted),
        entries=codebook(made, languages(), words),
        rows=_rows(survey, numbers, made, said, shown),
    )


def languages() -> list[str]:
    """Return the codes of the portal's languages."""
    return [code for code, _name in settings.LANGUAGES]


def codebook_of(survey: Survey) -> list[Entry]:
    """Return what all columns and values of a survey's tables mean."""
    asked = asked_in(survey)
    return codebook(layout(asked), languages(), words_by_language(asked))


def words_by_language(asked: dict[int, Questionnaire]) -> dict[str, dict[tuple[str, str], str]]:
    """Return the words of choices and points in each language."""
    found = {}
    for language in languages():
        with override(language):
            found[language] = words_for(asked, language)
    return found


def _said_columns(survey: Survey, wanted: Wanted) -> tuple[str, ...]:
    if survey.is_anonymous:
        return _SAID
    return (*_SAID, *_MORE, *(_NAMED if wanted.with_names else ()))


def _heads(made: Layout, said: tuple[str, ...], codes: list[str], wanted: Wanted) -> list[list[str]]:
    labels = [*said, *(column.label(wanted.language) for column in made.columns)]
    return {"codes": [codes], "both": [codes, labels], "labels": [labels]}[wanted.heads]


def _rows(
    survey: Survey, numbers: list[int], made: Layout, said: tuple[str, ...], words: dict[tuple[str, str], str]
) -> Iterator[list[Cell]]:
    hidden = _hidden(survey, numbers) if survey.is_anonymous else {}
    found = in_no_order(survey.sheets.counted().filter(number__in=numbers))
    fields = [_FIELDS[name] for name in said]
    queryset = found.values_list("pk", *fields, *(f"answers__{name}" for name in _GIVEN))
    width = len(said) + 1
    for _pk, lines in groupby(streamed(queryset), key=itemgetter(0)):
        first = next(lines)
        number = first[1]
        told = list(first[1:width])
        if survey.is_anonymous:
            told[1:5] = hidden[number].get(_as_said(first[2:6]), NOTHING_SAID)
        answers = [line[width:] for line in (first, *lines) if line[width]]
        yield [*told, *made.cells(number, answers, words)]


_FIELDS = {
    **{f"_{name}": name for name in (*SAID, "minutes", "state", "dropped", "submitted_at", "reference")},
    "_version": "number",
    "_consent_version": "consent_number",
    "_name": "participation__person__display_name",
    "_email": "participation__person__email",
}


def _as_said(values: tuple[Any, ...]) -> Said:
    return tuple(value if isinstance(value, str) else value.isoformat() for value in values)


def _hidden(survey: Survey, numbers: list[int]) -> dict[int, dict[Said, Said]]:
    """Return for each version what its rows may say."""
    found = {}
    for number in numbers:
        counts: Counter[Said] = Counter()
        rows = survey.sheets.counted().filter(number=number).values_list(*SAID).annotate(Count("pk")).order_by()
        for *said, count in rows:
            counts[_as_said(tuple(said))] += count
        found[number] = hidden_by_step(counts) or {}
    return found


def in_no_order(rows: QuerySet) -> QuerySet:
    """Order rows by chance, another way each time: no two files can be laid beside each other row by row."""
    salt = secrets.token_hex(16)
    return rows.annotate(chance=MD5(Concat(Cast("pk", CharField()), Value(salt)))).order_by("chance", "pk")


def streamed(queryset: QuerySet) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a query through a cursor of the server, within a transaction that a pool keeps together."""
    statement, parameters = queryset.query.sql_with_params()
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name=f"sawt_{secrets.token_hex(8)}") as cursor:
            cursor.itersize = FETCHED
            cursor.execute(statement, parameters)
            yield from cursor
