"""How much may come from one source. A whole school may answer from one address, each with a link of their own."""

from django.http import HttpRequest
from django_ratelimit.core import is_ratelimited

from portal.secret_links import Guesses

# Answerings begun from one source; pages saved by one link or account; of these, pages with files.
BEGUN = "300/h"
PAGES = "300/h"
PAGES_WITH_FILES = "30/h"

guesses = Guesses("surveys.wrong")


def too_many_begun(request: HttpRequest) -> bool:
    """Count an answering that is begun."""
    return is_ratelimited(request, group="surveys.begin", key="user_or_ip", rate=BEGUN, increment=True)


def too_many_pages(request: HttpRequest, whose: str) -> bool:
    """Count a page that was sent, whatever is in it."""
    if is_ratelimited(request, group="surveys.page", key=lambda group, _: whose, rate=PAGES, increment=True):
        return True
    return bool(request.FILES) and is_ratelimited(
        request, group="surveys.page.files", key="user_or_ip", rate=PAGES_WITH_FILES, increment=True
    )
