"""The published results of a survey: everything, or one value of one dimension, which the path names."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from surveys.choices import State
from surveys.forms.narrowing import NarrowForm
from surveys.models import Survey
from surveys.selectors.drawing import words_of
from surveys.selectors.exporting import is_settled
from surveys.selectors.results import PUBLIC, results_of
from surveys.selectors.results_counts import COLUMNS
from surveys.selectors.results_shape import Results
from surveys.selectors.structure import questionnaire_in


@require_safe
def public(request: HttpRequest, code: str, dimension: str = "", value: str = "") -> HttpResponse:
    """Show what everybody may see."""
    survey = _survey(code)
    narrow = {dimension: value} if dimension else {}
    form = NarrowForm(narrow | _version(request), is_guarded=True)
    if (dimension and dimension not in COLUMNS) or form.told:
        raise Http404
    # What waits in an urn would be told by the difference that it makes.
    results = _results(survey, form) if is_settled(survey) else None
    if results is not None and dimension and not _is_offered(results, dimension, value):
        raise Http404
    context = {
        "survey": survey,
        "title": words_of(questionnaire_in(survey.version).title),
        "results": results,
        "base": reverse("surveys:results", args=[code]),
        "in_path": True,
    }
    return render(request, "surveys/results/public.html", context)


def _survey(code: str) -> Survey:
    found = Survey.objects.real().select_related("organisation", "version", "previous__organisation").filter(code=code)
    survey = found.first()
    if survey is None or survey.state != State.RESULTS:
        raise Http404
    return survey


def _version(request: HttpRequest) -> dict[str, Any]:
    return {"version": request.GET["version"]} if request.GET.get("version") else {}


def _results(survey: Survey, form: NarrowForm) -> Results:
    try:
        return results_of(survey, form.number, form.filters, PUBLIC)
    except LookupError:
        raise Http404 from None


def _is_offered(results: Results, dimension: str, value: str) -> bool:
    found = next((one for one in results.dimensions if one.code == dimension), None)
    return found is not None and any(choice.value == value for choice in found.choices)
