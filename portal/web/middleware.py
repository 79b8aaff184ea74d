"""What every request passes: whose address it is, its number, and care for input that no page can mean."""

import ipaddress
import logging
import re
import uuid
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

logger = logging.getLogger("sawt.web")

GetResponse = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
MAX_PATH = 2000
MAX_SEGMENT = 255
# Bytes of a whole form: of anybody, and of staff, who upload documents.
MAX_BODY = 3_000_000
MAX_STAFF_BODY = 25_000_000
# The name under which a view says that it takes more than that.
_TAKES = "takes_up_to"
# A bigint has at most 19 digits; one that long is no id of ours.
HUGE_ID = re.compile(r"(?:^|/)\d{19,}(?:/|$)")
# What PostgreSQL cannot store and UTF-8 cannot say: NUL, and halves of characters.
IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")


def takes_up_to(size: int) -> Callable[[Callable], Callable]:
    """Let a view take forms of so many bytes from anybody, because they bring files; put outside all others."""

    def marked(view: Callable) -> Callable:
        setattr(view, _TAKES, size)
        return view

    return marked


class ClientAddressMiddleware:
    """Set ``REMOTE_ADDR`` to the visitor's address.

    ``X-Forwarded-For`` is believed only from a trusted proxy, and of its addresses the right-most that is none. From
    anyone else the forwarding headers are dropped, so that nothing further in can take them for true.
    """

    FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(item, strict=False) for item in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        address = _address(request.META.get("REMOTE_ADDR", ""))
        if address is None or not self._is_trusted(address):
            for header in self.FORWARDED:
                request.META.pop(header, None)
        else:
            request.META["REMOTE_ADDR"] = str(self._visitor(request, address))
        return self.get_response(request)

    def _visitor(self, request: HttpRequest, address: "_Address") -> "_Address":
        for item in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            before = _address(item.strip())
            if before is None:
                return address
            address = before
            if not self._is_trusted(address):
                return address
        return address

    def _is_trusted(self, address: "_Address") -> bool:
        return any(address in network for network in self.trusted)


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


class RequestIdMiddleware:
    """Give each request a number for the log; one that came with it is kept when it looks like one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class PlainCookiesMiddleware:
    """Forget cookies that no table can hold; stands before whatever looks for a session."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if IMPOSSIBLE.search(name + value)]:
            del request.COOKIES[name]
        return self.get_response(request)


class PrivatePagesMiddleware:
    """Let no browser and no cache keep the pages of people who are signed in; stands around the session.

    A page that says itself how it may be kept is left alone; so is one made without asking who reads it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session, user = getattr(request, "session", None), getattr(request, "user", None)
        if session is not None and session.accessed and user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PolicyMiddleware(CSPMiddleware):
    """Send the Content-Security-Policy, put together once: it names no nonce, so it is the same for every page.

    An answer whose view asks for a policy of its own gets that.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._policy = build_policy()

    def process_request(self, request: HttpRequest) -> None:
        """Offer no nonce: our pages have neither inline script nor inline style."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the header, unless the answer brings one."""
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


class BadInputMiddleware:
    """Refuse what no page can mean, in the visitor's language and never with a 500.

    NUL bytes, halves of characters, unreadable or oversized forms and paths with impossible ids are refused before
    any view; a value that the database cannot hold is refused after. A method that a page does not know gets a page
    that says so.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _settle_language(request)
        _refuse_path(request.path_info)
        _refuse_size(request)
        _refuse_impossible(request.GET)
        if request.method == "POST":
            _refuse_charset(request)
            _refuse_impossible(_form(request))
        response = self.get_response(request)
        if response.status_code == 405 and not getattr(response, "content", b""):
            return _not_allowed(request, response)
        return response

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Say that no page knows a method of other kinds of services; asked before the token of a form is."""
        return None if request.method in METHODS else _not_allowed(request, HttpResponseNotAllowed(METHODS))

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Take a value out of the database's range for what it is: nothing has this id, or bad input."""
        if isinstance(exception, DataError):
            logger.warning("The database refused a value at %s: %s", request.path, exception)
            if request.method in ("GET", "HEAD"):
                raise Http404 from exception
            raise BadRequest from exception


class SignInNeeded(PermissionDenied):
    """A form of somebody who is not signed in, answered by a redirect to the sign-in page that drops what it held."""

    def __init__(self, redirect: HttpResponseBase) -> None:
        super().__init__("The form was sent without being signed in")
        self.redirect = redirect


class SignInAgainMiddleware:
    """Let nobody lose what they typed because their session had ended: the page for 403 gives it back.

    A view that leads to the sign-in page after keeping the text in the session has written to it, and is left alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_lost = request.method == "POST" and _leads_to_sign_in(response) and not request.session.modified
        if is_lost and not request.user.is_authenticated:
            raise SignInNeeded(response)
        return response


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    location = response.get("Location", "")
    return bool(location) and urlsplit(location).path in (reverse("account_login"), reverse("admin:login"))


def _settle_language(request: HttpRequest) -> None:
    """Keep to the portal's own codes: Django takes “AR” in an address for a language of its own."""
    codes = [code for code, _ in settings.LANGUAGES]
    active = translation.get_language() or ""
    if active not in codes:
        code = active.lower() if active.lower() in codes else settings.LANGUAGE_CODE
        translation.activate(code)
        request.LANGUAGE_CODE = code


def _refuse_path(path: str) -> None:
    if "\x00" in path:
        raise BadRequest("NUL byte in the address")
    if len(path) > MAX_PATH or HUGE_ID.search(path) or any(len(part) > MAX_SEGMENT for part in path.split("/")):
        raise Http404


def _refuse_size(request: HttpRequest) -> None:
    """Refuse by the announced length, before a byte of the body is read."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    size = int(announced) if announced.isdecimal() else 0
    if size <= MAX_BODY or size <= _taken_by_view(request):
        return
    if size > MAX_STAFF_BODY or not get_user(request).is_staff:
        raise RequestDataTooBig("The body is larger than any form takes")


def _taken_by_view(request: HttpRequest) -> int:
    """Return how much the view at this address takes by its own word; asked for large forms alone."""
    try:
        return getattr(resolve(request.path_info).func, _TAKES, 0)
    except Resolver404:
        return 0


def _refuse_charset(request: HttpRequest) -> None:
    named = request.content_params.get("charset", "").strip().lower()
    if named not in ("", "utf-8", "utf8"):
        raise BadRequest("A form in another charset than UTF-8")


def _form(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except (MultiPartParserError, UnreadablePostError, UnicodeError) as error:
        raise BadRequest("The form could not be read") from error


def _refuse_impossible(data: QueryDict) -> None:
    if any(IMPOSSIBLE.search(text) for text in _texts(data)):
        raise BadRequest("NUL byte or half a character in the input")


def _texts(data: QueryDict) -> Iterable[str]:
    for name, values in data.lists():
        yield name
        yield from (value for value in values if isinstance(value, str))


def _not_allowed(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    page = render(request, "405.html", status=405)
    page["Allow"] = response.get("Allow", "")
    return page
