"""Reporting something, with or without an account."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.core import is_ratelimited

from moderation import services
from moderation.forms import ReportForm
from moderation.models import Case
from moderation.registry import Target, find_target
from portal.calendars.selectors import sentences

LIMIT_FOR_GUESTS = "5/h"
LIMIT_FOR_PEOPLE = "20/h"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Show the text and the grounds; take the report.

    What does not exist and what this visitor may not see give the same answer.
    """
    target = find_target(kind, key)
    if target is not None and target.is_by(request.user):
        status = 403 if request.method == "POST" else 200
        return render(request, "moderation/own.html", {"target": target}, status=status)
    if target is None or not target.is_reportable_by(request.user):
        raise Http404
    if request.method != "POST":
        return _page(request, target, ReportForm())
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, target, form)
    if _is_limited(request):
        form.add_error(None, gettext("Too many reports came from here within an hour. Please try again later."))
        return _page(request, target, form, status=429)
    return _take(request, kind, key, form)


@require_safe
def received(request: HttpRequest, code: str) -> HttpResponse:
    """Say what happens with a report, and by when."""
    case = get_object_or_404(Case.objects.select_related("deadline"), code=code)
    target = find_target(case.kind, case.key)
    back = target.url if target and (target.is_by(request.user) or target.is_reportable_by(request.user)) else ""
    lines = sentences(case.deadline) if case.decided_at is None else []
    context = {"case": case, "back": back, "again": request.GET.get("again") == "1", "lines": lines}
    return render(request, "moderation/received.html", context)


def _take(request: HttpRequest, kind: str, key: str, form: ReportForm) -> HttpResponse:
    reporter = request.user if request.user.is_authenticated else None
    data = form.cleaned_data
    try:
        receipt = services.report(kind, key, ground=data["ground"], note=data["note"], reporter=reporter)
    except services.ModerationRefused:
        # Hidden or withdrawn since the page was shown.
        raise Http404 from None
    page = redirect("moderation:received", code=receipt.case.code)
    if not receipt.is_new:
        page["Location"] += "?again=1"
    return page


def _page(request: HttpRequest, target: Target, form: ReportForm, *, status: int = 200) -> HttpResponse:
    response = render(request, "moderation/report.html", {"target": target, "form": form}, status=status)
    if status == 429:
        response["Retry-After"] = "3600"
    return response


def _is_limited(request: HttpRequest) -> bool:
    """Count this report; only well-formed ones count, so that a forgotten ground costs nobody an attempt."""
    rate = LIMIT_FOR_PEOPLE if request.user.is_authenticated else LIMIT_FOR_GUESTS
    return is_ratelimited(
        request, group="moderation.report", key="user_or_ip", rate=rate, method="POST", increment=True
    )
