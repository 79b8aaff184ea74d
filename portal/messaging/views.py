"""The demonstration's mailbox in the browser. Outside of a demonstration there is no such page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from portal.messaging import selectors

# A mail brings its own style; scripts, forms, foreign pictures and the portal's cookies are out of its reach.
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


def demonstration_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 404 where no demonstration runs: the mailbox holds links that open accounts."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(require_safe(checked))


def _letter(key: str) -> selectors.Letter:
    found = selectors.letter(key)
    if found is None:
        raise Http404
    return found


@demonstration_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """List what was delivered, newest first."""
    page = Paginator(selectors.letter_files(), settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    letters = [selectors.read(path) for path in page.object_list]
    return render(request, "messaging/mailbox.html", {"page": page, "letters": letters})


@demonstration_only
def message(request: HttpRequest, key: str) -> HttpResponse:
    """Show one message: headers, text, and its HTML in a frame."""
    return render(request, "messaging/message.html", {"letter": _letter(key)})


@demonstration_only
@xframe_options_sameorigin
def html(request: HttpRequest, key: str) -> HttpResponse:
    """Return the HTML of a message as it is, for the frame alone."""
    response = HttpResponse(_letter(key).html)
    response["Content-Security-Policy"] = FRAME_POLICY
    return response
