"""Which drafts of requests belong to a visitor: their codes wait in the visitor's own session."""

from django.http import HttpRequest

from tickets.models import Draft

# As many as one session knows; the oldest gives way.
KNOWN = 5
_KEY = "ticket_drafts"


def remember(request: HttpRequest, draft: Draft) -> None:
    """Let this visitor come back to the draft, also once it was sent: a second press gives the same receipt."""
    codes = [code for code in request.session.get(_KEY, []) if code != draft.code]
    request.session[_KEY] = [*codes, draft.code][-KNOWN:]


def knows(request: HttpRequest, code: str) -> bool:
    """Tell whether the draft of this code is, or was, this visitor's."""
    return code in request.session.get(_KEY, [])


def draft_of(request: HttpRequest, code: str) -> Draft | None:
    """Return the visitor's own draft of this code, or None."""
    return Draft.objects.filter(code=code).first() if code and knows(request, code) else None
