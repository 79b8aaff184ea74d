"""Pages for visitors are made once and given to all of them, until something changes."""

import hashlib
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from portal import registry
from portal.cache import GENERATION_KEY, changed_at, generation

# Parameters that choose what a page shows. A search is not among them: each is somebody's own, few are asked twice.
PARAMETERS = {"state", "topic", "body", "page", "sort", "after"}
# What campaigns and social networks add to a link means nothing to a page: it is taken off before any view sees it.
TRACKERS = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid", "twclid", "msclkid")
LONGEST_QUERY = 200
LONGEST_PATH = 300
LARGEST_PAGE = 600_000
VARIES_BY = ["Cookie", "HX-Request"]
# A page made so soon after a change lives for as long, whatever changes meanwhile: many votes a second make it anew
# once a second, not for every reader. With streaming replicas the setting is their lag at most.
BUSY_LIFE = 1.0
# While one visitor's request makes a page, others that want the same wait for it this long, then make their own.
MAKING_SECONDS = 5
WAITING_SECONDS = 0.8
STEP = 0.02
# So many pages of at most so many bytes each process holds itself; then it begins anew with those that are asked for.
MOST_AT_HAND = 200
LARGEST_AT_HAND = 150_000
_TOKEN_MARKS = (b"csrfmiddlewaretoken", b"X-CSRFToken")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as stored. A steady one lives as long as its generation, the others to their end in any case."""

    generation: str
    is_steady: bool
    ends_at: float
    headers: tuple[tuple[str, str], ...]
    content: bytes

    def serves(self, now: float, current: str | None) -> bool:
        """Tell whether it may still be given to a visitor."""
        return now < self.ends_at and (not self.is_steady or self.generation == current)


class PageCacheMiddleware:
    """Answer visitors from the cache; stands outside everything that reads a session.

    A visitor has no session cookie. Their pages hold no token and set no cookie, or they are not kept. Everybody
    else's pages are made for them alone. Browsers keep nothing without asking: ``no-cache`` with an ETag.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._at_hand: dict[str, Kept] = {}
        self._known: tuple[str | None, float] = (None, 0.0)
        self._next_turn: tuple[str, datetime | None, datetime] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.PAGE_CACHE_SECONDS or request.method not in ("GET", "HEAD") or not _has_language(request.path):
            return self.get_response(request)
        if _is_known(request):
            return _for_one(self.get_response(request))
        key = _key(request)
        if key is None:
            return self._make(request, None)
        kept = self._find(key, timezone.now().timestamp())
        # While the cache is away everybody is the first.
        is_first = kept is None and cache.add(f"{key}.making", 1, MAKING_SECONDS)
        if kept is None and not is_first:
            kept = self._wait_for(key)
        if kept is not None:
            return _conditional(request, _response(kept))
        try:
            return self._make(request, key)
        finally:
            if is_first:
                cache.delete(f"{key}.making")

    def _make(self, request: HttpRequest, key: str | None) -> HttpResponseBase:
        # Both read before the page is made: what changes while it is made makes it old at once.
        began, current = timezone.now(), (self._known[0] or generation()) if key else ""
        response = self.get_response(request)
        if not _may_be_kept(request, response):
            return response
        _tell_browsers(response)
        if key and current and request.method == "GET":
            self._keep(key, response, current, began)
        return _conditional(request, response)

    def _wait_for(self, key: str) -> Kept | None:
        """Return the page another request is making, once it is there; None when it does not come."""
        until = time.monotonic() + WAITING_SECONDS
        while time.monotonic() < until:
            time.sleep(STEP)
            kept = self._find(key, timezone.now().timestamp())
            if kept is not None or not cache.has_key(f"{key}.making"):
                return kept
        return None

    def _find(self, key: str, now: float) -> Kept | None:
        """Return the page when it may be given to a visitor: one at hand in this process, or that of the cache.

        The generation is asked for a few times a second and not for each visitor: a page at hand costs no question.
        """
        current, asked_at = self._known
        held = self._at_hand.get(key)
        if held is not None and now < asked_at + settings.PAGE_CACHE_LOOK_SECONDS and held.serves(now, current):
            return held
        found = cache.get_many([GENERATION_KEY, key])
        current, kept = found.get(GENERATION_KEY), _load(found.get(key))
        self._known = (current, now)
        if kept is None or not kept.serves(now, current):
            return None
        if len(kept.content) <= LARGEST_AT_HAND:
            if len(self._at_hand) >= MOST_AT_HAND:
                self._at_hand.clear()
            self._at_hand[key] = kept
        return kept

    def _keep(self, key: str, response: HttpResponse, current: str, began: datetime) -> None:
        ends_at = began + timedelta(seconds=settings.PAGE_CACHE_SECONDS)
        settling = settings.PAGE_CACHE_SETTLING_SECONDS
        is_steady = not settling or began.timestamp() - changed_at(current) >= settling
        if not is_steady:
            ends_at = began + timedelta(seconds=BUSY_LIFE)
        turn = self._turn(current, began)
        if turn is not None:
            ends_at = min(ends_at, turn)
        headers = tuple((name, value) for name, value in response.items())
        kept = Kept(current, is_steady, ends_at.timestamp(), headers, response.content)
        seconds = (ends_at - timezone.now()).total_seconds()
        if seconds > 0:
            cache.set(key, _dump(kept), int(seconds) + 1)

    def _turn(self, current: str, began: datetime) -> datetime | None:
        """Return when something next changes by date alone; asked once for each generation and minute."""
        if self._next_turn is not None:
            known_for, turn, until = self._next_turn
            if known_for == current and began < until and (turn is None or began < turn):
                return turn
        turn = next_turn(began)
        self._next_turn = (current, turn, began + timedelta(seconds=settings.PAGE_CACHE_SECONDS))
        return turn


def next_turn(moment: datetime) -> datetime | None:
    """Return the first moment after this one at which a public thing opens, closes or falls due; None if none does."""
    turns = [entry(moment) for entry in registry.turns.values()]
    return min((turn for turn in turns if turn is not None), default=None)


def _dump(kept: Kept) -> bytes:
    return pickle.dumps((kept.generation, kept.is_steady, kept.ends_at, kept.headers, kept.content), 5)


def _load(stored: bytes | None) -> Kept | None:
    return None if stored is None else Kept(*pickle.loads(stored))


def _has_language(path: str) -> bool:
    return path[1:].partition("/")[0] in _LANGUAGES


_LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


def _is_known(request: HttpRequest) -> bool:
    """Tell whether the request comes from somebody in particular, or may: then nothing is shared."""
    if "HTTP_AUTHORIZATION" in request.META:
        return True
    return "HTTP_COOKIE" in request.META and settings.SESSION_COOKIE_NAME in request.COOKIES


def _key(request: HttpRequest) -> str | None:
    """Return where the page is kept: by host, address and what chooses its content; None for what is not shared.

    The query the view sees is the one in the key, so nothing a visitor adds gets into a page that others are given.
    """
    query = request.META.get("QUERY_STRING", "")
    if query:
        query = _plain_query(query)
        if query is None:
            return None
        request.META["QUERY_STRING"] = query
        request.__dict__.pop("GET", None)
    if len(request.path) > LONGEST_PATH:
        return None
    try:
        host = request.get_host()
    except DisallowedHost:
        return None
    part = "part" if request.META.get("HTTP_HX_REQUEST") == "true" else "page"
    name = f"{request.scheme} {host} {request.path} {query} {part} {_look()}"
    return f"page.{hashlib.blake2b(name.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"


@lru_cache(maxsize=1)
def _look() -> str:
    """Return what tells one installed version's pages from another's: a page names its style sheet by its content."""
    return f"{settings.VERSION} {static('css/sawt.css')}"


def _plain_query(query: str) -> str | None:
    """Return the query in order and without trackers; None when it holds what is not known to choose a page."""
    if len(query) > LONGEST_QUERY * 4:
        return None
    pairs = parse_qsl(query, keep_blank_values=True)
    pairs = sorted((name, value) for name, value in pairs if not name.startswith(TRACKERS))
    names = [name for name, _value in pairs]
    if not PARAMETERS.issuperset(names) or len(set(names)) < len(names):
        return None
    plain = urlencode(pairs)
    return plain if len(plain) <= LONGEST_QUERY else None


def _may_be_kept(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Tell whether the page is the same for all: found, whole, without cookie, token, message or rules of its own."""
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not response.has_header("Cache-Control")
        and response.get("Content-Type", "").startswith("text/html")
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and not any(name.startswith("_csp") for name in vars(response))
        and len(response.content) <= LARGEST_PAGE
        and not any(mark in response.content for mark in _TOKEN_MARKS)
        and not getattr(getattr(request, "session", None), "modified", False)
        and not getattr(getattr(request, "user", None), "is_authenticated", False)
    )


def _tell_browsers(response: HttpResponseBase) -> None:
    """Let browsers ask each time, so that they can be told “not modified”."""
    patch_vary_headers(response, VARIES_BY)
    response["Cache-Control"] = "no-cache"
    response["ETag"] = f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'


def _for_one(response: HttpResponseBase) -> HttpResponseBase:
    """Keep what was made for one person out of every cache but their own."""
    if response.get("Content-Type", "").startswith("text/html"):
        patch_vary_headers(response, VARIES_BY)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
    return response


def _response(kept: Kept) -> HttpResponse:
    response = HttpResponse(kept.content)
    for name, value in kept.headers:
        response.headers[name] = value
    return response


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    return get_conditional_response(request, etag=response["ETag"], response=response)
