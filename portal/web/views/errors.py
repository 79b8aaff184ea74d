"""Pages that say what went wrong and what to do, in the reader's language; what was typed is given back."""

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext
from django_ratelimit.exceptions import Ratelimited

from portal.files.views import FileHeldBack
from portal.text import is_blank
from portal.web.middleware import IMPOSSIBLE, SignInNeeded

# Fields whose content must never be shown again, by their whole name; of a row of a form, by the last part of it.
SECRET_FIELDS = {
    *("csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "pass", "passwd", "secret"),
    *("email", "login", "username", "code", "otp", "token", "key", "credential", "next"),
}
# What nobody writes: the codes of choices, numbers and dates. Words of Arabic and Chinese are never of this form.
CODE = re.compile(r"[a-z0-9_-]{0,30}|[0-9 :.,+/-]*")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 where the form was too large."""
    if isinstance(exception, RequestDataTooBig):
        return _page(request, 413)
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return _page(request, 400)
    return _page(request, 400, typed=typed_text(request))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; 429 where a limit was reached, the sign-in page where nothing was typed that could be lost."""
    if isinstance(exception, Ratelimited):
        return too_many_requests(request, exception)
    if isinstance(exception, SignInNeeded):
        return sign_in_again(request) if typed_text(request) else exception.redirect
    return _page(request, 403, typed=typed_text(request))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, also for an address under a language the portal does not have; a file that is held back says why."""
    if isinstance(exception, FileHeldBack):
        return refused(request, 404, gettext("This file is held back"), exception.message)
    return _page(request, 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: a limit on writing was reached; nothing was saved."""
    return _page(request, 429, typed=typed_text(request))


def locked_out(request: HttpRequest, *details: Any) -> HttpResponse:
    """429 after too many attempts to sign in with one name from one address."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    response = refused(
        request,
        429,
        gettext("Too many attempts to sign in"),
        ngettext(
            "For safety, signing in with this name is paused here for %(count)s minute. You can set a new password.",
            "For safety, signing in with this name is paused here for %(count)s minutes. You can set a new password.",
            minutes,
        )
        % {"count": minutes},
    )
    response["Retry-After"] = str(minutes * 60)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 where the page had grown old or cookies are off: nothing was saved, the text is given back."""
    return refused(
        request,
        403,
        gettext("The session has expired"),
        gettext(
            "Nothing was sent. Please open the page again and send it once more: what you had typed is kept below."
            " If this happens again, allow cookies for this site."
        ),
    )


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """403 where the session ended while somebody was writing: the text, and the way by sign-in back to the form."""
    return refused(
        request,
        403,
        gettext("You are no longer signed in"),
        gettext("Nothing was saved. Copy what you had typed, sign in, and send it once more."),
        sign_in_url=f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}",
    )


def refused(request: HttpRequest, status: int, title: str, text: str, **context: str) -> HttpResponse:
    """Refuse with an explanation of one's own; typed text is given back."""
    typed = typed_text(request)
    return _page(request, status, template="web/error.html", title=title, text=text, typed=typed, **context)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without asking the database or the session for anything: they may be what failed."""
    context = {
        "language": get_language() or settings.LANGUAGE_CODE,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "request_id": getattr(request, "id", ""),
    }
    return HttpResponse(get_template("500.html").render(context), status=500)


def typed_text(request: HttpRequest) -> list[str]:
    """Return what a person had typed into a refused form, without secrets, codes of choices and names of buttons."""
    if request.method != "POST":
        return []
    try:
        fields = request.POST.lists()
    # A form that cannot be read has nothing to give back.
    except Exception:
        return []
    return [
        IMPOSSIBLE.sub("", value)
        for name, values in fields
        if not name.startswith("_") and name.lower().rpartition("-")[2] not in SECRET_FIELDS
        for value in values
        if not is_blank(value) and not CODE.fullmatch(value)
    ]


def _page(request: HttpRequest, status: int, template: str = "", **context: Any) -> HttpResponse:
    if not hasattr(request, "user"):
        # Refused before the user was known: the header still greets whoever is signed in, if there is a session.
        known = hasattr(request, "session")
        request.user = SimpleLazyObject(lambda: get_user(request)) if known else AnonymousUser()
    return render(
        request, template or f"{status}.html", {"status": status, "back": _way_back(request), **context}, status=status
    )


def _way_back(request: HttpRequest) -> str:
    referrer = request.META.get("HTTP_REFERER", "")
    try:
        host, here = request.get_host(), request.build_absolute_uri()
    except DisallowedHost:
        return ""
    safe = url_has_allowed_host_and_scheme(referrer, allowed_hosts={host})
    leads_elsewhere = request.method == "POST" or referrer != here
    return referrer if safe and leads_elsewhere else ""
