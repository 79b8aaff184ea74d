"""The statement of reasons as a page, for the author alone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from moderation.choices import Outcome
from moderation.registry import find_target
from moderation.selectors import told_to


@never_cache
@login_required
@require_safe
def decision(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Say what was decided about something the person wrote, on which ground and why, and how to object."""
    related = ("case__organisation", "ground", "statement")
    shown = get_object_or_404(told_to(request.user).select_related(*related), case__code=code, number=number)
    target = find_target(shown.case.kind, shown.case.key)
    context = {
        "decision": shown,
        "target": target,
        "hides": shown.outcome == Outcome.HIDE,
        "is_last": shown.case.decisions.first() == shown,
    }
    return render(request, "moderation/decision.html", context)
