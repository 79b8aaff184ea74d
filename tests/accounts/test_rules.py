"""Roles reach from the ministry into its bodies, are asked once for a user object, and are never stale on it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject

from portal.accounts import services
from portal.accounts.choices import STAFF_ROLES, OrganisationKind, Role
from portal.accounts.models import Organisation
from portal.accounts.rules import bodies_for, forget_roles, holds, holds_in_ministry
from tests.factories import MembershipFactory, OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ministry():
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def body(ministry):
    return OrganisationFactory(parent=ministry)


def reach(person, *roles):
    """Return what the three readings say of all organisations, after checking that they agree."""
    bodies = set(bodies_for(person, *roles))
    assert holds(person, *roles) == bool(bodies)
    assert {one for one in Organisation.objects.all() if holds(person, *roles, organisation=one)} == bodies
    in_ministry = any(one.kind == OrganisationKind.MINISTRY for one in bodies)
    assert holds_in_ministry(person, *roles) == in_ministry
    return bodies


def test_a_role_in_the_ministry_reaches_its_bodies(ministry, body):
    OrganisationFactory()
    assert reach(staff(Role.EDITOR, ministry), Role.EDITOR) == {ministry, body}
    assert reach(staff(Role.EDITOR, body), Role.EDITOR) == {body}
    assert reach(staff(Role.EDITOR, body), Role.MODERATOR) == set()
    assert reach(staff(Role.EDITOR, body)) == set()


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_administrators_hold_every_role_of_staff_and_no_other(ministry, body, role):
    administrator = staff(Role.ADMINISTRATOR, body)
    assert reach(administrator, role) == {body}
    assert reach(administrator, Role.CONTACT) == set()


def test_several_roles_in_several_bodies(ministry, body):
    other = OrganisationFactory(parent=ministry)
    person = staff(Role.EDITOR, body)
    MembershipFactory(person=person, organisation=other, role=Role.MODERATOR)
    assert reach(person, Role.EDITOR) == {body}
    assert reach(person, Role.EDITOR, Role.MODERATOR) == {body, other}


@pytest.mark.parametrize("flags", [{"is_active": False}, {"is_active": False, "is_superuser": True}])
def test_who_may_not_sign_in_holds_nothing(ministry, flags):
    person = PersonFactory(**flags)
    MembershipFactory(person=person, organisation=ministry, role=Role.ADMINISTRATOR)
    assert reach(person, *STAFF_ROLES) == set()
    assert reach(AnonymousUser(), *STAFF_ROLES) == set()


def test_superusers_hold_all(ministry, body):
    assert reach(PersonFactory(is_superuser=True), Role.MODERATOR) == {ministry, body}


def test_memberships_are_asked_once(ministry, body, django_assert_num_queries):
    person = SimpleLazyObject(lambda: staff(Role.MANAGER, ministry))
    assert person.pk
    with django_assert_num_queries(1):
        for role in STAFF_ROLES:
            holds(person, role), holds(person, role, organisation=body), holds_in_ministry(person, role)
            bodies_for(person, role)
    forget_roles(person)
    with django_assert_num_queries(1):
        assert holds(person, Role.MANAGER)


def test_granting_and_revoking_show_on_the_same_object(body):
    person = PersonFactory()
    assert reach(person, Role.EDITOR) == set()
    membership = services.grant_membership(person, organisation=body, role=Role.EDITOR, by=None)
    assert reach(person, Role.EDITOR) == {body}
    membership.person = person
    services.revoke_membership(membership, by=None)
    assert reach(person, Role.EDITOR) == set()


def test_a_new_body_shows_to_who_made_it(ministry):
    administrator = staff(Role.ADMINISTRATOR, ministry)
    assert reach(administrator, Role.ADMINISTRATOR) == {ministry}
    body = Organisation(code="new", name_en="New", kind=OrganisationKind.BODY, parent=ministry)
    services.save_organisation(body, by=administrator)
    assert reach(administrator, Role.ADMINISTRATOR) == {ministry, body}


def test_the_same_person_on_another_object_is_asked_anew(body):
    person = staff(Role.EDITOR, body)
    assert holds(person, Role.EDITOR)
    for membership in person.memberships.all():
        services.revoke_membership(membership, by=None)
    assert not holds(type(person).objects.get(pk=person.pk), Role.EDITOR)
