"""Writing pages, topics and services, and what every installation starts with."""

import calendar
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.audit import services as audit
from portal.languages import MEANING, Revision, revise
from portal.pages import content
from portal.pages.models import Announcement, Page, PageVersion, Service, Topic
from portal.pages.selectors import says_the_same, texts_of, version_is_taken

NEUTRAL_MINISTRY = {"name_ar": "الوزارة", "name_en": "The ministry", "name_zh_hans": "本部门"}


class VersionTaken(ValueError):
    """The text changed, and its number is that of an earlier text."""


@transaction.atomic
def save_page(page: Page, *, by: Any, revision: Revision = MEANING) -> Page:
    """Save a page; when what people read has changed, keep it as a version too.

    ``by`` is None for the portal itself, ``revision`` says what the change means for the other languages. Raises
    ``VersionTaken`` when the changed text has the number of an earlier one.
    """
    if page.pk:
        # Locked, so that two editors do not write one version twice.
        Page.objects.select_for_update(no_key=True).get(pk=page.pk)
    before = audit.stored(page)
    texts = texts_of(lambda column: getattr(page, column))
    if version_is_taken(page, texts, page.version):
        raise VersionTaken(page.version)
    last = page.versions.first() if page.pk else None
    changed = last is None or not says_the_same(last.texts, texts)
    if changed:
        page.updated_at = timezone.now()
    revise(page, before, revision)
    page.save()
    if changed:
        _keep_version(page, texts, by)
    audit.record("page.saved", page, by=by, data=_facts(page, changed, revision), before=before)
    return page


def _facts(page: Page, text_changed: bool, revision: Revision) -> dict[str, Any]:
    return {"version": page.version, "text_changed": text_changed, **revision.facts}


def _keep_version(page: Page, texts: dict[str, Any], by: Any) -> None:
    PageVersion.objects.create(
        page=page,
        version=page.version,
        texts=texts,
        saved_at=page.updated_at,
        saved_by_id=getattr(by, "pk", None),
    )


@transaction.atomic
def save_topic(topic: Topic, *, by: Any, revision: Revision = MEANING) -> Topic:
    """Save a topic."""
    _save(topic, "topic", by=by, revision=revision)
    return topic


@transaction.atomic
def save_service(service: Service, *, by: Any, revision: Revision = MEANING) -> Service:
    """Save a service of a body."""
    _save(service, "service", by=by, revision=revision)
    return service


@transaction.atomic
def save_announcement(announcement: Announcement, *, by: Any, revision: Revision = MEANING) -> Announcement:
    """Save an announcement; visitors see it as its dates and ``is_public`` say."""
    announcement.updated_at = timezone.now()
    _save(announcement, "announcement", by=by, revision=revision)
    return announcement


def _save(thing: Topic | Service | Announcement, name: str, *, by: Any, revision: Revision) -> None:
    action = f"{name}.created" if thing.pk is None else f"{name}.changed"
    before = audit.stored(thing)
    revise(thing, before, revision)
    thing.save()
    audit.record(action, thing, by=by, data=revision.facts, before=before)


@transaction.atomic
def load_starters() -> None:
    """Create the topics and policy pages that are missing; what exists is left as it is.

    A page belongs to the body its file names, or to the ministry as long as there is no such body.
    """
    ministry = _ministry()
    known = set(Topic.objects.values_list("code", flat=True))
    for row in content.rows("topics"):
        if row["code"] not in known:
            save_topic(Topic(**row), by=None)
    present = set(Page.objects.values_list("key", flat=True))
    for position, row in enumerate(content.rows("pages"), start=1):
        if row["key"] not in present:
            save_page(_starting_page(row, position, ministry), by=None)


def _ministry() -> Organisation:
    found = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    if found is None:
        found = Organisation.objects.create(code="ministry", kind=OrganisationKind.MINISTRY, **NEUTRAL_MINISTRY)
        audit.record("organisation.created", found, by=None)
    return found


def _starting_page(row: dict[str, Any], position: int, ministry: Organisation) -> Page:
    fields = dict(row)
    owner = Organisation.objects.filter(code=fields.pop("owner")).first() or ministry
    review_on = months_later(timezone.localdate(), fields.pop("review_months"))
    return Page(owner=owner, review_on=review_on, position=position * 10, **fields, **content.page_texts(row["key"]))


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
