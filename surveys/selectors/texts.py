"""What people wrote, for staff: searched, filtered, a page at a time, and never beside other answers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Func, Prefetch, QuerySet, TextField

from portal.text import fold, language_order
from surveys.choices import QuestionKind
from surveys.models import Answer, Survey, TaggedText, ThemedText
from surveys.rules.shapes import Question
from surveys.selectors.drawing import Words, words_of
from surveys.selectors.exporting import FETCHED, asked_in, in_no_order, shown_versions, streamed

PER_PAGE = 20
_WRITTEN = (QuestionKind.SHORT, QuestionKind.LONG)


class Folded(Func):
    """A text as ``portal.text.fold`` writes it, by the database; tests compare the two."""

    template = (
        "translate(regexp_replace(regexp_replace(lower(normalize(%(expressions)s, NFKD)),"
        " '[\\u0300-\\u036f\\u0610-\\u061a\\u064b-\\u065f\\u0670\\u06d6-\\u06ed"
        "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\u00ad\\u061c]', '', 'g'), '\\s+', ' ', 'g'),"
        " 'أإآٱىیةؤئک٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬ـ', 'ااااييهويك01234567890123456789.,')"
    )
    output_field = TextField()


@dataclass(frozen=True)
class Chosen:
    """What a reader asked to see. ``tag`` and ``theme`` are ids; ``after`` is the key of the last text seen."""

    words: str = ""
    question: str = ""
    language: str = ""
    tag: int | None = None
    theme: int | None = None
    after: UUID | None = None


@dataclass(frozen=True)
class Text:
    """A text on the page."""

    key: UUID
    text: str
    language: str
    question: Words
    tags: list[Any]
    theme: Any | None


@dataclass(frozen=True)
class TextPage:
    """A page of texts; ``after`` leads on, and is None on the last one."""

    texts: list[Text]
    after: UUID | None


def written_questions(survey: Survey) -> dict[str, Question]:
    """Return the questions to which people write, those with a line beside “other” included, the newest version's."""
    found: dict[str, Question] = {}
    for _number, asked in sorted(asked_in(survey).items(), reverse=True):
        for code, question in asked.questions.items():
            if question.kind in _WRITTEN or any(option.is_other for option in question.options):
                found.setdefault(code, question)
    return found


def texts_of(survey: Survey) -> QuerySet[Answer]:
    """Return the texts that staff may read; of an anonymous survey those of versions with at least ten sheets.

    Addresses are none of them: they tell who wrote, not what.
    """
    return (
        Answer.objects.filter(
            sheet__in=survey.sheets.counted().filter(number__in=shown_versions(survey)),
            question__in=list(written_questions(survey)),
        )
        .exclude(text="")
        .select_related("sheet")
    )


def chosen_texts(survey: Survey, chosen: Chosen) -> QuerySet[Answer]:
    """Return those that a reader asked for."""
    found = texts_of(survey)
    if chosen.question:
        found = found.filter(question=chosen.question)
    if chosen.language:
        found = found.filter(sheet__language=chosen.language)
    if chosen.tag is not None:
        found = found.filter(tagged__tag=chosen.tag)
    if chosen.theme is not None:
        found = found.filter(themed__theme=chosen.theme)
    if words := fold(chosen.words).split():
        found = found.annotate(folded=Folded("text"))
        for word in words:
            found = found.filter(folded__contains=word)
    return found


def text_page(survey: Survey, chosen: Chosen) -> TextPage:
    """Return one page of texts with their tags and themes, in the order of their keys, which tells nothing."""
    found = chosen_texts(survey, chosen).order_by("pk")
    if chosen.after is not None:
        found = found.filter(pk__gt=chosen.after)
    tagged = Prefetch("tagged", TaggedText.objects.select_related("tag").order_by("tag__key"))
    rows = list(found.select_related("themed__theme").prefetch_related(tagged)[: PER_PAGE + 1])
    questions = written_questions(survey)
    texts = [
        Text(
            key=row.pk,
            text=row.text,
            language=row.sheet.language,
            question=words_of(questions[row.question].title),
            tags=[one.tag for one in row.tagged.all()],
            theme=theme_of(row),
        )
        for row in rows[:PER_PAGE]
    ]
    return TextPage(texts, rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else None)


def theme_of(row: Answer) -> Any | None:
    """Return the theme of a text, unless staff dismissed it."""
    themed = getattr(row, "themed", None)
    return None if themed is None or themed.theme.is_dismissed else themed.theme


TEXT_COLUMNS = ("question", "language", "text", "tags", "theme")


def text_rows(survey: Survey, chosen: Chosen) -> Iterator[list[str]]:
    """Give the texts that were chosen as rows of a table, in an order made by chance."""
    found = in_no_order(chosen_texts(survey, chosen)).values_list("pk", "question", "sheet__language", "text")
    themes = {theme.pk: str(theme) for theme in survey.themes.filter(is_dismissed=False)}
    rows = streamed(found)
    while piece := list(islice(rows, FETCHED)):
        keys = [key for key, *_more in piece]
        tags: dict[UUID, list[str]] = defaultdict(list)
        for key, name in TaggedText.objects.filter(answer__in=keys).values_list("answer", "tag__name"):
            tags[key].append(name)
        themed = dict(ThemedText.objects.filter(answer__in=keys).values_list("answer", "theme"))
        for key, *told in piece:
            yield [*told, "; ".join(sorted(tags[key])), themes.get(themed.get(key), "")]


def text_counts(survey: Survey) -> dict[tuple[str, str], int]:
    """Return how many texts there are by question and language."""
    rows = texts_of(survey).order_by().values_list("question", "sheet__language").annotate(Count("pk"))
    return {(question, language): count for question, language, count in rows}


@dataclass(frozen=True)
class Themed:
    """Themes of a question in a language; ``texts`` is how many were read, and ``is_few`` that they were too few."""

    question: Words
    code: str
    language: str
    texts: int
    themes: list[Any]
    dismissed: list[Any]
    is_few: bool


def themes_by_question(survey: Survey, told: list[dict[str, Any]], examples: int = 3) -> list[Themed]:
    """Return the themes found last, with examples; ``told`` is what the last search told."""
    questions = written_questions(survey)
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    themes = list(survey.themes.all())
    near = _examples(survey, [theme.pk for theme in themes], examples)
    for theme in themes:
        theme.examples = near.get(theme.pk, [])
        groups[theme.question, theme.language].append(theme)
    order = {code: place for place, code in enumerate(language_order())}
    places = {code: place for place, code in enumerate(questions)}
    read = {(one["question"], one["language"]): one for one in told if one["question"] in questions}

    def place(key: tuple[str, str]) -> tuple[bool, int, int]:
        # Where there are too few texts there is nothing to read: that comes last.
        return read[key]["few"], places[key[0]], order.get(key[1], len(order))

    return [
        Themed(
            question=words_of(questions[code].title),
            code=code,
            language=language,
            texts=read[code, language]["texts"],
            themes=[one for one in groups[code, language] if not one.is_dismissed],
            dismissed=[one for one in groups[code, language] if one.is_dismissed],
            is_few=read[code, language]["few"],
        )
        for code, language in sorted(read, key=place)
    ]


def _examples(survey: Survey, themes: list[int], most: int) -> dict[int, list[Answer]]:
    """Return for each theme the texts nearest to it."""
    found: dict[int, list[Answer]] = defaultdict(list)
    # The same words from several people are shown once, so some more are looked at.
    near = texts_of(survey).filter(themed__theme__in=themes, themed__place__lte=4 * most)
    for row in near.select_related("themed").order_by("themed__theme", "themed__place"):
        kept = found[row.themed.theme_id]
        if len(kept) < most and all(row.text != other.text for other in kept):
            kept.append(row)
    return found
