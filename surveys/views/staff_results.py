"""Results for staff of the body: everything, crossed, and what of it everybody will see."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from surveys.choices import TEXT_KINDS, QuestionKind
from surveys.forms.narrowing import NarrowForm
from surveys.models import Survey
from surveys.rules.access import may_move, may_see_in_admin
from surveys.rules.shapes import Questionnaire
from surveys.rules.withholding import SMALLEST
from surveys.selectors.drawing import words_of
from surveys.selectors.results import is_guarded
from surveys.selectors.results_cross import cross, variables
from surveys.selectors.results_public import may_be_public, public_codes, texts_of
from surveys.selectors.structure import questionnaire_in
from surveys.services import public_results
from surveys.services.kept_results import kept_results
from surveys.services.refusals import SurveyRefused


def _survey(request: HttpRequest, code: str) -> Survey:
    found = Survey.objects.real().select_related("organisation", "version", "previous__organisation").filter(code=code)
    survey = found.first()
    # Before it was published nobody can have answered.
    if survey is None or survey.version is None or not may_see_in_admin(request.user, survey):
        raise Http404
    return survey


@never_cache
@login_required
@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show everything, narrowed as wanted."""
    survey = _survey(request, code)
    form = NarrowForm(request.GET, is_guarded=is_guarded(survey, "staff"))
    try:
        results, is_being_made = kept_results(survey, form.number, form.filters)
    except LookupError:
        raise Http404 from None
    context = _context(request, survey) | {
        "results": results,
        "is_being_made": is_being_made,
        "base": reverse("surveys:staff_results", args=[code]),
        "errors": form.told,
    }
    return render(request, "surveys/results/staff.html", context)


def _context(request: HttpRequest, survey: Survey) -> dict[str, Any]:
    questionnaire = questionnaire_in(survey.version)
    return {
        "survey": survey,
        "title": words_of(questionnaire.title),
        "may_choose": may_move(request.user, survey),
        "has_cross": len(variables(questionnaire)) > 1,
    }


def _asked(survey: Survey, number: int | None) -> tuple[int, Questionnaire]:
    """Return a version's number and what it asks; by default those of the last."""
    if number is None:
        return survey.version.number, questionnaire_in(survey.version)
    version = survey.versions.filter(number=number).order_by("edition").last()
    if version is None:
        raise Http404
    return number, questionnaire_in(version)


@never_cache
@login_required
@require_safe
def crossed(request: HttpRequest, code: str) -> HttpResponse:
    """Cross two questions."""
    survey = _survey(request, code)
    guarded = is_guarded(survey, "staff")
    form = NarrowForm(request.GET, is_guarded=guarded)
    number, asked = _asked(survey, form.number)
    offered = {one.code: one for one in variables(asked)}
    chosen = [request.GET.get(name, "") for name in ("one", "other")]
    errors = [*form.told]
    found = None
    if any(chosen) and (chosen[0] == chosen[1] or not all(each in offered for each in chosen)):
        errors.append({"text": _("Please choose two different questions."), "target": "cross-one"})
    elif guarded and form.filters.given:
        errors.append({"text": _("Crossed results of this survey cannot be narrowed."), "target": "cross-one"})
    elif all(chosen):
        found = cross(survey, number, offered[chosen[0]], offered[chosen[1]], form.filters)
    context = _context(request, survey) | {
        "variables": list(offered.values()),
        "chosen": chosen,
        "cross": found,
        "errors": errors,
        "number": number,
        "filters": form.filters,
        "is_guarded": guarded,
        "smallest": SMALLEST,
    }
    return render(request, "surveys/results/cross.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Choose of which questions everybody sees the results once they are published."""
    survey = _survey(request, code)
    _number, asked = _asked(survey, None)
    if request.method == "POST":
        try:
            public_results.choose_questions(survey, asked, request.POST.getlist("question"), by=request.user)
        except SurveyRefused as refused:
            for problem in refused.problems:
                messages.error(request, problem)
        else:
            messages.success(request, _("Saved."))
        return redirect("surveys:staff_public", code=code)
    chosen = public_codes(survey, asked)
    offered = [
        {
            "question": one,
            "title": words_of(one.title),
            "is_public": one.code in chosen,
            "has_texts": one.kind in (TEXT_KINDS - {QuestionKind.EMAIL}),
        }
        for one in asked.questions.values()
        if may_be_public(one)
    ]
    return render(request, "surveys/results/choose.html", _context(request, survey) | {"offered": offered})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quotes(request: HttpRequest, code: str, question: str) -> HttpResponse:
    """Read the texts of one question and choose those that everybody may read."""
    survey = _survey(request, code)
    number, asked = _asked(survey, None)
    found = asked.questions.get(question)
    if found is None or found.kind not in (QuestionKind.SHORT, QuestionKind.LONG):
        raise Http404
    if survey.is_anonymous and survey.sheets.counted().filter(number=number).count() < SMALLEST:
        raise Http404
    texts = Paginator(texts_of(survey, number, question), settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    if request.method == "POST":
        return _choose_quotes(request, survey, number, question)
    context = {"question": found, "question_title": words_of(found.title), "page": texts}
    return render(request, "surveys/results/quotes.html", _context(request, survey) | context)


def _choose_quotes(request: HttpRequest, survey: Survey, number: int, question: str) -> HttpResponse:
    listed, wanted = ([one for one in request.POST.getlist(name) if _is_key(one)] for name in ("listed", "quote"))
    try:
        public_results.choose_quotes(survey, number, question, listed=listed[:200], wanted=wanted, by=request.user)
    except SurveyRefused as refused:
        for problem in refused.problems:
            messages.error(request, problem)
    else:
        messages.success(request, _("Saved."))
    place = request.POST.get("page", "")
    here = reverse("surveys:staff_quotes", args=[survey.code, question])
    return redirect(f"{here}?page={place}" if place.isdecimal() and len(place) < 7 else here)


def _is_key(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
