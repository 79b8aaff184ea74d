"""The managers' reports: ask, follow, download."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.files.views import file_response
from portal.insight import services
from portal.insight.choices import ReportState
from portal.insight.forms import ALL_BODIES, ReportForm
from portal.insight.models import Report
from portal.insight.rules import may_see_report, may_see_reports, reports_for

REPORTS_PER_PAGE = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: HttpRequest) -> HttpResponse:
    """List the reports of the manager's bodies; a POST asks for one."""
    if not may_see_reports(request.user):
        raise PermissionDenied
    form = ReportForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        chosen = form.cleaned_data
        if "note" in request.POST:
            body = chosen["body"].code if chosen["body"] else ALL_BODIES
            return redirect("insight:note", month=f"{chosen['month']:%Y-%m}", body=body)
        report = services.request_report(
            month=chosen["month"], organisation=chosen["body"], language=chosen["language"], by=request.user
        )
        if report.state != ReportState.READY:
            messages.success(
                request,
                gettext("The report is being made; you may leave this page. It usually takes less than a minute."),
            )
        return redirect("insight:report", code=report.code)
    page = Paginator(reports_for(request.user), REPORTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "insight/reports.html", {"form": form, "page": page})


@never_cache
@login_required
@require_safe
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Tell how far a report is, and offer it once it is ready."""
    found = _visible(request, code)
    body = found.organisation.code if found.organisation else ALL_BODIES
    note_url = reverse("insight:note", args=[f"{found.month:%Y-%m}", body])
    return render(request, "insight/report_status.html", {"report": found, "note_url": note_url})


@never_cache
@login_required
@require_safe
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """Return the part of the page that changes while a report is made; 204 while it is as ``seen`` says.

    A page that is asked for every two seconds must not be read aloud every two seconds.
    """
    found = _visible(request, code)
    if found.is_waiting and request.GET.get("seen") == str(found.progress):
        return HttpResponse(status=204)
    return render(request, "insight/progress.html", {"report": found})


@never_cache
@login_required
@require_safe
def download(request: HttpRequest, code: str) -> HttpResponse:
    """Send the file of a report that is ready."""
    found = _visible(request, code)
    if found.file is None:
        raise Http404
    return file_response(found.file, download=True)


def _visible(request: HttpRequest, code: str) -> Report:
    found = get_object_or_404(Report.objects.select_related("organisation", "file", "requested_by"), code=code)
    if not may_see_report(request.user, found):
        raise PermissionDenied
    return found
