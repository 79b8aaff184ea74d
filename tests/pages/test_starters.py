"""What every installation starts with, and the demonstration's part."""

import random
from datetime import date

import pytest
from django.utils import timezone

from portal import registry
from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.audit.models import Entry
from portal.pages.models import Page, PageVersion, Service, Topic
from portal.pages.services import load_starters, months_later, save_page
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

KEYS = [
    *("participation-policy", "moderation-policy", "privacy", "accessibility"),
    *("service-commitments", "about", "contact"),
]
TOPICS = ["mobility", "environment", "community", "accessibility", "digital", "business", "housing"]


def stage() -> registry.DemoStage:
    """Return what the demo command gives to loaders."""
    return registry.DemoStage(timezone.now(), random.Random(1), "a password")


def everything() -> tuple:
    """Return all rows that starters may touch."""
    models = (Organisation, Topic, Page, PageVersion, Service, Entry)
    return tuple(list(model.objects.order_by("pk").values()) for model in models)


def test_an_empty_database_gets_pages_topics_and_a_ministry_without_a_name():
    load_starters()
    assert list(Page.objects.values_list("key", flat=True)) == KEYS
    assert list(Topic.objects.values_list("code", flat=True)) == TOPICS
    ministry = Organisation.objects.get()
    assert (ministry.code, ministry.kind) == ("ministry", OrganisationKind.MINISTRY)
    assert (ministry.name_ar, ministry.name_en, ministry.name_zh_hans) == ("الوزارة", "The ministry", "本部门")
    assert set(Page.objects.values_list("owner__code", flat=True)) == {"ministry"}


def test_every_text_is_there_in_three_languages():
    load_starters()
    fields = [f"{name}_{code}" for name in ("title", "summary", "body", "approver") for code in ("ar", "en", "zh_hans")]
    for row in Page.objects.values("key", *fields):
        assert [name for name in fields if not row[name]] == [], row["key"]
        assert not any(row[name].startswith("#") for name in fields if name.startswith("title"))


def test_a_second_run_changes_nothing():
    load_starters()
    before = everything()
    load_starters()
    assert everything() == before


def test_what_staff_wrote_is_left_alone():
    load_starters()
    page = Page.objects.get(key="privacy")
    page.body_en, page.version = "Our own words", "1.1"
    save_page(page, by=None)
    Topic.objects.filter(code="mobility").update(name_en="Getting about")
    load_starters()
    assert Page.objects.get(key="privacy").body_en == "Our own words"
    assert Topic.objects.get(code="mobility").name_en == "Getting about"


def test_a_ministry_of_another_code_owns_the_pages():
    ministry = OrganisationFactory(code="health", kind=OrganisationKind.MINISTRY)
    load_starters()
    assert list(Organisation.objects.all()) == [ministry]
    assert {page.owner for page in Page.objects.all()} == {ministry}


def test_the_demonstration_adds_services_of_bodies_that_exist_and_hands_pages_over():
    load_starters()
    digital, mobility = OrganisationFactory(code="digital"), OrganisationFactory(code="mobility")
    registry.demo["pages"](stage())
    codes = ["resident-parking", "door-to-door-transport", "digital-documents"]
    assert list(Service.objects.values_list("code", flat=True)) == codes
    assert Service.objects.get(code="resident-parking").organisation == mobility
    owned = Page.objects.filter(owner=digital).values_list("key", flat=True)
    assert list(owned) == ["accessibility", "about", "contact"]


def test_the_demonstration_can_run_twice():
    load_starters()
    OrganisationFactory(code="digital")
    registry.demo["pages"](stage())
    before = everything()
    registry.demo["pages"](stage())
    assert everything() == before


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_months_later_never_leaves_the_month(day, months, later):
    assert months_later(day, months) == later
