"""Answers as files, for staff."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.files.views import file_response
from surveys.choices import JobKind
from surveys.forms.exporting import ExportForm
from surveys.models import Survey
from surveys.rules.access import may_export, may_export_names
from surveys.rules.hiding import SMALLEST
from surveys.selectors.exporting import shown_versions
from surveys.services.exporting import KINDS, Export, ExportRefused, codebook_file, export, why_not_export
from surveys.services.reporting import ask_for_pdf, pdfs_of


def page(request: HttpRequest, survey: Survey, context: dict[str, Any]) -> HttpResponseBase:
    """Ask which file; a POST sends it."""
    if not may_export(request.user, survey):
        raise Http404
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        numbers=shown_versions(survey),
        may_name=may_export_names(request.user, survey),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return sent(export(survey, form.wanted(), kind=form.cleaned_data["kind"], by=request.user))
            except ExportRefused:
                status = 409
    reason = why_not_export(survey, request.user)
    told = {
        "title": _("Export answers"),
        "survey": survey,
        "form": form,
        "refusal": refusal(reason),
        "kinds": KINDS,
        "pdfs": pdfs_of(survey),
        "languages": settings.LANGUAGES,
    }
    return TemplateResponse(request, "admin/surveys/survey/export.html", {**context, **told}, status=status)


def refusal(reason: str) -> str:
    """Say in the reader's language why there is no file yet; empty where there is one."""
    return {
        "": "",
        "none": _("Nobody has answered yet."),
        "open": _(
            "The answers are anonymous and still come in. Rows can be exported once the survey is closed and its last"
            " answers are mixed: compared with each other, two files would tell who answered in between."
        ),
        "few": _("The answers are anonymous, and there are fewer than %(least)s: too few to hide each other.")
        % {"least": SMALLEST},
    }[reason]


def codebook(request: HttpRequest, survey: Survey, kind: str) -> HttpResponseBase:
    """Send what columns and values mean."""
    if kind not in KINDS or not may_export(request.user, survey):
        raise Http404
    return sent(codebook_file(survey, kind=kind, by=request.user))


def ask_for(request: HttpRequest, survey: Survey) -> HttpResponseBase:
    """Ask for the results as PDF in a language, and lead back to where it will be found."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES) or not may_export(request.user, survey):
        raise Http404
    job = ask_for_pdf(survey, language=language, by=request.user)
    if job.is_waiting:
        messages.success(request, _("The PDF is being made. That takes less than a minute; then open this page again."))
    return HttpResponseRedirect(reverse("admin:surveys_survey_export", args=[survey.pk]) + "#pdf")


def pdf(request: HttpRequest, survey: Survey, number: int) -> HttpResponseBase:
    """Send a PDF that is ready."""
    if not may_export(request.user, survey):
        raise Http404
    jobs = survey.jobs.filter(kind=JobKind.PDF, file__isnull=False).select_related("file")
    return file_response(get_object_or_404(jobs, pk=number).file, download=True)


def sent(made: Export) -> HttpResponseBase:
    """Return the answer that sends a file."""
    response = StreamingHttpResponse(made.content, content_type=made.content_type)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
