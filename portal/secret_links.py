"""Pages that open to whoever has their link: kept from referrers and search engines, and from being guessed."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage

# Wrong addresses within an hour from one source; from then on it opens nothing, right or wrong.
WRONG = "20/h"


def quiet(response: HttpResponse) -> HttpResponse:
    """Let no browser tell where this page stands, and no search engine keep it."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@dataclass(frozen=True)
class Guesses:
    """Counts wrong links of one area by source and hour."""

    group: str

    def are_too_many(self, request: HttpRequest) -> bool:
        """Tell whether this source has used up its wrong links."""
        usage = get_usage(request, group=self.group, key="ip", rate=WRONG)
        return usage is not None and usage["count"] >= usage["limit"]

    def count(self, request: HttpRequest) -> bool:
        """Count one; True for the one that uses them up, so that a source stands in the trail once an hour at most."""
        usage = get_usage(request, group=self.group, key="ip", rate=WRONG, increment=True)
        return usage is not None and usage["count"] == usage["limit"]
