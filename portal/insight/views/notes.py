"""Managers' notes on a month."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.models import Organisation
from portal.insight import services
from portal.insight.forms import ALL_BODIES, NoteForm
from portal.insight.models import ReportNote
from portal.insight.rules import may_report_on
from portal.insight.selectors import parse_month, this_month
from portal.insight.selectors.notes import note_versions

VERSIONS_SHOWN = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, month: str, body: str) -> HttpResponse:
    """Show the note of a month with its earlier versions; a POST writes it anew."""
    day, organisation = _month(month), _body(body)
    if not may_report_on(request.user, organisation):
        raise PermissionDenied
    newest = note_versions(day, organisation).first()
    form = NoteForm(request.POST if request.method == "POST" else None, newest=newest)
    if form.is_valid() and _save(form, day, organisation, request.user):
        messages.success(request, gettext("The note is saved. The next report you ask for carries it."))
        return redirect("insight:note", month=month, body=body)
    return render(request, "insight/note.html", _context(form, day, organisation, body))


def _context(form: NoteForm, month: date, organisation: Organisation | None, body: str) -> dict[str, Any]:
    versions = list(note_versions(month, organisation)[:VERSIONS_SHOWN])
    return {"form": form, "month": month, "organisation": organisation, "body": body, "versions": versions}


def _save(form: NoteForm, month: date, organisation: Organisation | None, by: Any) -> ReportNote | bool | None:
    chosen = form.cleaned_data
    try:
        services.save_note(
            month=month,
            organisation=organisation,
            text=chosen["text"],
            language=chosen["language"],
            based_on=chosen["based_on"],
            by=by,
        )
    except services.NoteChanged as changed:
        form.take_over(changed.newest)
        return False
    return True


def _month(text: str) -> date:
    try:
        month = parse_month(text)
    except ValueError:
        raise Http404 from None
    if month > this_month():
        raise Http404
    return month


def _body(code: str) -> Organisation | None:
    if code == ALL_BODIES:
        return None
    body = Organisation.objects.public_bodies().filter(code=code).first()
    if body is None:
        raise Http404
    return body
