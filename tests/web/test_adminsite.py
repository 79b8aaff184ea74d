"""The staff area's doors."""

import pytest
from django.urls import reverse
from django.utils import translation

from portal import registry
from portal.registry import InboxEntry
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    """Addresses and words in English."""
    with translation.override("en"):
        yield


def test_strangers_are_sent_to_sign_in_and_back(client):
    response = client.get("/en/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/en/account/login/?next=%2Fen%2Fadmin%2F"


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_here(client, after):
    response = client.get("/en/admin/login/", {"next": after})
    assert response["Location"] == "/en/account/login/?next=%2Fen%2Fadmin%2F"


@pytest.mark.parametrize("flags", [{"is_staff": False}, {"is_staff": True, "is_active": False}])
def test_who_is_no_active_staff_stays_outside(client, flags):
    client.force_login(PersonFactory(**flags))
    assert client.get("/en/admin/").status_code == 302


def test_citizens_are_not_sent_round_in_a_circle(client):
    client.force_login(PersonFactory())
    assert client.get("/en/admin/", follow=True).redirect_chain[-1][0] == "/en/"


def test_the_start_page_shows_what_waits(client, monkeypatch):
    fresh = registry.Registry("inbox")
    fresh.register("a", InboxEntry("Cases to decide", lambda: "/a/", lambda user: 1200))
    fresh.register("b", InboxEntry("Not yours", lambda: "/b/", lambda user: None))
    monkeypatch.setattr(registry, "inbox", fresh)
    client.force_login(PersonFactory(is_staff=True))
    page = client.get("/en/admin/").content.decode()
    assert "Cases to decide" in page and "1,200" in page
    assert "Not yours" not in page
    assert "css/admin.css" in page


def test_signing_out_and_passwords_are_the_portals_own(client):
    client.force_login(PersonFactory(is_staff=True))
    assert client.post(reverse("admin:logout"))["Location"] == reverse("account_logout")
    assert client.get(reverse("admin:password_change"))["Location"] == reverse("account_change_password")
