"""What this room, and those below it that know nothing of pages, offer to be judged."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.pages.models import Announcement, Page, Service
from portal.registry.judged import JudgedPage, JudgedPages
from portal.text import localised


def judged_rows(
    label: Any,
    rows: Callable[[], QuerySet],
    *,
    by: str,
    titled: str,
    owner: str,
    path: Callable[[Any], str] | None = None,
) -> JudgedPages:
    """Return the entry of a kind whose pages are rows with a code (``by``), a translated title and a body.

    Without ``path`` a row knows its own address.
    """

    def page(row: Any) -> JudgedPage:
        title, language = localised(row, titled)
        there = path(row) if path else row.get_absolute_url()
        return JudgedPage(title or str(row), language, there, getattr(row, owner))

    def find(keys: Collection[str]) -> dict[str, JudgedPage]:
        return {getattr(row, by): page(row) for row in rows().filter(**{f"{by}__in": keys})}

    def first_keys(limit: int) -> list[str]:
        return list(rows().order_by("pk").values_list(by, flat=True)[:limit])

    return JudgedPages(label, find, first_keys)


def single_page(label: Promise | str, key: str, address: str) -> JudgedPages:
    """Return the entry of a page that is the only one of its kind and belongs to the whole portal."""

    def find(keys: Collection[str]) -> dict[str, JudgedPage]:
        return {key: JudgedPage(str(label), "", reverse(address))} if key in keys else {}

    return JudgedPages(label, find, lambda limit: [key][:limit])


PAGES = judged_rows(_("Page of the portal"), Page.objects.all, by="key", titled="title", owner="owner_id")
SERVICES = judged_rows(_("Service"), Service.objects.all, by="code", titled="name", owner="organisation_id")
ANNOUNCEMENTS = judged_rows(
    _("Announcement"),
    lambda: Announcement.objects.begun(timezone.now()),
    by="code",
    titled="title",
    owner="organisation_id",
)
HOURS = single_page(_("Working hours"), "hours", "calendars:hours")
