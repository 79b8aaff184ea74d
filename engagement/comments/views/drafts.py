"""What a visitor typed waits in the session until they have signed in."""

from typing import Any

from django.http import HttpRequest

# As many drafts as one session keeps; the oldest gives way.
KEPT = 5
_SESSION_KEY = "comment_drafts"


def keep(request: HttpRequest, place: str, body: str) -> None:
    """Keep a text for this place: a thread's code, or that and a comment's for a reply."""
    drafts = dict(request.session.get(_SESSION_KEY, {}))
    drafts.pop(place, None)
    drafts[place] = body
    request.session[_SESSION_KEY] = dict(list(drafts.items())[-KEPT:])


def kept(request: HttpRequest, place: str) -> str:
    """Return the text kept for this place, or nothing."""
    return request.session.get(_SESSION_KEY, {}).get(place, "")


def forget(request: HttpRequest, place: str) -> None:
    """Forget it once it is posted."""
    drafts: dict[str, Any] = request.session.get(_SESSION_KEY, {})
    if drafts.pop(place, None) is not None:
        request.session.modified = True


def place_name(thread_code: str, reply_code: str = "") -> str:
    """Return the name under which a draft is kept."""
    return f"{thread_code}/{reply_code}" if reply_code else thread_code
