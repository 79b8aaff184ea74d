"""Reads of pages: their texts as one value, with links resolved, and what changed when."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for, holds
from portal.languages import wanting, written_texts
from portal.pages.models import Announcement, Page
from portal.registry import InboxItem, Offer
from portal.text import localised

# What people read: a change of one of these makes a new version.
READ_FIELDS = ("title", "summary", "body")
KEPT_FIELDS = (*READ_FIELDS, "approver", "change_note")
_PAGE_LINK = re.compile(r"(\]\()page:([-a-z0-9_]+)(?=\))")


def columns(field: str) -> dict[str, str]:
    """Return the column of a translated field for each language."""
    return {code: f"{field}_{code.replace('-', '_')}" for code, _ in settings.LANGUAGES}


def texts_of(value: Callable[[str], Any]) -> dict[str, dict[str, str]]:
    """Return what a page says, by field and language; ``value`` gives the content of a column."""
    return {field: {code: value(column) or "" for code, column in columns(field).items()} for field in KEPT_FIELDS}


def says_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a reader would find the two alike."""
    return all(one.get(field) == other.get(field) for field in READ_FIELDS)


def version_is_taken(page: Page, texts: dict[str, Any], version: str) -> bool:
    """Tell whether this page said something else under this number before: then the new text needs a new one."""
    if page.pk is None:
        return False
    last = page.versions.first()
    if last is None or says_the_same(last.texts, texts):
        return False
    return page.versions.filter(version=version).exists()


def linked_keys(markdown: str) -> set[str]:
    """Return the keys of the pages to which ``[words](page:key)`` in this text leads."""
    return {match[2] for match in _PAGE_LINK.finditer(markdown)}


def with_links(markdown: str) -> str:
    """Return the text with links to pages as addresses in the active language."""
    return _PAGE_LINK.sub(lambda match: match[1] + reverse("pages:page", args=[match[2]]), markdown)


def readable(page: Page) -> SimpleNamespace:
    """Return the page's body, links resolved, for the tags that show a translated field."""
    return SimpleNamespace(**{column: with_links(getattr(page, column) or "") for column in columns("body").values()})


def change_log(page: Page) -> list[SimpleNamespace]:
    """Return the versions, newest first: number, moment, and in each language what changed."""
    rows = page.versions.values_list("version", "saved_at", "texts__change_note")
    return [_change(*row) for row in rows]


def to_review(user: Any) -> int | None:
    """Return how many pages this editor should have looked at again by today; None for those who edit none."""
    return _to_review(user).count() if holds(user, Role.EDITOR) else None


def first_to_review(user: Any, limit: int) -> list[InboxItem]:
    """Return those whose day came first."""
    found = _to_review(user).order_by("review_on", "pk")[:limit]
    return [_inbox_item(page, midnight(page.review_on)) for page in found]


def wanting_texts(user: Any) -> int | None:
    """Return how many pages lack a language or have one that is behind; None for those who edit none."""
    return _wanting(user).count() if holds(user, Role.EDITOR) else None


def first_wanting_texts(user: Any, limit: int) -> list[InboxItem]:
    """Return them in the order of the footer."""
    return [_inbox_item(page) for page in _wanting(user).order_by("position", "pk")[:limit]]


def _of_editor(user: Any) -> QuerySet[Page]:
    return Page.objects.filter(owner__in=bodies_for(user, Role.EDITOR))


def _to_review(user: Any) -> QuerySet[Page]:
    return _of_editor(user).filter(review_on__lte=timezone.localdate())


def _wanting(user: Any) -> QuerySet[Page]:
    return _of_editor(user).filter(wanting(Page))


def midnight(day: date) -> datetime:
    """Return the beginning of a day in the portal's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _inbox_item(page: Page, due_at: datetime | None = None) -> InboxItem:
    title, language = localised(page, "title")
    url = reverse("admin:pages_page_change", args=[page.pk])
    return InboxItem(title=title or page.key, url=url, language=language, due_at=due_at)


def _change(version: str, saved_at: datetime, notes: dict[str, str] | None) -> SimpleNamespace:
    columns_of_note = {column: (notes or {}).get(code, "") for code, column in columns("note").items()}
    return SimpleNamespace(version=version, saved_at=saved_at, **columns_of_note)


# Of one page of the list, and what a newsletter is offered at most.
ANNOUNCEMENTS_PER_PAGE, MOST_OFFERED = 20, 20


def announcements(category: str = "") -> QuerySet[Announcement]:
    """Return what is announced now, of one category if it is one."""
    found = Announcement.objects.current(timezone.now()).select_related("organisation")
    return found.filter(category=category) if category else found


def next_turn(moment: datetime) -> datetime | None:
    """Return when an announcement next appears or expires."""
    return Announcement.objects.next_turn(moment)


def offers(since: datetime, until: datetime) -> list[Offer]:
    """Return the announcements that appeared between the two moments and are still shown at the second."""
    found = Announcement.objects.current(until).filter(shown_from__gt=since)[:MOST_OFFERED]
    return [_offer(announcement) for announcement in found]


def _offer(announcement: Announcement) -> Offer:
    def path(language: str) -> str:
        with override(language):
            return announcement.get_absolute_url()

    texts = {code: _opening(text) for code, text in written_texts(announcement, "text").items()}
    titles = written_texts(announcement, "title")
    return Offer(f"announcement:{announcement.code}", "announcement", titles, texts, path)


def _opening(markdown: str) -> str:
    """Return the first paragraph that is no heading: the rest is read on the portal."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", markdown)]
    return next((block for block in blocks if block and not block.startswith("#")), "")
