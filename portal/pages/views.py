"""Policy pages as everybody reads them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.pages import content
from portal.pages.models import Page
from portal.pages.selectors import change_log, readable


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the pages."""
    return render(request, "pages/index.html", {"pages": Page.objects.all()})


@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Show one page."""
    found = get_object_or_404(Page.objects.select_related("owner"), key=key)
    context = {
        "page": found,
        "readable": readable(found),
        "changes": change_log(found),
        "tests": content.accessibility_tests() if key == "accessibility" else None,
    }
    return render(request, "pages/page.html", context)
