"""What went out, for everybody: by issue and language, and as a feed."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from newsletter.models import Block, CountedLink, EditionPage, Issue
from newsletter.selectors.archive import PER_PAGE, editions_after
from newsletter.selectors.rendering import with_whole_addresses
from newsletter.services.clicks import followed
from portal.files.views import file_response
from portal.languages import own_name


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """List what went out, the last first."""
    shown = editions_after(get_language() or "", request.GET.get("after", ""))
    return render(request, "newsletter/archive.html", {"shown": shown})


@require_safe
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """Show an issue that went out, in the page's language; where it has none, say in which others it can be read."""
    found = get_object_or_404(Issue.objects.published(), code=code)
    editions = {edition.language: edition for edition in found.pages.all()}
    edition = editions.get(get_language() or "")
    if edition is None:
        return render(request, "newsletter/issue_missing.html", {"issue": found, "others": _others(found, editions)})
    return render(request, "newsletter/issue.html", {"issue": found, "edition": edition})


def _others(issue: Issue, editions: dict[str, EditionPage]) -> list[dict[str, str]]:
    """Return the editions there are, in the portal's order, with the address of each."""
    others = []
    for code in (code for code, _name in settings.LANGUAGES if code in editions):
        with override(code):
            url = reverse("newsletter:issue", args=[issue.code])
        others.append({"code": code, "name": own_name(code), "subject": editions[code].subject, "url": url})
    return others


@never_cache
@require_safe
def go(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Lead on to a link of an issue, and count it; what only asks for the head is not counted."""
    links = CountedLink.objects.filter(issue__in=Issue.objects.approved(), language=get_language())
    link = get_object_or_404(links, issue__code=code, number=number)
    if request.method == "GET":
        followed(link)
    return HttpResponseRedirect(link.address)


@require_safe
def image(request: HttpRequest, code: str) -> HttpResponse:
    """Show the image of a part of an issue that is approved: mail programs ask for it without signing in."""
    found = get_object_or_404(Block.objects.select_related("image").filter(image__isnull=False), code=code)
    get_object_or_404(Issue.objects.approved(), pk=found.issue_id)
    return file_response(found.image, download=False)


class ArchiveFeed(Feed):
    """The last issues in the page's language."""

    feed_type = Atom1Feed

    def title(self) -> str:
        """Return the newsletter's name."""
        return _("Monday newsletter")

    def author_name(self) -> str:
        """Return who writes: Atom wants to know."""
        return _("Sawt")

    def link(self) -> str:
        """Return where the archive is."""
        return reverse("newsletter:archive")

    def subtitle(self) -> str:
        """Return what it is."""
        return _("What is open, what was decided, and what became of it: every Monday, in your language.")

    def items(self) -> list[EditionPage]:
        """Return the last issues."""
        return editions_after(get_language() or "", "").rows[:PER_PAGE]

    def item_title(self, item: EditionPage) -> str:
        """Return the subject."""
        return item.subject

    def item_description(self, item: EditionPage) -> str:
        """Return the whole issue; readers of feeds know nothing of our paths."""
        return with_whole_addresses(item.page)

    def item_link(self, item: EditionPage) -> str:
        """Return the issue's page."""
        return reverse("newsletter:issue", args=[item.issue.code])

    def item_pubdate(self, item: EditionPage) -> datetime:
        """Return when it went out."""
        return item.issue.start_at

    def item_updateddate(self, item: EditionPage) -> datetime:
        """Return the same: what went out does not change. Atom asks for it."""
        return item.issue.start_at
