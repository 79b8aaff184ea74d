"""Requests are answered at the desk; nothing of them is edited by hand."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path

from portal.accounts.admin import ReadOnlyAdmin
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.calendars.models import Deadline
from portal.web.middleware import takes_up_to
from tickets.models import Ticket
from tickets.views import acts, desk, history, prepared, sourced
from tickets.views.asking import LARGEST_FORM


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """The desk instead of a list."""

    view_roles = (Role.AGENT,)

    def get_urls(self) -> list[Any]:
        """Put the desk before Django's own addresses."""
        pages = [
            ("desk/", desk.queue, "queue"),
            ("desk/new/", desk.log, "log"),
            ("desk/counts/", desk.tallies, "tallies"),
            ("desk/next/", acts.next_in_line, "next"),
            ("desk/<slug:code>/", desk.ticket, "desk"),
            ("desk/<slug:code>/take/", acts.take, "take"),
            ("desk/<slug:code>/release/", acts.release, "release"),
            ("desk/<slug:code>/state/", acts.state, "state"),
            ("desk/<slug:code>/note/", acts.note, "note"),
            ("desk/<slug:code>/assign/", acts.assign, "assign"),
            ("desk/<slug:code>/kind/", acts.kind, "kind"),
            ("desk/<slug:code>/hand-over/", acts.hand_over, "hand_over"),
            ("desk/<slug:code>/extend/", acts.extend, "extend"),
            ("desk/<slug:code>/merge/", acts.merge, "merge"),
            ("desk/<slug:code>/article/", sourced.article, "article"),
            ("desk/<slug:code>/person/", history.history, "person"),
            ("desk/<slug:code>/prepared/", prepared.text, "prepared"),
            ("desk/<slug:code>/link/", acts.link, "link"),
            ("desk/<slug:code>/link/<slug:other>/remove/", acts.unlink, "unlink"),
            ("desk/<slug:code>/draft/", acts.draft, "draft"),
            ("desk/<slug:code>/files/<slug:stored>/", desk.file, "file"),
        ]
        wrap = self.admin_site.admin_view
        own = [
            path(route, _sized(name, wrap(partial(view, site=self.admin_site))), name=f"tickets_ticket_{name}")
            for route, view, name in pages
        ]
        return own + super().get_urls()

    def trail_of(self, obj: Ticket) -> QuerySet[Entry]:
        """Add what was done to its promises."""
        promises = [str(pk) for pk in (obj.first_reply_id, obj.solution_id) if pk]
        kind = Deadline._meta.label_lower
        return Entry.objects.about(obj) | Entry.objects.filter(target_kind=kind, target_key__in=promises)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The queue is the list."""
        return redirect("admin:tickets_ticket_queue")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the request's own page."""
        wanted = object_id if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else "0"
        found = get_object_or_404(Ticket.objects.for_desk(request.user), pk=wanted)
        return redirect("admin:tickets_ticket_desk", code=found.code)


def _sized(name: str, view: Any) -> Any:
    """Let the page with the reply take the files of one."""
    return takes_up_to(LARGEST_FORM)(view) if name == "desk" else view
