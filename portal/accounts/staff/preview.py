"""Seeing, before it is saved, what visitors would see."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override

ASKED = "_preview"


class Previews:
    """Admins whose form has preview buttons where ``previews`` is true.

    What was typed is saved through the same services as ever, the visitor's page is made from it, and all of it is
    taken back: nothing is stored, sent or cached, and the page is the true one. A subclass gives that page.
    """

    previews = False

    def preview(self, visitor: HttpRequest, obj: Model, *, by: Any) -> HttpResponse:
        """Return the page of this thing as it would be made for this visitor, in the active language."""
        raise NotImplementedError

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Answer a preview instead of saving; a form in error is shown again as ever."""
        told = {"previews": settings.LANGUAGES if self.previews else [], **(extra_context or {})}
        if not is_preview(request) or not self.previews:
            return super().changeform_view(request, object_id, form_url, told)
        with transaction.atomic():
            response = super().changeform_view(request, object_id, form_url, told)
            if hasattr(response, "render"):
                response.render()
            transaction.set_rollback(True)
        response["Cache-Control"] = "no-store"
        return response

    def response_add(self, request: HttpRequest, obj: Model, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page instead of leading on."""
        return self._shown(request, obj) or super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        """Show the page instead of leading on."""
        return self._shown(request, obj) or super().response_change(request, obj)

    def _shown(self, request: HttpRequest, obj: Model) -> HttpResponse | None:
        if not (self.previews and is_preview(request)):
            return None
        with override(request.POST[ASKED]):
            return self.preview(as_visitor(request), obj, by=request.user)


def is_preview(request: HttpRequest) -> bool:
    """Tell whether the form asks for a preview in one of the portal's languages."""
    return request.method == "POST" and request.POST.get(ASKED) in dict(settings.LANGUAGES)


def as_visitor(request: HttpRequest) -> HttpRequest:
    """Return a visitor's request for a page, made from that of a member of staff; the page marks itself a preview."""
    told = {"REQUEST_METHOD": "GET", "QUERY_STRING": "", "CONTENT_LENGTH": "0", "wsgi.input": BytesIO()}
    visitor = WSGIRequest({**request.META, **told})
    visitor.COOKIES, visitor.session, visitor.user = {}, SessionBase(), AnonymousUser()
    visitor.htmx, visitor._messages = False, []
    visitor.is_preview, visitor.preview_problems = True, []
    return visitor


def at(visitor: HttpRequest, address: str) -> HttpRequest:
    """Return the request, moved to the address at which the page will stand, so that its links lead where they will."""
    visitor.path = visitor.path_info = address
    return visitor
