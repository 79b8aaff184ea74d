"""Requests are answered at the desk; nothing of them is edited by hand."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path

from portal.accounts.admin import ReadOnlyAdmin
from portal.accounts.choices import Role
from tickets.models import Ticket
from tickets.views import desk, history, prepared


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """The desk instead of a list."""

    view_roles = (Role.AGENT,)

    def get_urls(self) -> list[Any]:
        """Put the desk before Django's own addresses."""
        pages = [
            ("desk/", desk.queue, "queue"),
            ("desk/new/", desk.log, "log"),
            ("desk/<slug:code>/", desk.ticket, "desk"),
            ("desk/<slug:code>/take/", desk.take, "take"),
            ("desk/<slug:code>/release/", desk.release, "release"),
            ("desk/<slug:code>/state/", desk.state, "state"),
            ("desk/<slug:code>/note/", desk.note, "note"),
            ("desk/<slug:code>/assign/", desk.assign, "assign"),
            ("desk/<slug:code>/kind/", desk.kind, "kind"),
            ("desk/<slug:code>/hand-over/", desk.hand_over, "hand_over"),
            ("desk/<slug:code>/extend/", desk.extend, "extend"),
            ("desk/<slug:code>/merge/", desk.merge, "merge"),
            ("desk/<slug:code>/person/", history.history, "person"),
            ("desk/<slug:code>/prepared/", prepared.text, "prepared"),
            ("desk/<slug:code>/files/<slug:stored>/", desk.file, "file"),
        ]
        wrap = self.admin_site.admin_view
        own = [
            path(route, wrap(partial(view, site=self.admin_site)), name=f"tickets_ticket_{name}")
            for route, view, name in pages
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The queue is the list."""
        return redirect("admin:tickets_ticket_queue")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the request's own page."""
        wanted = object_id if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else "0"
        found = get_object_or_404(Ticket.objects.for_desk(request.user), pk=wanted)
        return redirect("admin:tickets_ticket_desk", code=found.code)
