"""Counting how often a link is followed, where an operator wants it: never by whom, and never who opened the mail."""

import re
from html import escape, unescape

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import translation

from newsletter.models import CountedLink, Issue
from portal.mailings.emails import TOKEN_SLOT

_LINK = re.compile(r'<a\b([^>]*?)\bhref="(https?://[^"]+)"')


def through_portal(issue: Issue, language: str, html: str) -> str:
    """Return an edition's HTML with its links leading through the portal, and keep where each leads.

    A reader's own links stay as they are, and so does all of it where clicks are not counted. The text beside the HTML
    keeps its links, too. Called anew, it forgets what was kept of this edition.
    """
    issue.counted_links.filter(language=language).delete()
    if not settings.NEWSLETTER_COUNT_CLICKS:
        return html
    numbers: dict[str, int] = {}

    def counted(found: re.Match[str]) -> str:
        address = unescape(found[2])
        if TOKEN_SLOT in address:
            return found[0]
        number = numbers.setdefault(address, len(numbers) + 1)
        return f'<a{found[1]}href="{escape(_address(issue, language, number))}"'

    html = _LINK.sub(counted, html)
    CountedLink.objects.bulk_create(
        CountedLink(issue=issue, language=language, number=number, address=address)
        for address, number in numbers.items()
    )
    return html


def followed(link: CountedLink) -> None:
    """Count that a link was followed."""
    CountedLink.objects.filter(pk=link.pk).update(clicks=F("clicks") + 1)


def _address(issue: Issue, language: str, number: int) -> str:
    with translation.override(language):
        return settings.BASE_URL.rstrip("/") + reverse("newsletter:go", args=[issue.code, number])
