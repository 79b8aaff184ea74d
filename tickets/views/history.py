"""What the sender of a request did here before, on a page of its own and as a part of the desk's."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from portal.registry import deeds_of
from tickets.selectors.history import whom_of
from tickets.views.agents import for_agents, ticket_of

BESIDE, ALL = 8, 50


@for_agents
@require_safe
def history(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show as much as this agent may see, from every app; with ``part`` in the address only the list."""
    found = ticket_of(request, code)
    is_part = "part" in request.GET
    groups = deeds_of(whom_of(found), request.user, BESIDE if is_part else ALL)
    if is_part:
        return render(request, "components/history.html", {"groups": groups})
    context = {**site.each_context(request), "title": gettext("What this person did here"), "groups": groups}
    return render(request, "admin/tickets/history/page.html", context | {"ticket": found})
