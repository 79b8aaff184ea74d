"""Subscriptions as staff see them, and what they do on request."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from newsletter.admin.subscriptions import MOST_COUNTED
from newsletter.choices import ConsentAct, Source, SubscriptionState
from newsletter.models import Consent, MailingList, Subscription
from newsletter.services import subscribing
from newsletter.services.subscribing import Wish
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.mailings.services import suppression
from portal.messaging.models import Message
from tests.factories import OrganisationFactory, staff
from tests.newsletter.conftest import token

pytestmark = pytest.mark.django_db
LIST = "admin:newsletter_subscription_changelist"


@pytest.fixture
def editor(client, monday):
    made = staff(Role.EDITOR, monday.organisation)
    client.force_login(made)
    return made


def url(name, subscription):
    return reverse(f"admin:newsletter_subscription_{name}", args=[subscription.pk])


class TestList:
    def addresses(self, client, **asked):
        return [row.email for row in client.get(reverse(LIST), asked).context["cl"].result_list]

    def test_shows_those_on_lists_of_ones_body_alone(self, client, editor, reader):
        other = MailingList.objects.create(code="other", name_en="Other", organisation=OrganisationFactory())
        foreign = subscribing.ask("foreign@example.org", Wish(language="en", lists=[other]))
        assert self.addresses(client) == ["reader@example.org"]
        assert client.get(url("change", foreign)).status_code in (302, 403)
        for act in ("link", "unsubscribe", "erase"):
            assert client.post(url(act, foreign), {"reason": "asked"}).status_code == 404

    def test_is_searched_by_the_address_or_its_beginning(self, client, editor, reader, wish):
        subscribing.ask("other@example.org", wish)
        assert self.addresses(client, q="READER@example.org") == ["reader@example.org"]
        assert self.addresses(client, q="oth") == ["other@example.org"]
        assert self.addresses(client, q="ther") == []

    def test_agents_see_nothing(self, client, monday, reader):
        client.force_login(staff(Role.AGENT, monday.organisation))
        assert client.get(reverse(LIST)).status_code == 403

    def test_takes_the_same_queries_for_one_and_for_three(
        self, client, editor, reader, wish, django_assert_num_queries
    ):
        client.get(reverse(LIST))
        counts = []
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        for more in ((), ("a@example.org", "b@example.org")):
            for address in more:
                subscribing.ask(address, wish)
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse(LIST))
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_counts_no_further_than_it_shows(self, client, editor, monday):
        rows = [Subscription(email=f"r{n}@e.org", email_key=f"r{n}@e.org", language="en") for n in range(1010)]
        made = Subscription.objects.bulk_create(rows)
        through = Subscription.lists.through
        through.objects.bulk_create(through(subscription_id=one.pk, mailinglist_id=monday.pk) for one in made)
        assert client.get(reverse(LIST)).context["cl"].result_count == MOST_COUNTED


class TestOnRequest:
    def test_unsubscribing_needs_a_reason_which_stands_in_the_record(self, client, editor, reader):
        assert client.post(url("unsubscribe", reader), {"reason": ""}).status_code == 422
        client.post(url("unsubscribe", reader), {"reason": "asked by telephone"})
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.LEFT
        act = Consent.objects.first()
        assert (act.act, act.source, act.by_id) == (ConsentAct.LEFT, Source.STAFF, editor.pk)
        assert act.choices["reason"] == "asked by telephone"
        assert Entry.objects.filter(action="subscription.unsubscribed", actor_id=editor.pk).count() == 1

    def test_erasing_leaves_a_hash(self, client, editor, reader):
        client.post(url("erase", reader))
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.ERASED
        assert suppression.is_suppressed("reader@example.org")
        # A second time there is nothing left to forget.
        assert client.post(url("erase", reader)).status_code in (302, 404)
        assert Consent.objects.filter(act=ConsentAct.ERASED).count() == 1

    def test_a_link_to_confirm_is_sent_again_and_the_first_one_is_dead(self, client, editor, wish):
        waiting = subscribing.ask("new@example.org", wish)
        first = token(waiting)
        client.post(url("link", waiting))
        assert Message.objects.filter(template="newsletter/confirm").count() == 2
        assert subscribing.by_token(first) is None

    def test_looking_changes_nothing(self, client, editor, reader):
        for act in ("unsubscribe", "erase", "link"):
            assert client.get(url(act, reader)).status_code == 200
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.ACTIVE

    def test_nothing_is_edited_by_hand(self, client, editor, reader):
        client.post(url("change", reader), {"email": "evil@example.org", "state": "active"})
        reader.refresh_from_db()
        assert reader.email == "reader@example.org"

    def test_the_page_shows_the_record(self, client, editor, reader):
        with override("en"):
            address = url("change", reader)
        page = client.get(address).content.decode()
        assert "Asked for it" in page
        assert subscribing.CONSENT_VERSION in page
