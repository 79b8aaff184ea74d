"""How long a session of staff lasts, and what it may do: asked at every request of somebody who is signed in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.rules import hold_back_roles, is_held_back, needs_second_factor
from portal.accounts.services import open_sessions

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def gave_second_factor(request: HttpRequest) -> bool:
    """Tell whether the person has given a second factor in this very session."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


class SessionMiddleware:
    """End sessions of staff that were idle or open for too long, and hold roles back until the second factor is given.

    Whatever a session was made for, before somebody worked for a body or by the password alone: without the second
    factor it is a visitor's with a name. The staff area leads to where the factor is set up or given, and so does any
    other page that refuses for want of a role.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            if open_sessions.has_run_out(request.user, request.session):
                _end(request)
            else:
                agent = request.META.get("HTTP_USER_AGENT", "")
                open_sessions.note_seen(request.user, session=request.session, user_agent=agent)
                if needs_second_factor(request.user) and not gave_second_factor(request):
                    hold_back_roles(request.user)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """Let nobody into the staff area without it; what was typed into a form there is given back."""
        if "admin" not in request.resolver_match.app_names or not is_held_back(request.user):
            return None
        if request.method == "POST":
            messages.info(request, _("Please give your second factor first."))
            raise PermissionDenied
        return _to_factor(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Lead from a page that needs a role to the factor that gives it back."""
        is_refused = isinstance(exception, PermissionDenied) and request.method in ("GET", "HEAD")
        return _to_factor(request) if is_refused and is_held_back(request.user) else None


def _end(request: HttpRequest) -> None:
    open_sessions.forget(request.session)
    request.session.flush()
    request.user = AnonymousUser()
    if request.method in ("GET", "HEAD"):
        messages.info(request, _("For safety you were signed out: your session had been idle or open for too long."))
    else:
        # As if it had ended by itself, so that what was typed is given back.
        request.session.modified = False


def _to_factor(request: HttpRequest) -> HttpResponseRedirect:
    """Lead to where a factor is given; to where one is set up, for those who have none."""
    methods = [method for method in get_adapter().get_reauthentication_methods(request.user)]
    given = next((method["url"] for method in methods if method["id"] != "reauthenticate"), None)
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{given or reverse('mfa_index')}?{query}")
