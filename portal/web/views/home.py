"""The home page, and the addresses without a language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from portal.insight.selectors import live_figures
from portal.pages.selectors import announcements
from portal.web.selectors import CARDS, home_feed


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what closes soon, what is open, what was answered, and the live figures."""
    return render(
        request, "web/home.html", {**home_feed(), "announcements": announcements()[:CARDS], "figures": live_figures()}
    )


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Send people to their language: the one they chose, else the one their browser asks for, else Arabic."""
    own = getattr(request.user, "language", "")
    # A cookie may name “AR”, which Django takes for a language of its own.
    asked = [own, translation.get_language_from_request(request).lower(), settings.LANGUAGE_CODE]
    language = next(code for code in asked if code in dict(settings.LANGUAGES))
    response = HttpResponseRedirect(f"/{language}/")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Welcome search engines to the public pages; keep them out of a demonstration altogether."""
    closed = ["/"] if settings.DEMO else ["/*/account/", "/*/admin/", "/*/mailbox/", "/*/reports/"]
    lines = ["User-agent: *", *[f"Disallow: {path}" for path in closed]]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for the old address to the picture."""
    return HttpResponseRedirect(static("img/mark.svg"))
