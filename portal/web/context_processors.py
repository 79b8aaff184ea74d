"""What the layout of every page needs: navigation, languages, strips."""

from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi

from portal import registry
from portal.languages import own_name
from portal.notifications.selectors import unread_count, unread_words

# What the header has room for; the rest folds into a menu.
NAVIGATION_ROOM = 7


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the layout under one name, worked out only when a template asks for it."""
    return {"portal": SimpleLazyObject(lambda: _layout(request))}


def _layout(request: HttpRequest) -> dict[str, Any]:
    language = get_language() or settings.LANGUAGE_CODE
    header = _entries(request, "header")
    unread = cache(partial(_unread, request))
    room = NAVIGATION_ROOM if len(header) <= NAVIGATION_ROOM else NAVIGATION_ROOM - 1
    return {
        "navigation": header[:room],
        "navigation_more": header[room:],
        "footer": _entries(request, "footer"),
        "account": _entries(request, "account"),
        "invitations": _entries(request, "invitation"),
        # Counted when the header asks, once.
        "unread": unread,
        "unread_words": lambda: unread_words(unread()),
        "languages": _languages(request, language),
        "language": language,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "demo": settings.DEMO,
        "official_strip": settings.OFFICIAL_SITE_STRIP,
        "version": settings.VERSION,
        "today": timezone.localdate(),
        "sign_in_url": _sign_in_url(request),
    }


def _unread(request: HttpRequest) -> int:
    user = getattr(request, "user", None)
    return unread_count(user) if user is not None and user.is_authenticated else 0


def _entries(request: HttpRequest, section: str) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    shown = [
        entry
        for entry in registry.navigation.values()
        if entry.section == section and (entry.visible_to is None or (user is not None and entry.visible_to(user)))
    ]
    here = _path_below_language(request)
    return [
        {
            "label": entry.label,
            "url": entry.url(),
            "current": bool(entry.prefix) and here.startswith(entry.prefix),
            "title": entry.title,
            "about": entry.about,
        }
        for entry in sorted(shown, key=lambda entry: entry.position)
    ]


def _path_below_language(request: HttpRequest) -> str:
    """Return the address after “/<language>/”; empty for a page outside the languages."""
    _, _, below = request.path_info.lstrip("/").partition("/")
    return below if _has_language(request) else ""


def _has_language(request: HttpRequest) -> bool:
    first = request.path_info.lstrip("/").partition("/")[0]
    return first in dict(settings.LANGUAGES)


def _languages(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    """Return the same page, its query included, in each language; the start page for one without a language."""
    query = request.META.get("QUERY_STRING", "")
    rest = _path_below_language(request) + (f"?{query}" if query and _has_language(request) else "")
    return [
        {
            "code": code,
            "own_name": own_name(code),
            "url": f"/{code}/{rest}",
            "current": code == active,
        }
        for code, _ in settings.LANGUAGES
    ]


def _sign_in_url(request: HttpRequest) -> str:
    """Return the sign-in page with the way back; from the pages of sign-in itself there is none.

    Nor from an address that is a secret (``has_secret_address``): it would stand in a query, where it is kept.
    """
    address = reverse("account_login")
    if getattr(request, "has_secret_address", False):
        return address
    if request.method != "GET" or _path_below_language(request).startswith("account/") or not _has_language(request):
        return address
    return f"{address}?{urlencode({'next': request.get_full_path()})}"
