"""Answering: pages, the last look, handing in, and the way back."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.files.models import StoredFile
from portal.web.middleware import takes_up_to
from portal.web.views.errors import too_many_requests
from surveys.choices import QuestionKind
from surveys.models import Participation, Survey
from surveys.rules.checking import Problem, message, read_page
from surveys.rules.shapes import Page, Question, Questionnaire
from surveys.rules.showing import page_before, progress, visible, without_hidden
from surveys.rules.values import Sent
from surveys.selectors.drawing import Drawn, draw, sent_of, words_of
from surveys.selectors.structure import questionnaire_in
from surveys.selectors.told import told_pages
from surveys.services.answering import LARGEST_FILE, MISSING, PageSent, reachable, save_page
from surveys.services.drafts import AnsweringRefused
from surveys.services.handing_in import NotWhole, hand_in
from surveys.views.limits import too_many_pages
from surveys.views.visits import Answered, Visit, closed, over, visit_of

# Two files, and the words around them.
LARGEST_FORM = 2 * LARGEST_FILE + 2_000_000
View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """Show what is shown instead where a draft has no pages."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Answered as found:
            return found.response

    return shown


@takes_up_to(LARGEST_FORM)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: HttpRequest, code: str, page: str, key: str = "") -> HttpResponse:
    """Show a page of questions; a POST saves it and goes on, back, to another language or away."""
    visit = visit_of(request, code, key)
    found = visit.questionnaire.page(page)
    if found is None:
        raise Http404
    if not reachable(visit.questionnaire, visit.unfinished, page):
        return _ahead(request, visit)
    if request.method == "POST":
        return _save(request, visit, found)
    return _show_kept(request, visit, found)


def _ahead(request: HttpRequest, visit: Visit) -> HttpResponse:
    if request.method != "POST":
        return redirect(visit.next_url)
    title = _("This page comes later")
    text = _("Nothing was saved: the pages before it come first. Copy what you had typed, and go on from there.")
    return over(request, title, text, status=409, go_on_url=visit.next_url)


def _save(request: HttpRequest, visit: Visit, found: Page) -> HttpResponse:
    if too_many_pages(request, visit.draft.key_hash):
        return too_many_requests(request)
    language = request.POST.get("_language", "")
    way = "back" if "_back" in request.POST else "stay" if "_later" in request.POST or language else "on"
    fields = {name: values for name, values in request.POST.lists() if not name.startswith("_")}
    sent = PageSent(fields, frozenset(request.POST.getlist("_shown")), request.FILES, way)
    try:
        saved = save_page(visit.draft, visit.key, found, sent, language=get_language() or settings.LANGUAGE_CODE)
    except AnsweringRefused as refused:
        return redirect(visit.url("done")) if refused.reason == "done" else closed(request, visit)
    if saved.problems:
        visit.draft.refresh_from_db()
        return _show(request, visit, found, fields, saved.problems)
    if "_later" in request.POST:
        return redirect(visit.url("later"))
    goal = visit.url("page", saved.page.code) if saved.page else visit.url("review")
    if language in dict(settings.LANGUAGES):
        return redirect(translate_url(goal, language))
    return redirect(f"{goal}#field_{saved.opened[0]}" if saved.opened else goal)


def _show_kept(request: HttpRequest, visit: Visit, found: Page) -> HttpResponse:
    """Show what is kept of a page and what of it has to be mended; after a refusal also what is missing."""
    typed = visit.unfinished.typed.get(found.code, {})
    sent = sent_of(visit.questionnaire, visit.unfinished.answers) | typed
    _answers, problems = read_page(found.questions, sent)
    if "missing" not in request.GET:
        codes = {name.partition(".")[0] for name in typed}
        problems = [one for one in problems if one.question in codes and one.reason not in MISSING]
    return _show(request, visit, found, sent, tuple(problems))


def _show(
    request: HttpRequest, visit: Visit, found: Page, sent: Sent, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    answers, _problems = read_page(found.questions, sent)
    others = {code: one for code, one in visit.unfinished.answers.items() if code not in _codes(found)}
    now = others | answers
    questions = next((asked for one, asked in visible(visit.questionnaire, now) if one.code == found.code), [])
    shown = {question.code for question in questions}
    drawn = _with_files(draw(questions, sent, problems, visit.draft.key_hash), visit)
    before = page_before(visit.questionnaire, now, found.code)
    context = visit.context(
        page=found,
        page_title=words_of(found.title),
        page_text=words_of(found.text),
        questions=drawn,
        errors=[error_of(problem, visit.questionnaire) for problem in problems if problem.question in shown],
        progress=progress(visit.questionnaire, now, found.code),
        has_before=before is not None,
        has_files=any(one.kind == QuestionKind.FILE for one in drawn),
        language_form="survey-page",
        languages=[one for one in visit.questionnaire.languages if one != get_language()],
    )
    return render(request, "surveys/page.html", context)


def _codes(found: Page) -> set[str]:
    return {question.code for question in found.questions}


def error_of(problem: Problem, questionnaire: Questionnaire) -> dict[str, str]:
    """Return what an error summary says of a problem, and where it leads."""
    question: Question = questionnaire.questions[problem.question]
    label = words_of(question.title).text
    text = _("%(label)s – %(error)s") % {"label": label, "error": message(problem, question)}
    return {"text": text, "target": f"id_{problem.field}"}


def _with_files(drawn: list[Drawn], visit: Visit) -> list[Drawn]:
    """Put beside a question for a file the one that is kept, which is never what the form says."""
    if not any(one.kind == QuestionKind.FILE for one in drawn):
        return drawn
    answers = visit.draft.answers
    codes = {one.name: answers.get(one.name, {}).get("file", "") for one in drawn if one.kind == QuestionKind.FILE}
    stored = {one.code: one for one in StoredFile.objects.filter(code__in=codes.values())}
    return [replace(one, file=stored.get(codes[one.name]), value="") if one.name in codes else one for one in drawn]


@never_cache
@require_safe
@answered
def go_on(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Lead to where somebody was."""
    return redirect(visit_of(request, code, key).next_url)


@never_cache
@require_safe
@answered
def later(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Tell how to come back."""
    visit = visit_of(request, code, key)
    link = request.build_absolute_uri(visit.url("go_on"))
    return render(request, "surveys/later.html", visit.context(link=link, go_on_url=visit.next_url))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def review(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Show all answers once more; a POST hands them in."""
    visit = visit_of(request, code, key)
    if request.method == "POST":
        return _hand_in(request, visit)
    unfinished = visit.unfinished
    kept, dropped = without_hidden(visit.questionnaire, unfinished.answers)
    names = _file_names(kept)
    pages = told_pages(visit.questionnaire, kept, names)
    shown = [
        {"page": one, "url": visit.url("page", one.code), "is_saved": one.code in unfinished.whole} for one in pages
    ]
    is_whole = all(page.code in unfinished.whole for page, _asked in visible(visit.questionnaire, kept))
    context = visit.context(pages=shown, dropped=dropped, is_whole=is_whole, go_on_url=visit.next_url)
    return render(request, "surveys/review.html", context)


def _file_names(answers: dict[str, Any]) -> dict[str, str]:
    codes = [answer.file for answer in answers.values() if answer.file]
    return dict(StoredFile.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def _hand_in(request: HttpRequest, visit: Visit) -> HttpResponse:
    if too_many_pages(request, visit.draft.key_hash):
        return too_many_requests(request)
    try:
        reference = hand_in(
            visit.draft, visit.key, user=request.user, language=get_language() or settings.LANGUAGE_CODE
        )
    except NotWhole as missing:
        # Whoever has not seen the page yet is not told off for what is missing there.
        is_known = bool(missing.problems) and missing.code in visit.unfinished.saved
        return redirect(f"{visit.url('page', missing.code)}{'?missing' if is_known else ''}")
    except AnsweringRefused as refused:
        return _not_taken(request, visit, refused.reason)
    if reference:
        told = _("Please write this on the paper, or in your note of the call: %(reference)s")
        messages.success(request, told % {"reference": reference})
        return redirect("surveys:enter", code=visit.survey.code)
    return redirect(visit.url("done"))


def _not_taken(request: HttpRequest, visit: Visit, reason: str) -> HttpResponse:
    if reason == "done":
        return redirect(visit.url("done"))
    if reason == "state":
        return closed(request, visit)
    words = {
        "once": (
            _("You have answered already"),
            _("Each person answers this survey once. Your first answers count; these do not."),
        ),
        "sign_in": (
            _("You are no longer signed in"),
            _("Your answers are kept. Sign in, open this page again and hand them in."),
        ),
        "verify": (
            _("Only people whose identity is verified may answer this"),
            _("Your answers are kept for 30 days, but were not handed in."),
        ),
    }
    title, text = words.get(reason, (_("You may not answer this survey"), _("Your answers were not handed in.")))
    return over(request, title, text, status=403 if reason != "once" else 409)


@never_cache
@require_safe
@answered
def done(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Say thank you, and what happens next."""
    if not key:
        return _done_by_account(request, code)
    visit = visit_of(request, code, key, to_read=True)
    if not visit.draft.is_done:
        return redirect(visit.next_url)
    return _thanks(request, visit.survey, visit.draft.version)


def _done_by_account(request: HttpRequest, code: str) -> HttpResponse:
    found = Survey.objects.visible_to(request.user).select_related("version").filter(code=code).first()
    if found is None or not request.user.is_authenticated:
        raise Http404
    if not Participation.objects.filter(survey=found, person=request.user).exists():
        return redirect("surveys:start", code=code)
    return _thanks(request, found, found.version)


def _thanks(request: HttpRequest, survey: Survey, version: Any) -> HttpResponse:
    told = questionnaire_in(version)
    context = {"survey": survey, "title": words_of(told.title), "thanks": words_of(told.thanks)}
    return render(request, "surveys/done.html", context)
