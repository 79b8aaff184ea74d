"""What must be there before a survey is published, and which changes of a published one are harmless."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.choices import ONE_OPTION_KINDS, OPTION_KINDS, TELLING_KINDS, QuestionKind
from surveys.models import Survey
from surveys.rules.reaching import Flaw, flaws
from surveys.rules.shapes import Option, Page, Question, Questionnaire, Row, Texts

_REASONS = {
    "unreachable": gettext_lazy("Nobody can reach this: its conditions never hold together."),
    "later": gettext_lazy("A condition looks at a question that comes later."),
    "no_source": gettext_lazy("A condition looks at a question that is not there."),
    "senseless": gettext_lazy("A condition compares with something that cannot be answered."),
}


@dataclass(frozen=True)
class Finding:
    """One thing to mend before publishing, and where, as far as it is somewhere."""

    text: str
    page: str = ""
    question: str = ""
    language: str = ""


def findings(survey: Survey, questionnaire: Questionnaire) -> list[Finding]:
    """Return everything that stands in the way of publishing what is written now."""
    return [
        *_of_survey(survey),
        *_of_secrecy(survey, questionnaire),
        *_of_languages(questionnaire, survey),
        *(found for page in questionnaire.pages for found in _of_page(page, questionnaire.languages)),
        *(of_flaw(flaw) for flaw in flaws(questionnaire)),
        *_of_whole(questionnaire),
    ]


def of_flaw(flaw: Flaw) -> Finding:
    """Return a flaw of the rules in words."""
    return Finding(str(_REASONS[flaw.reason]), page=flaw.page, question=flaw.question)


def _of_survey(survey: Survey) -> Iterator[Finding]:
    if not survey.languages:
        yield Finding(_("Choose at least one language."))
    elif len(set(survey.languages)) < len(settings.LANGUAGES) and not survey.languages_reason.strip():
        yield Finding(_("Say why it is not published in every language."))
    if survey.closes_at is not None and survey.closes_at <= timezone.now():
        yield Finding(_("The time at which it closes has passed."))


def _of_secrecy(survey: Survey, questionnaire: Questionnaire) -> Iterator[Finding]:
    for question in questionnaire.questions.values():
        if survey.is_anonymous and question.kind in TELLING_KINDS:
            told = _("This tells who answered. Leave it out, or ask with the names of the people.")
            yield Finding(told, question=question.code)


def _of_languages(questionnaire: Questionnaire, survey: Survey) -> Iterator[Finding]:
    needed = {"title": _("The title is missing."), "intro": _("The introduction is missing.")}
    optional = {"consent": _("The consent is missing."), "thanks": _("The thanks are missing.")}
    for name, told in {**needed, **optional}.items():
        texts: Texts = getattr(questionnaire, name)
        if name in needed or texts:
            yield from (Finding(told, language=code) for code in questionnaire.languages if not texts.get(code))


def _of_whole(questionnaire: Questionnaire) -> Iterator[Finding]:
    if not any(question.asks for question in questionnaire.questions.values()):
        yield Finding(_("It asks nothing yet."))


def _of_page(page: Page, languages: tuple[str, ...]) -> Iterator[Finding]:
    if not page.questions and not page.text:
        yield Finding(_("There is nothing on this page."), page=page.code)
    for texts in (page.title, page.text):
        if texts:
            missing = [code for code in languages if not texts.get(code)]
            yield from (Finding(_("A text of the page is missing."), page=page.code, language=code) for code in missing)
    for question in page.questions:
        yield from _of_question(question, languages)


def _of_question(question: Question, languages: tuple[str, ...]) -> Iterator[Finding]:
    for code in languages:
        if not question.title.get(code):
            yield Finding(_("The question is missing."), question=question.code, language=code)
        if question.help and not question.help.get(code):
            yield Finding(_("The help is missing."), question=question.code, language=code)
        if any(not option.label.get(code) for option in question.options):
            yield Finding(_("The words of a choice are missing."), question=question.code, language=code)
        if any(not row.label.get(code) for row in question.rows):
            yield Finding(_("The words of a line are missing."), question=question.code, language=code)
    for text in _shape_problems(question):
        yield Finding(text, question=question.code)


def _shape_problems(question: Question) -> Iterator[str]:
    """Give what makes a question impossible to answer as it stands."""
    if question.kind in OPTION_KINDS and len(question.options) < 2:
        yield _("It needs at least two choices.")
    if question.kind == QuestionKind.MATRIX and not question.rows:
        yield _("A table needs at least one line.")
    if question.kind == QuestionKind.MATRIX and any(option.is_other for option in question.options):
        yield _("A table has no “other”.")
    if sum(option.is_other for option in question.options) > 1:
        yield _("Only one choice can be “other”.")
    if question.kind == QuestionKind.SCALE and not question.scale:
        yield _("Choose the words of the scale.")
    if question.kind == QuestionKind.MULTIPLE and question.minimum is not None:
        together = sum(not option.is_exclusive for option in question.options)
        if question.minimum > together:
            yield _("It asks for more choices than there are.")
    if question.kind in ONE_OPTION_KINDS and any(option.is_exclusive for option in question.options):
        yield _("Where one choice is made, none needs to go with no other.")


def what_changed(before: Questionnaire, after: Questionnaire) -> str:
    """Return ``nothing``, ``wording`` where only texts and languages differ, or ``meaning``.

    Everything that decides what people are asked, can answer or get to see is meaning; so are the places in the order.
    """
    if before == after:
        return "nothing"
    return "wording" if _bare(before) == _bare(after) else "meaning"


def _bare(questionnaire: Questionnaire) -> tuple[Any, ...]:
    """Return all but texts. Which pages and helps are there at all is wording too."""
    return tuple(
        replace(page, title={}, text={}, questions=tuple(_bare_question(one) for one in page.questions))
        for page in questionnaire.pages
    )


def _bare_question(question: Question) -> Question:
    return replace(
        question,
        title={},
        help={},
        options=tuple(_unworded(option) for option in question.options),
        rows=tuple(_unworded(row) for row in question.rows),
    )


def _unworded(thing: Option | Row) -> Option | Row:
    return replace(thing, label={})


def kinds_in(structure: Mapping[str, Any]) -> dict[str, str]:
    """Return the kind of each question that a kept structure holds, by code."""
    return {question["code"]: question["kind"] for page in structure.get("pages", ()) for question in page["questions"]}
