"""Policy pages and announcements as everybody reads them."""

from datetime import datetime

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.pages import content, selectors
from portal.pages.choices import AnnouncementCategory
from portal.pages.models import Announcement, Page
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


@require_safe
def announcements(request: HttpRequest) -> HttpResponse:
    """List what is announced now, by category if one is chosen; an unknown one narrows nothing."""
    wanted = request.GET.get("topic", "")
    category = wanted if wanted in AnnouncementCategory.values else ""
    paginator = Paginator(selectors.announcements(category), selectors.ANNOUNCEMENTS_PER_PAGE)
    context = {
        "page": paginator.get_page(request.GET.get("page")),
        "category": category,
        "categories": AnnouncementCategory.choices,
    }
    return render(request, "pages/announcements.html", context)


@require_safe
def announcement(request: HttpRequest, code: str) -> HttpResponse:
    """Show one, also after it has expired: it says so."""
    found = get_object_or_404(Announcement.objects.begun(timezone.now()).select_related("organisation"), code=code)
    return announcement_page(request, found)


def announcement_page(request: HttpRequest, found: Announcement) -> HttpResponse:
    """Show this one, public or not: the preview of staff, too."""
    return render(request, "pages/announcement.html", {"announcement": found})


class AnnouncementFeed(Feed):
    """What is announced now, in the page's language alone: what is not written in it is left out."""

    feed_type = Atom1Feed
    description_template = "pages/_announcement_feed.html"

    def title(self) -> str:
        """Return the name of the list."""
        return _("Announcements")

    def author_name(self) -> str:
        """Return who announces: Atom wants to know."""
        return _("Sawt")

    def link(self) -> str:
        """Return where the list is."""
        return reverse("announcements:list")

    def items(self) -> list[Announcement]:
        """Return those that are written in this language."""
        found = selectors.announcements()[: selectors.ANNOUNCEMENTS_PER_PAGE]
        return [one for one in found if one.title and one.text]

    def item_title(self, item: Announcement) -> str:
        """Return its title."""
        return item.title

    def item_pubdate(self, item: Announcement) -> datetime:
        """Return since when it is shown."""
        return item.shown_from

    def item_updateddate(self, item: Announcement) -> datetime:
        """Return when it was last changed."""
        return item.updated_at
