"""The demonstration's organisations, people and sign-ins."""

import random

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.management.demo import SIGN_INS, load
from portal.accounts.models import Membership, Organisation, Person
from portal.accounts.rules import holds
from portal.audit.models import Entry
from portal.registry import DemoStage


def stage(password="demo password"):
    """A stage whose anchor is now."""
    return DemoStage(anchor=timezone.now(), random=random.Random(1), password=password)


def everything():
    """Return what could change, in a form that can be compared."""
    return [list(model.objects.order_by("pk").values()) for model in (Organisation, Person, Membership, EmailAddress)]


@pytest.mark.django_db
class TestLoad:
    def test_has_a_ministry_five_bodies_twelve_organisations_and_150_people(self):
        load(stage())
        kinds = list(Organisation.objects.values_list("kind", flat=True))
        assert kinds.count(OrganisationKind.MINISTRY) == 1
        assert kinds.count(OrganisationKind.BODY) == 5
        assert len(kinds) == 18
        assert Person.objects.filter(email__endswith="@people.demo.example").count() == 150
        assert all(organisation.name_zh_hans for organisation in Organisation.objects.all())

    def test_nobody_signs_in_as_the_many(self):
        load(stage())
        people = Person.objects.filter(email__endswith="@people.demo.example")
        assert not [person for person in people if person.has_usable_password()]
        assert not people.filter(date_joined__gt=timezone.now()).exists()

    def test_sign_ins_work_and_hold_their_roles(self, client):
        load(stage())
        for name, *_, organisation, role in SIGN_INS:
            person = Person.objects.get(email=f"{name}@demo.example")
            assert person.check_password("demo password")
            assert EmailAddress.objects.get(user=person).verified
            if role is not None:
                assert holds(person, role, organisation=Organisation.objects.get(code=organisation))
            assert person.is_staff is (role is not None and role != Role.CONTACT)
        signed_in = client.post("/ar/account/login/", {"login": "citizen@demo.example", "password": "demo password"})
        assert signed_in.status_code == 302

    def test_second_run_changes_nothing(self):
        load(stage())
        before, entries = everything(), Entry.objects.count()
        load(stage())
        assert everything() == before
        assert Entry.objects.count() == entries

    def test_second_run_keeps_what_people_changed_and_sets_a_new_password(self):
        load(stage())
        Person.objects.filter(email="citizen@demo.example").update(display_name="Changed", language="en")
        load(stage("another password"))
        citizen = Person.objects.get(email="citizen@demo.example")
        assert (citizen.display_name, citizen.language) == ("Changed", "en")
        assert citizen.check_password("another password")


def test_the_ministry_of_the_starter_content_gets_the_demonstrations_name(demonstration):
    ministry = Organisation.objects.get(code="ministry")
    assert (ministry.name_en, ministry.name_zh_hans) == ("Ministry of Local Services", "地方服务部")
