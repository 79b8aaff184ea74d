"""The moderation queue inside the admin: thin pages over the services."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from moderation import selectors, services
from moderation.choices import CaseState, Outcome
from moderation.forms import DecisionForm, RestoreForm
from moderation.models import Case, Ground
from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.messaging.templatetags.mail import isolate

TEMPLATES = "admin/moderation/case"


def for_moderators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse staff who moderate for no body; which cases a moderator sees is decided by the queryset."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not holds(request.user, Role.MODERATOR):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_moderators
@require_safe
def queue(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show what waits, oldest promise first."""
    return render(request, f"{TEMPLATES}/queue.html", _shared(request, site))


@for_moderators
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show one waiting case; decide it. A decided one leads to its record."""
    found = case_of(request, code)
    if request.method == "POST":
        return _decide(request, found, site)
    if found.state == CaseState.DECIDED:
        return redirect("admin:moderation_case_decided", code=code)
    form = DecisionForm(case=found, initial={"ground": found.first_ground})
    return _case_page(request, site, found, form)


@for_moderators
@require_POST
def take(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Take the case for half an hour, or hold it for another."""
    found = case_of(request, code)
    try:
        services.claim(found, by=request.user)
    except services.ModerationRefused as refusal:
        messages.error(request, why(refusal))
    return redirect(address_of(request, "admin:moderation_case_waiting", code))


@for_moderators
@require_POST
def release(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Give the case back."""
    services.release(case_of(request, code), by=request.user)
    return redirect(address_of(request, "admin:moderation_case_waiting", code))


@for_moderators
@require_safe
def decided_list(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show what was decided, the last first."""
    page = selectors.decided(request.user, page=request.GET.get("page"))
    context = {**site.each_context(request), "page": page, "title": gettext("Decided cases")}
    return render(request, f"{TEMPLATES}/decided_list.html", context)


@for_moderators
@require_http_methods(["GET", "HEAD", "POST"])
def decided(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show the record of a case; show again what it hid."""
    found = case_of(request, code)
    if found.state == CaseState.OPEN:
        return redirect("admin:moderation_case_waiting", code=code)
    if request.method != "POST":
        return _record_page(request, site, found, RestoreForm())
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return _record_page(request, site, found, form)
    try:
        services.restore(found, note=form.cleaned_data["note"], by=request.user)
    except services.ModerationRefused as refusal:
        form.add_error(None, why(refusal))
        return _record_page(request, site, found, form, status=409)
    messages.success(request, gettext("The text is shown again, and its author is told."))
    return redirect("admin:moderation_case_decided", code=code)


def why(refusal: services.ModerationRefused) -> str:
    """Say in a sentence why an act was refused."""
    if isinstance(refusal, services.DecisionTaken):
        decision = refusal.decision
        return gettext("%(name)s decided this case on %(time)s (%(outcome)s). Nothing was changed.") % {
            "name": isolate(decision.decided_by.display_name),
            "time": _moment(decision.decided_at),
            "outcome": decision.get_outcome_display(),
        }
    if isinstance(refusal, services.CaseTaken):
        return gettext("%(name)s holds this case until %(time)s. Nothing was changed.") % {
            "name": isolate(refusal.by.display_name),
            "time": formats.time_format(timezone.localtime(refusal.until)),
        }
    return {
        "own": gettext("You wrote this yourself: another moderator decides."),
        "forbidden": gettext("You do not moderate for this body."),
        "ground": gettext("Choose the ground on which the text is hidden."),
        "passage": gettext("This passage does not stand in the text. Copy it from there."),
        "choice": gettext("Choose what kind of request it is."),
        "note": gettext("This ground needs a note: name the rule that the text breaks."),
        "gone": gettext("The text was erased or removed: nothing is left to hide or to show."),
        "not_hidden": gettext("This case hides nothing any more. Nothing was changed."),
    }.get(refusal.reason, gettext("This could not be done. Nothing was changed."))


def case_of(request: HttpRequest, code: str) -> Case:
    cases = Case.objects.for_moderator(request.user).for_rows().select_related("deadline", "author", "claimed_by")
    return get_object_or_404(cases, code=code)


def _decide(request: HttpRequest, found: Case, site: AdminSite) -> HttpResponse:
    form = DecisionForm(request.POST, case=found)
    if not form.is_valid() and found.state == CaseState.OPEN:
        return _case_page(request, site, found, form)
    filters = selectors.Filters.read(request.GET)
    follows = selectors.next_in_queue(request.user, found, filters)
    try:
        decision = services.decide(found, by=request.user, **_decision_data(form))
    except services.DecisionTaken as refusal:
        messages.error(request, why(refusal))
        found.refresh_from_db()
        return _record_page(request, site, found, RestoreForm(), status=409, typed=form)
    except services.ModerationRefused as refusal:
        form.add_error(None, why(refusal))
        return _case_page(request, site, found, form, status=409)
    messages.success(request, _told(decision, found))
    if follows is None:
        return redirect(address_of(request, "admin:moderation_case_queue"))
    return redirect(address_of(request, "admin:moderation_case_waiting", follows.code))


def _decision_data(form: DecisionForm) -> dict[str, Any]:
    # A case decided meanwhile refuses whatever is sent, complete or not.
    data = form.cleaned_data
    return {
        "outcome": data.get("outcome") or Outcome.KEEP,
        "ground": data.get("ground"),
        "passage": data.get("passage", ""),
        "note": data.get("note", ""),
    }


def _told(decision: Any, found: Case) -> str:
    if decision.outcome == Outcome.KEEP:
        return gettext("Kept. The text stays as it is.")
    if found.author_id is None:
        return gettext("Hidden.")
    return gettext("Hidden. The author is told why, in their own language.")


def _shared(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    filters = selectors.Filters.read(request.GET)
    return {
        **site.each_context(request),
        "title": gettext("Moderation queue"),
        "queue": selectors.queue(request.user, filters, page=request.GET.get("page")),
        "filters": filters,
        "grounds": Ground.objects.order_by("number"),
        "query": _query(filters),
        "now": timezone.now(),
    }


def _case_page(
    request: HttpRequest, site: AdminSite, found: Case, form: DecisionForm, *, status: int = 200
) -> HttpResponse:
    shared = _shared(request, site)
    context = {
        **shared,
        "file": selectors.case_file(found),
        "form": form,
        "follows": selectors.next_in_queue(request.user, found, shared["filters"]),
    }
    return render(request, f"{TEMPLATES}/case.html", context, status=status)


def _record_page(
    request: HttpRequest,
    site: AdminSite,
    found: Case,
    form: RestoreForm,
    *,
    status: int = 200,
    typed: DecisionForm | None = None,
) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": gettext("Decided case"),
        "file": selectors.case_file(found),
        "form": form,
        "typed": typed,
    }
    return render(request, f"{TEMPLATES}/decided.html", context, status=status)


def _query(filters: selectors.Filters) -> str:
    return f"?{urlencode(filters.query)}" if filters.query else ""


def address_of(request: HttpRequest, name: str, *args: str) -> str:
    return reverse(name, args=args) + _query(selectors.Filters.read(request.GET))


def _moment(moment: Any) -> str:
    return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
