"""Profile, export, erasure and roles."""

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from portal import registry
from portal.accounts import services
from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Membership, Organisation, Person
from portal.accounts.rules import holds
from portal.audit.models import Entry
from portal.messaging.choices import MessageState
from portal.messaging.emails import Rendered
from portal.messaging.models import Attempt, Message
from portal.messaging.services import deliver_due, post
from tests.factories import OrganisationFactory, PersonFactory, staff

PASSWORD = "password for tests"


def told(person, text="Text"):
    """A message to somebody."""
    return post(
        person, address=person.email, template="sample/x", rendered=Rendered("Subject", text, ""), language="en"
    )


@pytest.mark.django_db
class TestProfile:
    def test_saves_and_names_the_fields_in_the_trail(self, client):
        person = PersonFactory(display_name="Before")
        client.force_login(person)
        data = {"display_name": "After", "full_name": "", "language": "zh-hans", "kind": "expert"}
        assert client.post("/en/account/", data)["Location"] == "/en/account/"
        person.refresh_from_db()
        assert (person.display_name, person.language, person.kind) == ("After", "zh-hans", "expert")
        entry = Entry.objects.get(action="person.profile_changed")
        assert entry.data == {"fields": ["display_name", "kind", "language"]}

    def test_refused_name_is_given_back_and_not_shown_as_the_name(self, client):
        person = PersonFactory(display_name="Before")
        client.force_login(person)
        page = client.post("/en/account/", {"display_name": "\u200b", "language": "en", "kind": "expert"})
        assert page.status_code == 200
        assert "Before" in page.content.decode()
        assert Entry.objects.count() == 0

    def test_hostile_name_is_inert(self, client):
        client.force_login(PersonFactory(display_name="<script>alert(1)</script>"))
        page = client.get("/en/account/").content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    @pytest.mark.parametrize("path", ["", "data/", "erase/"])
    def test_needs_sign_in(self, client, path):
        assert client.get(f"/en/account/{path}")["Location"] == f"/en/account/login/?next=/en/account/{path}"

    def test_address_only_save_keeps_the_canonical_form_in_step(self):
        person = PersonFactory()
        person.email = "Other+tag@Example.org"
        person.save(update_fields=["email"])
        person.refresh_from_db()
        assert person.email_key == "other@example.org"


@pytest.mark.django_db
def test_export_holds_ones_own_data_and_nobody_elses(client):
    me, other = PersonFactory(email="me@example.org"), PersonFactory(email="other@example.org")
    EmailAddress.objects.create(user=me, email=me.email, verified=True, primary=True)
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    told(me, "for me")
    told(other, "for the other")
    client.force_login(me)
    response = client.get("/en/account/data/")
    data = response.json()["data"]
    assert response["Content-Disposition"].startswith(f'attachment; filename="sawt-{me.code}-')
    assert set(data) == set(registry.personal_data)
    assert data["accounts"]["content"]["email"] == "me@example.org"
    assert [message["text"] for message in data["messages"]["content"]] == ["for me"]
    assert "other" not in response.content.decode()
    assert "password" not in response.content.decode()


@pytest.mark.django_db
class TestErasure:
    def test_wrong_password_erases_nothing(self, client):
        person = PersonFactory()
        client.force_login(person)
        page = client.post("/en/account/erase/", {"password": "wrong"})
        assert page.status_code == 200
        person.refresh_from_db()
        assert person.erased_at is None

    def test_leaves_a_tombstone_and_ends_every_session(self, client):
        person = PersonFactory(email="me@example.org", display_name="Sara", full_name="Sara A")
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        elsewhere = Client()
        elsewhere.force_login(person)
        client.force_login(person)
        assert client.post("/en/account/erase/", {"password": PASSWORD})["Location"] == "/en/"
        person = Person.objects.get(pk=person.pk)
        assert person.email == f"erased-{person.code}@erased.invalid"
        assert (person.display_name, person.full_name, str(person)) == ("", "", "A former participant")
        assert (person.is_active, person.has_usable_password()) == (False, False)
        assert not EmailAddress.objects.exists()
        assert client.get("/en/account/").status_code == 302
        assert elsewhere.get("/en/account/").status_code == 302

    def test_ledgers_stay_and_messages_are_emptied(self):
        person = PersonFactory(email="me@example.org")
        sent = told(person)
        deliver_due()
        unsent = told(person)
        services.erase_person(person, by=person)
        assert Attempt.objects.filter(message_id=sent.pk).count() == 1
        assert Entry.objects.filter(action="person.erased", actor_id=person.pk).count() == 1
        for message in Message.objects.all():
            assert (message.subject, message.text, message.html) == ("", "", "")
            assert message.address == f"erased-{person.code}@erased.invalid"
        unsent.refresh_from_db()
        assert unsent.state == MessageState.FAILED

    def test_asks_every_app_once(self, monkeypatch):
        asked = []
        entry = registry.PersonalData(label="x", export=lambda person: None, erase=asked.append)
        monkeypatch.setitem(registry.personal_data._entries, "sample", entry)
        person = PersonFactory()
        services.erase_person(person, by=person)
        services.erase_person(person, by=person)
        assert asked == [person]

    def test_address_is_free_again(self):
        person = PersonFactory(email="me@example.org")
        services.erase_person(person, by=person)
        assert PersonFactory(email="me@example.org").pk != person.pk

    def test_of_staff_takes_their_roles(self):
        person = staff(Role.EDITOR, OrganisationFactory())
        services.erase_person(person, by=person)
        person.refresh_from_db()
        assert not Membership.objects.exists()
        assert person.is_staff is False


@pytest.mark.django_db
class TestRoles:
    def test_first_role_at_a_body_opens_the_admin_and_the_last_closes_it(self):
        person, body = PersonFactory(), OrganisationFactory()
        one = services.grant_membership(person, organisation=body, role=Role.AGENT, by=None)
        two = services.grant_membership(person, organisation=body, role=Role.EDITOR, by=None)
        services.revoke_membership(one, by=None)
        person.refresh_from_db()
        assert person.is_staff is True
        services.revoke_membership(two, by=None)
        person.refresh_from_db()
        assert person.is_staff is False
        actions = Entry.objects.order_by("id").values_list("action", flat=True)
        assert list(actions) == ["membership.granted"] * 2 + ["membership.revoked"] * 2

    def test_contact_of_an_organisation_stays_outside(self):
        person = PersonFactory()
        services.grant_membership(person, organisation=OrganisationFactory(), role=Role.CONTACT, by=None)
        person.refresh_from_db()
        assert person.is_staff is False

    def test_granting_twice_changes_nothing(self):
        person, body = PersonFactory(), OrganisationFactory()
        first = services.grant_membership(person, organisation=body, role=Role.AGENT, by=None)
        assert services.grant_membership(person, organisation=body, role=Role.AGENT, by=None) == first
        assert Entry.objects.count() == 1
        assert holds(person, Role.AGENT, organisation=body)


@pytest.mark.django_db
class TestOrganisations:
    @pytest.mark.parametrize("change", [{"kind": "ministry"}, {"code": "ministry"}, {"parent": None}])
    def test_only_the_ministry_says_what_a_body_is(self, change):
        body = OrganisationFactory(parent=OrganisationFactory(kind=OrganisationKind.MINISTRY))
        for name, value in change.items():
            setattr(body, name, value)
        with pytest.raises(PermissionDenied):
            services.save_organisation(body, by=staff(Role.ADMINISTRATOR, body))
        assert not Entry.objects.filter(action="organisation.changed").exists()

    @pytest.mark.usefixtures("english")
    def test_a_body_is_part_of_the_ministry_only(self):
        ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
        body = OrganisationFactory(parent=ministry)
        body.parent = OrganisationFactory(parent=ministry)
        with pytest.raises(ValidationError, match="part of the ministry only"):
            services.save_organisation(body, by=staff(Role.ADMINISTRATOR, ministry))

    def test_the_database_holds_one_ministry_and_no_circle(self):
        ministry, body = OrganisationFactory(kind=OrganisationKind.MINISTRY), OrganisationFactory()
        for wrong in ({"kind": OrganisationKind.MINISTRY}, {"parent": body}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Organisation.objects.filter(pk=body.pk).update(**wrong)
        with pytest.raises(IntegrityError), transaction.atomic():
            Organisation.objects.filter(pk=ministry.pk).update(parent=body)
