"""Where a form comes from, for the few views that ask for no token."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from portal.origins import is_from_elsewhere
from portal.web.views.errors import refused

View = Callable[..., HttpResponse]


def own_pages_only(view: View) -> View:
    """Refuse a form sent from a page of another site: 403, with what was typed.

    A form from elsewhere carries no session cookie, so that the session begun for it would take the place of the
    visitor's own and sign them out. What names no origin at all is no browser that could be led here.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_from_elsewhere(request):
            return refused(
                request,
                403,
                gettext("This was sent from another site"),
                gettext("Nothing was kept. Please open the page here and send it once more."),
            )
        return view(request, *args, **kwargs)

    return checked
