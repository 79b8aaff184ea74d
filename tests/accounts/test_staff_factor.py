"""Nobody reaches the staff area, or acts with a role, by the first factor alone."""

import pytest
from django.contrib import admin
from django.urls import get_resolver, reverse

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.rules import hold_back_roles, holds, holds_in_ministry
from portal.accounts.services import factors, grant_membership, revoke_membership
from tests.accounts.signing import PASSWORD, code_of, confirmed, sign_in, with_app
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
SET_UP = "/en/account/security/"
GIVE = "/en/account/security/again/"


@pytest.fixture(autouse=True)
def needed(settings):
    """As in production."""
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def ministry():
    """The ministry."""
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def person(ministry):
    """An administrator of everything, without a second factor."""
    return confirmed(Role.ADMINISTRATOR, ministry)


def admin_places():
    """Every address of the admin that needs no key, and the change page of each model."""
    names = [f"admin:{model._meta.label_lower.replace('.', '_')}_changelist" for model in admin.site._registry]
    plain = ["admin:index", "admin:jsi18n", "admin:autocomplete", "admin:moderation_case_queue"]
    changes = [
        reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[1]) for model in admin.site._registry
    ]
    return [*map(reverse, [*plain, *names]), *changes, "/en/admin/there-is-nothing/", "/ar/admin/", "/zh-hans/admin/"]


class TestWithoutAFactor:
    def test_sign_in_leads_to_where_one_is_set_up(self, client, person):
        answer = client.post("/en/account/login/", {"login": person.email, "password": PASSWORD, "next": "/en/admin/"})
        assert answer["Location"] == SET_UP
        page = client.get(SET_UP).content.decode()
        assert "Please set up a second factor" in page

    def test_no_address_of_the_admin_is_reached(self, person):
        client = sign_in(person)
        found = {place: client.get(place) for place in admin_places()}
        assert len(found) > 20
        for place, answer in found.items():
            assert answer.status_code == 302, place
            assert answer["Location"].partition("?")[0].endswith("/account/security/"), place

    def test_no_form_of_it_is_taken_and_the_text_is_given_back(self, person, ministry):
        client = sign_in(person)
        page = client.post("/en/admin/accounts/team/add/", {"name_en": "A team of mine", "organisation": ministry.pk})
        assert page.status_code == 403
        assert "A team of mine" in page.content.decode()
        assert ministry.teams.count() == 0

    def test_set_up_leads_on_to_the_admin(self, person):
        client = sign_in(person)
        client.get("/en/admin/accounts/team/")
        client.get(client.get("/en/admin/accounts/team/")["Location"])
        client.post("/en/account/reauthenticate/", {"password": PASSWORD})
        client.get("/en/account/security/app/")
        secret = client.get("/en/account/security/app/").context["secret"].replace(" ", "")
        assert client.post("/en/account/security/app/", {"code": code_of(secret)})["Location"] == f"{SET_UP}codes/"
        assert 'href="/en/admin/accounts/team/"' in client.get(f"{SET_UP}codes/").content.decode()
        assert client.get("/en/admin/accounts/team/").status_code == 200

    def test_other_sites_are_not_led_on_to(self, person):
        client = sign_in(person)
        client.get(f"{SET_UP}?next=https://evil.example/")
        client.get(f"{SET_UP}?next=//evil.example/")
        assert "after_factor" in client.session and "evil" not in client.session["after_factor"]

    def test_pages_of_managers_lead_there_too(self, person):
        answer = sign_in(person).get("/en/reports/")
        assert answer["Location"] == f"{SET_UP}?next=%2Fen%2Freports%2F"

    def test_what_everybody_may_do_stays_open(self, person):
        client = sign_in(person)
        assert [client.get(place).status_code for place in ("/en/", "/en/account/", "/en/consultations/")] == [200] * 3

    def test_signing_out_stays_open(self, person):
        client = sign_in(person)
        assert client.post("/en/account/logout/")["Location"] == "/en/"


class TestWithAFactor:
    def test_a_code_opens_the_admin(self, person):
        with_app(person)
        client = sign_in(person, code_of())
        assert client.get("/en/admin/").status_code == 200
        assert client.get("/en/reports/").status_code == 200

    def test_the_password_alone_signs_in_nobody(self, person):
        with_app(person)
        client = sign_in(person)
        page = client.get("/en/admin/", follow=True)
        assert page.redirect_chain[-1][0] == "/en/account/security/give/", "half way through signing in"
        assert client.get("/en/account/").status_code == 302

    def test_an_older_session_gives_it_first(self, client, person):
        with_app(person)
        client.force_login(person)
        wanted = client.get("/en/admin/")["Location"]
        assert wanted == f"{GIVE}?next=%2Fen%2Fadmin%2F"
        assert client.post(GIVE, {"code": code_of(), "next": "/en/admin/"})["Location"] == "/en/admin/"
        assert client.get("/en/admin/").status_code == 200

    def test_an_older_session_cannot_take_it_away_by_the_password(self, client, person):
        factor = with_app(person)
        client.force_login(person)
        client.post("/en/account/reauthenticate/", {"password": PASSWORD})
        answer = client.post(f"/en/account/security/factors/{factor.pk}/remove/")
        assert answer["Location"].startswith(GIVE)
        assert client.get("/en/account/security/app/")["Location"].startswith(GIVE)
        assert factors.has_factor(person)

    def test_a_recovery_code_opens_it(self, person):
        with_app(person)
        assert sign_in(person, factors.readable_codes(person)[0]).get("/en/admin/").status_code == 200


def test_a_session_from_before_somebody_became_staff_is_not_enough(ministry):
    citizen = confirmed()
    client = sign_in(citizen)
    assert client.get("/en/account/").status_code == 200
    grant_membership(citizen, organisation=ministry, role=Role.ADMINISTRATOR, by=None)
    assert client.get("/en/admin/")["Location"].startswith(SET_UP)


def test_a_citizens_session_with_a_factor_is_when_they_become_staff(ministry):
    citizen = confirmed()
    with_app(citizen)
    client = sign_in(citizen, code_of())
    membership = grant_membership(citizen, organisation=ministry, role=Role.ADMINISTRATOR, by=None)
    assert client.get("/en/admin/").status_code == 200
    revoke_membership(membership, by=None)
    assert client.get("/en/admin/", follow=True).status_code == 403


def test_superusers_are_held_back_like_everybody(django_user_model):
    root = confirmed()
    django_user_model.objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
    client = sign_in(root)
    assert client.get("/en/admin/")["Location"].startswith(SET_UP)
    assert client.get("/en/reports/")["Location"].startswith(SET_UP)


def test_roles_wait_for_it_and_only_those_of_staff(person, ministry):
    agency = OrganisationFactory(kind=OrganisationKind.AGENCY)
    grant_membership(person, organisation=agency, role=Role.CONTACT, by=None)
    assert holds_in_ministry(person, Role.MODERATOR)
    hold_back_roles(person)
    assert not holds_in_ministry(person, Role.MODERATOR)
    assert not holds(person, Role.ADMINISTRATOR)
    assert holds(person, Role.CONTACT, organisation=agency)


def test_it_is_off_where_nobody_asked_for_it(settings, person):
    settings.STAFF_SECOND_FACTOR = False
    client = sign_in(person)
    assert client.get("/en/admin/").status_code == 200


def test_the_admin_is_known_by_its_name():
    """The rule looks for the namespace, so the admin must have it."""
    assert "admin" in get_resolver().app_dict
