"""How a reader comes to their subscription: by the secret link in every mail, without signing in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from newsletter.services.subscribing import by_token
from portal.secret_links import Guesses, quiet
from portal.web.views.errors import too_many_requests

GUESSES = Guesses("newsletter.wrong")
Shown = Callable[..., HttpResponse]


def by_link(view: Shown) -> Shown:
    """Open a view by the secret link; wrong, foreign and malformed ones give the same answer.

    No token of a form is asked for: whoever sends one knows the link, and mail programs that unsubscribe for their
    reader bring nothing else (RFC 8058).
    """

    @csrf_exempt
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, **rest: Any) -> HttpResponse:
        request.has_secret_address = True
        if GUESSES.are_too_many(request):
            return too_many_requests(request)
        subscription = by_token(token)
        if subscription is None:
            GUESSES.count(request)
            raise Http404
        return quiet(view(request, subscription, token, **rest))

    return opened
