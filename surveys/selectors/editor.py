"""What the editor's page shows of a survey: its pages and questions, its check list, and what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from portal.languages import languages_of, missing_texts, text_columns
from portal.text import language_order
from portal.urns import services as urns
from surveys.choices import URN, Act, Operator, Status
from surveys.models import Page, Question, Survey
from surveys.rules.access import acts_from, ended_for_good, may_edit, may_move
from surveys.rules.publishing import Finding, findings, what_changed
from surveys.rules.shapes import Condition, Questionnaire, Texts
from surveys.rules.shapes import Question as Shape
from surveys.selectors.structure import page_shape, pages_of, questionnaire_in, questionnaire_of


@dataclass(frozen=True)
class ShownQuestion:
    """A question as the editor's page lists it. ``rules`` are sentences by alternative."""

    question: Question
    number: int
    cells: list[tuple[str, str]]
    missing: list[str]
    rules: list[list[str]]
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class ShownPage:
    """A page as the editor's page lists it."""

    page: Page
    number: int
    cells: list[tuple[str, str]]
    missing: list[str]
    rules: list[list[str]]
    questions: list[ShownQuestion]
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Check:
    """A finding with the thing it leads to; ``number`` is the page's."""

    finding: Finding
    question: Question | None
    page: Page | None
    number: int


@dataclass(frozen=True)
class Desk:
    """All that the editor's page shows beside the form."""

    pages: list[ShownPage]
    checks: list[Check]
    acts: list[Act]
    # Why it is never opened again, where that is so.
    ended: str
    change: str
    is_writable: bool


def desk_of(survey: Survey, user: Any) -> Desk:
    """Return what the editor's page shows, in a fixed number of queries."""
    pages = list(pages_of(survey))
    written = questionnaire_of(survey, pages)
    is_out = survey.status in (Status.LIVE, Status.PAUSED) and survey.version is not None
    change = what_changed(questionnaire_in(survey.version), written) if is_out else "nothing"
    needs_checks = not survey.is_template and (survey.status == Status.DRAFT or change != "nothing")
    acts = acts_from(survey) if may_move(user, survey) else []
    is_over = Act.REOPEN in acts and survey.is_anonymous and urns.is_closed(URN, survey.code)
    return Desk(
        pages=_shown_pages(pages, written),
        checks=_checks(findings(survey, written), pages) if needs_checks else [],
        acts=[act for act in acts if not (is_over and act == Act.REOPEN)],
        ended=ended_for_good() if is_over else "",
        change=change,
        is_writable=may_edit(user, survey),
    )


def _checks(found: list[Finding], pages: list[Page]) -> list[Check]:
    questions = {question.code: question for page in pages for question in page.questions.all()}
    by_code = {page.code: (page, number) for number, page in enumerate(pages, start=1)}
    return [Check(one, questions.get(one.question), *by_code.get(one.page, (None, 0))) for one in found]


def _shown_pages(pages: list[Page], written: Questionnaire) -> list[ShownPage]:
    shown, number = [], 0
    for place, page in enumerate(pages):
        questions = []
        of_page = list(page.questions.all())
        for at, question in enumerate(of_page):
            number += 1
            is_first = place == 0 and at == 0
            is_last = place == len(pages) - 1 and at == len(of_page) - 1
            questions.append(_shown_question(question, number, written, is_first, is_last))
        told = _rules(page_shape(page).show_if, written)
        missing = list(languages_of(Page, missing_texts(page)))
        ends = (place == 0, place == len(pages) - 1)
        shown.append(ShownPage(page, place + 1, _cells(page, "title"), missing, told, questions, *ends))
    return shown


def _shown_question(
    question: Question, number: int, written: Questionnaire, is_first: bool, is_last: bool
) -> ShownQuestion:
    missing = set(languages_of(Question, missing_texts(question)))
    for part in [*question.options.all(), *question.rows.all()]:
        missing |= set(languages_of(type(part), missing_texts(part)))
    in_order = [code for code, _name in settings.LANGUAGES if code in missing]
    rules = _rules(written.questions[question.code].show_if, written)
    return ShownQuestion(question, number, _cells(question, "title"), in_order, rules, is_first, is_last)


def _cells(obj: Page | Question, field: str) -> list[tuple[str, str]]:
    return [(code, getattr(obj, column) or "") for code, column in text_columns(type(obj))[field].items()]


def _rules(show_if: tuple[tuple[Condition, ...], ...], written: Questionnaire) -> list[list[str]]:
    return [[in_words(one, written.questions) for one in alternative] for alternative in show_if]


def in_words(condition: Condition, questions: Mapping[str, Shape]) -> str:
    """Return a condition as a sentence in the active language."""
    source = questions.get(condition.source)
    if source is None:
        return condition.source
    option = source.option_codes.get(condition.value)
    row = source.row_codes.get(condition.row)
    told = {
        "question": text_in(source.title) or source.code,
        "value": (text_in(option.label) if option else "") or condition.value,
        "line": text_in(row.label) if row else "",
    }
    if row:
        return _in_a_line()[condition.operator] % told
    return _sentences()[condition.operator] % told


def _sentences() -> dict[Operator, str]:
    return {
        Operator.EQUAL: _("The answer to “%(question)s” is “%(value)s”"),
        Operator.NOT_EQUAL: _("The answer to “%(question)s” is not “%(value)s”"),
        Operator.CONTAINS: _("The answer to “%(question)s” contains “%(value)s”"),
        Operator.LACKS: _("The answer to “%(question)s” does not contain “%(value)s”"),
        Operator.GREATER: _("The answer to “%(question)s” is greater than %(value)s"),
        Operator.LESS: _("The answer to “%(question)s” is less than %(value)s"),
    }


def _in_a_line() -> dict[Operator, str]:
    return {
        Operator.EQUAL: _("The answer to “%(question)s”, line “%(line)s”, is “%(value)s”"),
        Operator.NOT_EQUAL: _("The answer to “%(question)s”, line “%(line)s”, is not “%(value)s”"),
    }


def text_in(texts: Texts) -> str:
    """Return a text in the active language, else in the first that has one."""
    return next((texts[code] for code in language_order() if texts.get(code)), "")
