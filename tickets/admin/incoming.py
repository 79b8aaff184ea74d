"""Mail and messages from outside: a list, and a page on which staff decide about what was held back."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from portal.accounts.choices import Role
from portal.accounts.staff.bodies import ReadOnlyAdmin
from tickets.models import Incoming
from tickets.views import incoming


@admin.register(Incoming)
class IncomingAdmin(ReadOnlyAdmin):
    """What came in for the bodies one answers for, the last first."""

    view_roles = (Role.AGENT,)
    list_display = ("received_at", "about", "from_whom", "channel", "state", "reason", "organisation")
    list_display_links = None
    list_filter = ("state", "why", "channel")
    list_select_related = ("organisation",)
    search_fields = ("=sender", "=message_id")
    ordering = ("-received_at", "-id")
    list_per_page = 20

    def get_urls(self) -> list[Any]:
        """Put our own pages before Django's."""
        pages = [
            ("channels/", incoming.channels, "channels"),
            ("message/<slug:code>/", incoming.message, "message"),
            ("message/<slug:code>/accept/", incoming.accept, "accept"),
            ("message/<slug:code>/open/", incoming.open_new, "open"),
            ("message/<slug:code>/discard/", incoming.discard, "discard"),
        ]
        wrap = self.admin_site.admin_view
        own = [
            path(route, wrap(partial(view, site=self.admin_site)), name=f"tickets_incoming_{name}")
            for route, view, name in pages
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("subject"))
    def about(self, row: Incoming) -> SafeString:
        """Lead to the message."""
        address = reverse("admin:tickets_incoming_message", args=[row.code])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, row.subject or gettext("(no subject)"))

    @admin.display(description=gettext_lazy("sender"))
    def from_whom(self, row: Incoming) -> SafeString:
        """Set an address or a number apart."""
        return format_html('<bdi dir="ltr">{}</bdi>', row.sender)

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, row: Incoming) -> str:
        """Say why, in a sentence."""
        return row.get_why_display()

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the message's own page."""
        wanted = object_id if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else "0"
        found = get_object_or_404(Incoming.objects.for_desk(request.user), pk=wanted)
        return redirect("admin:tickets_incoming_message", code=found.code)
