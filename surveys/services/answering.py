"""Saving pages of answers, whatever order, tab or button they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from portal.files.choices import FileKind
from portal.files.services import Accepted, FileRefused, accept, keep
from portal.text import clean_text
from surveys.choices import QuestionKind, State
from surveys.models import Draft
from surveys.rules.checking import Problem, read_page
from surveys.rules.shapes import Page, Question, Questionnaire
from surveys.rules.showing import first_unanswered, page_after, page_before, visible
from surveys.rules.values import NOTHING, Answer, Sent, names_of
from surveys.selectors.structure import questionnaire_in
from surveys.services.counting import count_page
from surveys.services.drafts import AnsweringRefused, Unfinished, forget_files, group_of, read, write

# What questions for a file take.
KINDS = list(FileKind)
LARGEST_FILE = 10_000_000
# Characters that are kept of a page whose answers cannot be taken yet.
LARGEST_TYPED = 100_000


@dataclass(frozen=True)
class Saved:
    """What became of a page: where to go now, None for the look at everything; or what is wrong with it.

    ``opened`` names questions of the same page that these answers have opened.
    """

    page: Page | None = None
    problems: tuple[Problem, ...] = ()
    opened: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageSent:
    """What came with a form: the inputs, the questions that were on it, files, and whether to go on or back or stay."""

    fields: Sent
    shown: frozenset[str]
    files: Mapping[str, object]
    way: str = "on"


def reachable(questionnaire: Questionnaire, unfinished: Unfinished, code: str) -> bool:
    """Tell whether a page is shown with these answers and all before it were saved."""
    first = first_unanswered(questionnaire, unfinished.answers, unfinished.whole)
    for page, _questions in visible(questionnaire, unfinished.answers):
        if page.code == code:
            return True
        if first is not None and page.code == first.code:
            return False
    return False


@transaction.atomic
def save_page(draft: Draft, key: str, page: Page, sent: PageSent, *, language: str) -> Saved:
    """Save the answers of a page that is reachable, and say where to go.

    On the way on nothing is stored but files where something is wrong. Whoever goes elsewhere is not held up: what is
    no answer is kept as it was typed, and the page waits to be mended. Raises ``AnsweringRefused`` with ``state`` or
    ``done``.
    """
    draft = _locked(draft)
    unfinished, questionnaire = read(draft, key), questionnaire_in(draft.version)
    files, refused = _files(page, sent, unfinished)
    fields = {**sent.fields, **{code: [kept] for code, kept in files.items()}}
    answers, problems = read_page(page.questions, fields)
    problems = [problem for problem in problems if problem.question not in refused] + list(refused.values())
    others = {code: one for code, one in unfinished.answers.items() if questionnaire.page_of.get(code) != page}
    asked = _asked(questionnaire, page, others | answers)
    wrong = [one for one in problems if one.question in asked and (sent.way == "on" or one.reason not in MISSING)]
    opened = tuple(code for code in asked if code not in sent.shown) if sent.way == "on" else ()
    typed = _typed(page, fields, {one.question for one in problems if one.question in asked} - set(opened))
    # A question that these answers have opened was not seen yet: nobody is told off for leaving it out. On the other
    # ways only what cannot be kept stands in the way.
    told = wrong if sent.way == "on" or len(str(typed)) > LARGEST_TYPED else list(refused.values())
    if [one for one in told if one.question not in opened]:
        _keep_files(draft, key, unfinished, page, files)
        return Saved(page, tuple(told))
    _forget_dropped(page, unfinished, files)
    unfinished.answers = others | answers
    unfinished.typed = {**unfinished.typed, page.code: typed}
    if not typed:
        del unfinished.typed[page.code]
    is_whole = sent.way == "on" and not opened
    if is_whole and page.code not in unfinished.saved:
        unfinished.saved.append(page.code)
        count_page(group_of(draft, language), page.code)
    goal = page if opened else _goal(questionnaire, unfinished, page, sent.way)
    unfinished.place = goal.code if goal else ""
    write(draft, key, unfinished)
    return Saved(goal, opened=opened)


def _typed(page: Page, fields: Sent, wrong: set[str]) -> dict[str, list[str]]:
    """Return what was typed into questions whose answers cannot be taken yet, without what no text can hold."""
    names = [name for question in page.questions if question.code in wrong for name in names_of(question)]
    found = {name: [clean_text(value) for value in fields.get(name, ()) if value.strip()] for name in names}
    return {name: values for name, values in found.items() if values}


# Problems that only those meet who want to go on.
MISSING = frozenset({"required", "required_rows", "too_few"})


def _locked(draft: Draft) -> Draft:
    found = Draft.objects.select_for_update(no_key=True, of=("self",)).select_related("survey", "version")
    draft = found.filter(pk=draft.pk).first()
    if draft is None or draft.is_done:
        raise AnsweringRefused("done")
    if draft.survey.state != State.OPEN:
        raise AnsweringRefused("state")
    return draft


def _asked(questionnaire: Questionnaire, page: Page, answers: Mapping[str, Answer]) -> list[str]:
    shown = next((found for one, found in visible(questionnaire, answers) if one.code == page.code), [])
    return [question.code for question in shown if question.asks]


def _goal(questionnaire: Questionnaire, unfinished: Unfinished, page: Page, way: str) -> Page | None:
    if way == "back":
        return page_before(questionnaire, unfinished.answers, page.code) or page
    return page_after(questionnaire, unfinished.answers, page.code) if way == "on" else page


def _files(page: Page, sent: PageSent, before: Unfinished) -> tuple[dict[str, str], dict[str, Problem]]:
    """Return the code of each file that stays or was stored now, and what is wrong with those that were not taken.

    The code of a file is never believed from the form: it could be somebody else's.
    """
    kept, refused = {}, {}
    for question in page.questions:
        if question.kind != QuestionKind.FILE:
            continue
        stays = f"{question.code}.remove" not in sent.fields
        kept[question.code] = before.answers.get(question.code, NOTHING).file if stays else ""
        upload = sent.files.get(question.code)
        if upload is None:
            continue
        try:
            kept[question.code] = keep(_accepted(upload)).code
        except FileRefused as why:
            refused[question.code] = Problem(question.code, "file", told=_words(why))
    return kept, refused


def _accepted(upload: object) -> Accepted:
    return accept(upload, upload.name, kinds=KINDS, max_size=LARGEST_FILE)


def _words(why: FileRefused) -> str:
    if why.code != "type":
        return str(why.message)
    kinds = " · ".join(str(kind.label) for kind in KINDS)
    return _("Files of this type are not taken. Choose one of these: %(kinds)s.") % {"kinds": kinds}


def _keep_files(draft: Draft, key: str, unfinished: Unfinished, page: Page, files: Mapping[str, str]) -> None:
    """Keep files that were taken although something else has to be mended, so that nobody sends them twice."""
    if not any(files.get(code) != unfinished.answers.get(code, NOTHING).file for code in files):
        return
    _forget_dropped(page, unfinished, files)
    for code, kept in files.items():
        unfinished.answers = {**unfinished.answers, code: replace(NOTHING, file=kept)}
    write(draft, key, unfinished)


def _forget_dropped(page: Page, unfinished: Unfinished, files: Mapping[str, str]) -> None:
    before = [unfinished.answers.get(code, NOTHING).file for code in files]
    forget_files(set(before) - set(files.values()))


def file_questions(page: Page) -> list[Question]:
    """Return the questions of a page that ask for a file."""
    return [question for question in page.questions if question.kind == QuestionKind.FILE]
