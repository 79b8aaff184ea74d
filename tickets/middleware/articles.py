"""How often articles are opened, counted where pages from the cache pass as well."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from portal.cache import tally
from tickets.services.figures import READS

_LANGUAGES = "|".join(code for code, _name in settings.LANGUAGES)
_ARTICLE = re.compile(rf"/({_LANGUAGES})/help/articles/([a-z0-9]{{4,16}})/")
# What fetches pages without anybody reading them, as far as it says so.
_MACHINES = re.compile(r"bot|crawl|spider|slurp|preview|monitor|curl|wget|python|headless", re.I)


class ReadsMiddleware:
    """Count each opening of an article: one number in memory for day, language and article, and nothing of the reader.

    A page given again from the browser's own store (304) was opened as well. Machines that say what they are, pages
    fetched ahead, and staff are not counted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        opened = _ARTICLE.fullmatch(request.path_info)
        if opened and response.status_code in (200, 304) and is_reader(request):
            tally(READS, f"{timezone.localdate()} {opened[1]} {opened[2]}")
        return response


def is_reader(request: HttpRequest) -> bool:
    """Tell whether a person asks for a page to read it, as far as the request says."""
    fetched_ahead = "prefetch" in (request.headers.get("sec-purpose", "") + request.headers.get("purpose", ""))
    is_machine = _MACHINES.search(request.headers.get("user-agent", "")) is not None
    is_staff = getattr(getattr(request, "user", None), "is_staff", False)
    return request.method == "GET" and not (fetched_ahead or is_machine or is_staff)
