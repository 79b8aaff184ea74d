"""What the author of a case did here, on a page of its own and as a part of the case's."""

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from moderation.models import Case
from moderation.views.queue import TEMPLATES, for_moderators
from portal.registry import Whom, deeds_of

BESIDE, ALL = 8, 50


@for_moderators
@require_safe
def history(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show as much as this moderator may see, from every app; with ``part`` in the address only the list."""
    case = get_object_or_404(Case.objects.for_moderator(request.user).select_related("author"), code=code)
    if case.author is None:
        raise Http404
    is_part = "part" in request.GET
    groups = deeds_of(Whom(person=case.author, besides=(case.code, case.key)), request.user, BESIDE if is_part else ALL)
    if is_part:
        return render(request, "components/history.html", {"groups": groups})
    context = {**site.each_context(request), "title": gettext("What this person did here"), "groups": groups}
    return render(request, f"{TEMPLATES}/history.html", context | {"case": case})
