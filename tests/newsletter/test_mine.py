"""In the account: one's own subscription, and the list of the organisation that one is the contact of."""

import pytest
from django.urls import reverse

from newsletter.choices import ConsentAct, Source, SubscriptionState
from newsletter.models import Consent, MailingList, Subscription
from newsletter.services import organisations, subscribing
from newsletter.services.subscribing import Wish
from portal.accounts.choices import OrganisationKind, Role
from portal.mailings.choices import DeliveryState, Reason
from portal.messaging.models import Message
from tests.factories import MembershipFactory, OrganisationFactory, PersonFactory
from tests.newsletter.test_subscribing import going_out

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"newsletter:{name}", args=args)


@pytest.fixture
def organisation():
    return OrganisationFactory(kind=OrganisationKind.ASSOCIATION, code="growers")


@pytest.fixture
def contact(client, organisation, monday):
    made = PersonFactory()
    MembershipFactory(person=made, organisation=organisation, role=Role.CONTACT)
    client.force_login(made)
    return made


@pytest.fixture
def member(contact, organisation):
    kept = organisations.list_of(organisation)
    organisations.add_member(kept, "member@example.org", "ar", by=contact)
    return subscribing.confirm(Subscription.objects.get(email="member@example.org"))


class TestMine:
    def test_is_for_who_is_signed_in(self, client, monday):
        assert client.get(url("mine")).status_code == 302

    def test_subscribes_changes_and_leaves_without_a_mail(self, client, monday):
        person = PersonFactory()
        client.force_login(person)
        data = {"language": "en", "frequency": "weekly", "lists": [monday.pk]}
        assert client.post(url("mine"), data).status_code == 302
        subscription = Subscription.objects.get()
        assert (subscription.person, subscription.state) == (person, SubscriptionState.ACTIVE)
        client.post(url("mine"), {**data, "frequency": "monthly"})
        subscription.refresh_from_db()
        assert subscription.frequency == "monthly"
        client.post(url("leave_mine"))
        subscription.refresh_from_db()
        assert subscription.state == SubscriptionState.LEFT
        assert Message.objects.count() == 0
        assert client.get(url("mine")).context["receives"] is False

    def test_what_is_wrong_is_said(self, client, monday):
        client.force_login(PersonFactory())
        assert client.post(url("mine"), {"language": "xx"}).status_code == 422


class TestMembers:
    def test_whoever_is_added_is_asked(self, client, contact, organisation):
        client.post(url("members", "growers"), {"email": "new@example.org", "language": "ar"})
        subscription = Subscription.objects.get()
        assert (subscription.state, subscription.language) == (SubscriptionState.PENDING, "ar")
        assert subscription.organisation == organisation
        assert [one.members_of for one in subscription.lists.all()] == [organisation]
        assert list(Message.objects.values_list("template", "address")) == [("newsletter/confirm", "new@example.org")]
        assert Consent.objects.values_list("act", "source", "by_id").get() == (
            ConsentAct.ASKED,
            Source.CONTACT,
            contact.pk,
        )
        assert "new@example.org" in client.get(url("members", "growers")).content.decode()

    def test_contacts_of_others_find_nothing(self, client, member, organisation):
        stranger = PersonFactory()
        MembershipFactory(person=stranger, organisation=OrganisationFactory(code="bakers"), role=Role.CONTACT)
        client.force_login(stranger)
        assert client.get(url("members", "growers")).status_code == 404
        for name in ("remove_member", "change_member"):
            assert client.post(url(name, "growers", member.code), {"language": "en"}).status_code == 404
            assert client.post(url(name, "bakers", member.code), {"language": "en"}).status_code == 404
        member.refresh_from_db()
        assert (member.state, member.language) == (SubscriptionState.ACTIVE, "ar")

    @pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.ADMINISTRATOR])
    def test_other_roles_of_the_organisation_find_nothing(self, client, organisation, monday, role):
        person = PersonFactory()
        MembershipFactory(person=person, organisation=organisation, role=role)
        client.force_login(person)
        assert client.get(url("members", "growers")).status_code == 404

    def test_removing_takes_effect_in_the_middle_of_a_running_sending(self, client, contact, member):
        mailing = going_out()
        client.post(url("remove_member", "growers", member.code))
        delivery = mailing.deliveries.get()
        assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, Reason.LEFT)
        member.refresh_from_db()
        assert member.state == SubscriptionState.LEFT
        assert Consent.objects.filter(act=ConsentAct.LEFT).get().source == Source.CONTACT

    def test_whoever_is_on_another_list_stays_on_that(self, client, contact, member, monday):
        member.lists.add(monday)
        client.post(url("remove_member", "growers", member.code))
        member.refresh_from_db()
        assert member.state == SubscriptionState.ACTIVE
        assert list(member.lists.all()) == [monday]

    def test_who_left_is_not_asked_again_by_others(self, client, contact, member):
        subscribing.leave(member)
        before = Message.objects.count()
        client.post(url("members", "growers"), {"email": "member@example.org", "language": "en"})
        member.refresh_from_db()
        assert (member.state, Message.objects.count()) == (SubscriptionState.LEFT, before)

    def test_who_is_asked_already_keeps_what_they_asked_for(self, client, contact, monday):
        waiting = subscribing.ask("new@example.org", Wish(language="ar", lists=[monday]))
        client.post(url("members", "growers"), {"email": "new@example.org", "language": "en"})
        waiting.refresh_from_db()
        assert waiting.language == "ar"
        assert sorted(waiting.lists.values_list("code", flat=True)) == ["monday", "of-growers"]

    def test_the_language_of_a_member_is_changed(self, client, contact, member):
        client.post(url("change_member", "growers", member.code), {"language": "zh-hans"})
        member.refresh_from_db()
        assert member.language == "zh-hans"
        client.post(url("change_member", "growers", member.code), {"language": "xx"})
        member.refresh_from_db()
        assert member.language == "zh-hans"

    def test_a_full_list_says_so(self, client, contact, member, monkeypatch):
        monkeypatch.setattr(organisations, "MOST_MEMBERS", 1)
        response = client.post(url("members", "growers"), {"email": "new@example.org", "language": "en"})
        assert response.status_code == 422
        assert "new@example.org" in response.content.decode()

    def test_the_list_is_nobodys_to_join(self, client, contact, organisation):
        kept = organisations.list_of(organisation)
        assert kept.is_open is False
        assert organisations.list_of(organisation) == kept
        assert MailingList.objects.filter(members_of=organisation).count() == 1

    def test_takes_the_same_queries_for_one_and_for_three(self, client, contact, member, organisation):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(url("members", "growers"))
        counts = []
        for more in ((), ("a@example.org", "b@example.org")):
            for address in more:
                organisations.add_member(organisations.list_of(organisation), address, "en", by=contact)
            with CaptureQueriesContext(connection) as queries:
                client.get(url("members", "growers"))
            counts.append(len(queries))
        assert counts[0] == counts[1]
