"""What went out, a page at a time."""

from dataclasses import dataclass

from newsletter.models import EditionPage, Issue

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
