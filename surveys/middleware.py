"""Addresses of unfinished answers and of invitations are a secret: whatever is answered there keeps it."""

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_SECRET = re.compile(r"/(?:[A-Za-z-]{2,10}/)?surveys/(?:[^/]+/[ai]|invitations)/")


class SecretLinksMiddleware:
    """Let no cache keep what is answered at a secret link, no page name it, and no search engine hold it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _SECRET.match(request.path_info):
            return self.get_response(request)
        request.has_secret_address = True
        response = self.get_response(request)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response
