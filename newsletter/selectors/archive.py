"""What went out, a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from newsletter.models import EditionPage, Issue
from portal.registry.judged import JudgedPage, JudgedPages
from portal.text import language_order

PER_PAGE = 20


@dataclass(frozen=True)
class ArchivePage:
    """Editions in one language; ``after`` names the last of them where there are more."""

    rows: list[EditionPage]
    after: str


def editions_after(language: str, after: str) -> ArchivePage:
    """Return up to twenty editions of this language, the last first, after the issue with this code."""
    public = Issue.objects.published().order_by()
    found = EditionPage.objects.filter(language=language, issue__in=public).select_related("issue")
    # It may have been cancelled since the page before was shown.
    last = Issue.objects.filter(code=after).first() if after.isalnum() else None
    if last is not None:
        found = found.filter(issue__start_at__lt=last.start_at)
    rows = list(found.order_by("-issue__start_at")[: PER_PAGE + 1])
    return ArchivePage(rows[:PER_PAGE], rows[PER_PAGE - 1].issue.code if len(rows) > PER_PAGE else "")


def judged_issues(codes: Collection[str]) -> dict[str, JudgedPage]:
    """Return issues that went out, by the subject of the edition that the reader would take."""
    order = language_order()
    editions = EditionPage.objects.filter(issue__in=Issue.objects.published().order_by(), issue__code__in=codes)
    found: dict[str, JudgedPage] = {}
    for edition in sorted(editions.select_related("issue"), key=lambda each: order.index(each.language)):
        path = reverse("newsletter:issue", args=[edition.issue.code])
        page = JudgedPage(edition.subject, edition.language, path, edition.issue.organisation_id)
        found.setdefault(edition.issue.code, page)
    return found


def _codes(limit: int) -> list[str]:
    return list(Issue.objects.published().values_list("code", flat=True)[:limit])


JUDGED = JudgedPages(_("Newsletter issue"), judged_issues, _codes)
