"""Addresses that are a secret: whatever is answered there, a refusal of any kind too, keeps it."""

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# With and without a language, and without the slash at the end, where the answer only leads on.
_SECRET = re.compile(r"/(?:[A-Za-z-]{2,10}/)?support/(r|confirm|erase)/")


class SecretAddressesMiddleware:
    """Let no cache keep what is answered at a secret address, no page name it, and no search engine hold it.

    Views say so too; this holds for what is refused before any view, or leads on to the right address. Forms behind a
    signed link need the origin to be named to ourselves, so only pages by the secret link withhold it altogether.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = _SECRET.match(request.path_info)
        if found is None:
            return self.get_response(request)
        request.has_secret_address = True
        response = self.get_response(request)
        if "no-store" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "private, no-store"
        if found[1] == "r":
            response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response
