"""Questionnaires as plain values: from what editors write, and from what a version keeps."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Model, QuerySet

from portal.languages import written_texts
from surveys.choices import OPTION_KINDS, SILENT_KINDS, Operator, QuestionKind
from surveys.models import Condition, Option, Page, Question, Row, Survey, Version
from surveys.rules import shapes

# What else a kind of question knows: the form asks for no more.
FIELDS_OF: dict[QuestionKind, tuple[str, ...]] = {
    **dict.fromkeys(QuestionKind, ()),
    **dict.fromkeys((QuestionKind.SINGLE, QuestionKind.DROPDOWN, QuestionKind.MATRIX), ("is_random",)),
    **dict.fromkeys((QuestionKind.SHORT, QuestionKind.LONG), ("minimum", "maximum")),
    QuestionKind.MULTIPLE: ("minimum", "maximum", "is_random"),
    QuestionKind.NUMBER: ("minimum", "maximum", "decimals"),
    QuestionKind.DATE: ("earliest", "latest"),
    QuestionKind.SCALE: ("scale",),
}

# Versions that this process has read, by key.
MOST_KEPT = 200
_read: dict[int, shapes.Questionnaire] = {}


def pages_of(survey: Survey) -> QuerySet[Page]:
    """Return the pages as editors write them, with all that is on them, in five queries however many there are."""
    return survey.pages.prefetch_related("conditions", "questions__options", "questions__rows", "questions__conditions")


def questionnaire_of(survey: Survey, pages: Iterable[Page] | None = None) -> shapes.Questionnaire:
    """Return what editors have written so far, with the survey's texts in all languages."""
    return shapes.Questionnaire(
        pages=tuple(page_shape(page) for page in (pages_of(survey) if pages is None else pages)),
        languages=tuple(code for code, _name in settings.LANGUAGES if code in survey.languages),
        **{name: written_texts(survey, name) for name in ("title", "intro", "consent", "thanks")},
    )


def page_shape(page: Page) -> shapes.Page:
    """Return a page as plain values."""
    return shapes.Page(
        code=page.code,
        title=written_texts(page, "title"),
        text=written_texts(page, "text"),
        questions=tuple(question_shape(question) for question in page.questions.all()),
        show_if=show_if_shape(page.conditions.all()),
    )


def question_shape(question: Question) -> shapes.Question:
    """Return a question as plain values; what its kind knows nothing of is left out, even where it was written."""
    kind = QuestionKind(question.kind)
    options = question.options.all() if kind in OPTION_KINDS else ()
    rows = question.rows.all() if kind == QuestionKind.MATRIX else ()
    return shapes.Question(
        code=question.code,
        kind=kind,
        title=written_texts(question, "title"),
        help=written_texts(question, "help"),
        is_required=question.is_required and kind not in SILENT_KINDS,
        options=tuple(_option_shape(option) for option in options),
        rows=tuple(_row_shape(row) for row in rows),
        show_if=show_if_shape(question.conditions.all()),
        **_same(question, *FIELDS_OF[kind]),
    )


def _option_shape(option: Option) -> shapes.Option:
    flags = _same(option, "code", "is_other", "is_exclusive", "is_anchored")
    return shapes.Option(label=written_texts(option, "label"), **flags)


def _row_shape(row: Row) -> shapes.Row:
    return shapes.Row(label=written_texts(row, "label"), **_same(row, "code", "is_anchored"))


def _same(obj: Model, *names: str) -> dict[str, object]:
    return {name: getattr(obj, name) for name in names}


def show_if_shape(conditions: Iterable[Condition]) -> shapes.ShowIf:
    """Return conditions as alternatives, in their order."""
    found: dict[int, list[shapes.Condition]] = {}
    for one in conditions:
        told = shapes.Condition(one.source, Operator(one.operator), one.value, one.row)
        found.setdefault(one.alternative, []).append(told)
    return tuple(tuple(found[number]) for number in sorted(found))


def questionnaire_in(version: Version) -> shapes.Questionnaire:
    """Return what a version asks. Versions never change, so each process reads one only once."""
    found = _read.get(version.pk)
    if found is None:
        if len(_read) >= MOST_KEPT:
            _read.clear()
        found = _read[version.pk] = shapes.from_json(version.structure)
    return found
