"""Reads of pages: their texts as one value, with links resolved, and what changed when."""

import re
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.urls import reverse

from portal.pages.models import Page

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


def _change(version: str, saved_at: datetime, notes: dict[str, str] | None) -> SimpleNamespace:
    columns_of_note = {column: (notes or {}).get(code, "") for code, column in columns("note").items()}
    return SimpleNamespace(version=version, saved_at=saved_at, **columns_of_note)
