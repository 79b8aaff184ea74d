"""In the account: what a person was told, and what they choose to be told."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from portal.notifications import selectors, services
from portal.notifications.forms import ChoicesForm, ways_by_number
from portal.notifications.models import Notice
from portal.notifications.services import keeping
from portal.registry.notices import besides

# As long as an id of the database can be.
_LONGEST_ID = 18


@never_cache
@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """List what the person was told, the newest first, so many at once."""
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdigit() and len(before) <= _LONGEST_ID
    page = selectors.notices_of(request.user, before=int(before) if is_id else None)
    return render(request, "notifications/notices.html", {"page": page})


@never_cache
@login_required
@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Send on to what a notice tells of, and mark it as read; not when a browser only looks ahead."""
    notice = get_object_or_404(Notice.objects.filter(person=request.user).shown(), pk=pk)
    found = selectors.shown([notice], request.user).get(notice.pk)
    if request.method == "GET" and "prefetch" not in request.headers.get("sec-purpose", ""):
        services.mark_read(request.user, [notice.pk])
    if found is None:
        messages.info(request, _("What this notification told of is not shown any more."))
        return redirect("notifications:notices")
    return redirect(found.path)


@never_cache
@login_required
@require_POST
@ratelimit(key="user", rate="30/m", block=True)
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what the list showed and what is older; what has come since stays new."""
    newest = request.POST.get("newest", "")
    if not (newest.isascii() and newest.isdigit() and len(newest) <= _LONGEST_ID):
        return redirect("notifications:notices")
    seen = Notice.objects.filter(person=request.user, pk__lte=int(newest)).unread()
    services.mark_read(request.user, seen.values_list("pk", flat=True))
    messages.success(request, _("All notifications are marked as read."))
    return redirect("notifications:notices")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="30/m", method="POST", block=True)
def choices(request: HttpRequest) -> HttpResponse:
    """Show and keep what the person is told, how, when and in which language."""
    wanted = selectors.wanted_by([request.user.pk])[request.user.pk]
    form = ChoicesForm(request.POST or None, wanted=wanted, language=request.user.language)
    if request.method == "POST" and form.is_valid():
        try:
            keeping.keep(request.user, form.choices, **form.times, language=form.cleaned_data["language"])
        except services.ChoiceRefused:
            form.add_error(None, _("A way that you chose is no longer offered. Choose again."))
        else:
            messages.success(request, _("Your choices are kept."))
            return redirect("notifications:choices")
    context: dict[str, Any] = {
        "form": form,
        "wanted": wanted,
        "follows": selectors.follows_of(request.user),
        "has_ways_by_number": bool(ways_by_number()),
        "besides": [entry(request.user) for entry in besides.values()],
    }
    return render(request, "notifications/choices.html", context, status=422 if form.errors else 200)
