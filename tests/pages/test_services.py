"""Saving a page keeps what it said before."""

import pytest
from django.db import IntegrityError, connection, transaction

from portal.audit.models import Entry
from portal.pages.models import PageVersion
from portal.pages.services import VersionTaken, save_page
from tests.factories import PageFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    """A page with its first version."""
    return save_page(PageFactory.build(owner=PageFactory().owner, version="1.0"), by=None)


def versions(page):
    """Return the numbers kept, newest first."""
    return list(page.versions.values_list("version", flat=True))


def test_the_first_save_keeps_all_three_languages(page):
    kept = page.versions.get()
    assert kept.texts["body"] == {"ar": "نص", "en": "Text", "zh-hans": "正文"}
    assert kept.saved_at == page.updated_at


def test_a_changed_text_is_a_new_version_with_its_author(page):
    editor, first = PersonFactory(), page.updated_at
    page.body_en, page.version = "Another text", "1.1"
    save_page(page, by=editor)
    assert versions(page) == ["1.1", "1.0"]
    assert page.versions.first().saved_by_id == editor.pk
    assert page.updated_at > first
    entry = Entry.objects.about(page).first()
    assert (entry.action, entry.actor_id, entry.organisation_id) == ("page.saved", editor.pk, page.owner_id)
    changes = {"body_en": ["Text", "Another text"], "version": ["1.0", "1.1"]}
    assert entry.data == {"version": "1.1", "text_changed": True, "changes": changes}
    assert set(page.behind) == {"body_ar", "body_zh_hans"}


def test_a_change_of_what_is_not_read_is_no_version(page):
    first = page.updated_at
    page.position, page.approver_en = 99, "Somebody else"
    save_page(page, by=None)
    assert versions(page) == ["1.0"]
    assert page.updated_at == first
    changes = {"approver_en": [None, "Somebody else"], "position": [0, 99]}
    assert Entry.objects.about(page).first().data == {"version": "1.0", "text_changed": False, "changes": changes}


def test_a_changed_text_needs_a_number_of_its_own(page):
    page.body_en = "Another text"
    with pytest.raises(VersionTaken):
        save_page(page, by=None)
    page.refresh_from_db()
    assert page.body_en == "Text"
    assert versions(page) == ["1.0"]


def test_the_number_of_any_earlier_text_is_taken(page):
    page.body_en, page.version = "Another text", "1.1"
    save_page(page, by=None)
    page.body_en, page.version = "A third text", "1.0"
    with pytest.raises(VersionTaken):
        save_page(page, by=None)


@pytest.mark.parametrize("statement", ["UPDATE pages_pageversion SET version = '9'", "DELETE FROM pages_pageversion"])
def test_versions_refuse_change_in_the_database(page, statement):
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(statement)
    assert versions(page) == ["1.0"]


def test_versions_refuse_a_second_save(page):
    with pytest.raises(TypeError):
        PageVersion.objects.get(page=page).save()
