"""Who is written to, and the record of what they said."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletter.choices import ConsentAct, Frequency, SubscriptionState
from newsletter.models import Consent, Subscription
from newsletter.selectors.mailing import tokens
from newsletter.services import subscribing
from newsletter.services.erasure import erase_subscriptions_of
from newsletter.services.subscribing import SubscriptionRefused, Wish
from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.models import Mailing
from portal.mailings.services import freezing, suppression
from portal.messaging.emails import Rendered
from portal.messaging.models import Message
from tests.factories import PersonFactory
from tests.newsletter.conftest import token

pytestmark = pytest.mark.django_db


def acts(subscription):
    return list(Consent.objects.filter(subscription_id=subscription.pk).order_by("pk").values_list("act", flat=True))


def going_out(*, to=Subscription.objects):
    """Return a mailing that is being sent to all who are written to."""
    now = timezone.now()
    mailing = freezing.prepare(
        f"newsletter/{Mailing.objects.count()}",
        purpose=subscribing.PURPOSE,
        title="The Monday newsletter",
        organisation=Subscription.objects.first().lists.first().organisation,
        editions={"ar": Rendered("نشرة", "نص", "<p>نص</p>")},
        start_at=now,
        not_after=now + timedelta(hours=1),
    )
    freezing.freeze(mailing, to.written_to(date(2026, 11, 2)).as_audience())
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.SENDING)
    return mailing


class TestAsking:
    def test_nothing_is_sent_before_the_mailbox_confirms(self, wish):
        subscription = subscribing.ask("Reader@Example.org", wish)
        assert subscription.state == SubscriptionState.PENDING
        assert [message.template for message in Message.objects.all()] == ["newsletter/confirm"]
        assert list(Subscription.objects.written_to(date(2026, 11, 2))) == []
        subscribing.confirm(subscription)
        assert list(Subscription.objects.written_to(date(2026, 11, 2))) == [subscription]
        assert acts(subscription) == [ConsentAct.ASKED, ConsentAct.CONFIRMED]
        record = Consent.objects.first()
        assert (record.text_version, record.language) == (subscribing.CONSENT_VERSION, "ar")
        assert record.choices == {"lists": ["monday"], "frequency": "weekly"}

    def test_confirming_twice_is_confirming_once(self, reader):
        subscribing.confirm(reader)
        assert acts(reader) == [ConsentAct.ASKED, ConsentAct.CONFIRMED]
        assert Message.objects.filter(template="newsletter/welcome").count() == 1

    def test_asking_for_an_address_that_is_active_changes_nothing_and_tells_its_owner_once_a_day(self, reader, wish):
        before = token(reader)
        for _ in range(2):
            subscribing.ask("reader@EXAMPLE.org", Wish(language="en", lists=[]))
        reader.refresh_from_db()
        assert (reader.language, reader.state, token(reader)) == ("ar", SubscriptionState.ACTIVE, before)
        assert Message.objects.filter(template="newsletter/already").count() == 1

    def test_asking_again_makes_the_earlier_link_useless(self, wish):
        first = token(subscribing.ask("reader@example.org", wish))
        second = token(subscribing.ask("reader@example.org", wish))
        assert subscribing.by_token(first) is None
        assert subscribing.by_token(second) is not None

    def test_the_database_itself_keeps_an_unconfirmed_address_from_being_active(self, wish):
        subscription = subscribing.ask("reader@example.org", wish)
        with pytest.raises(IntegrityError), transaction.atomic():
            Subscription.objects.filter(pk=subscription.pk).update(state=SubscriptionState.ACTIVE)

    def test_who_is_signed_in_has_confirmed_already(self, wish):
        person = PersonFactory()
        subscription = subscribing.subscribe_person(person, wish)
        assert (subscription.state, subscription.person) == (SubscriptionState.ACTIVE, person)
        assert Message.objects.count() == 0


class TestLeaving:
    def test_takes_effect_in_the_middle_of_a_running_sending(self, reader):
        mailing = going_out()
        subscribing.leave(reader)
        delivery = mailing.deliveries.get()
        assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, Reason.LEFT)
        assert acts(reader)[-1] == ConsentAct.LEFT

    def test_twice_is_once(self, reader):
        subscribing.leave(reader)
        subscribing.leave(reader)
        assert acts(reader).count(ConsentAct.LEFT) == 1

    def test_can_be_taken_back(self, reader):
        subscribing.leave(reader)
        assert subscribing.come_back(reader).state == SubscriptionState.ACTIVE
        assert acts(reader)[-1] == ConsentAct.RETURNED

    def test_who_never_confirmed_cannot_take_anything_back(self, wish):
        subscription = subscribing.leave(subscribing.ask("reader@example.org", wish))
        with pytest.raises(SubscriptionRefused):
            subscribing.come_back(subscription)

    def test_a_link_of_before_still_leaves_after_leaving(self, reader):
        link = token(reader)
        subscribing.leave(reader)
        assert subscribing.by_token(link) == reader


class TestPausing:
    def test_nothing_comes_until_its_day(self, reader, wish):
        today = timezone.localdate()
        mailing = going_out()
        subscribing.change(reader, wish, paused_until=today + timedelta(days=7))
        assert mailing.deliveries.get().state == DeliveryState.SKIPPED
        assert list(Subscription.objects.written_to(today)) == []
        assert subscribing.resume_paused(today + timedelta(days=6)) == 0
        assert subscribing.resume_paused(today + timedelta(days=7)) == 1
        assert subscribing.resume_paused(today + timedelta(days=7)) == 0
        assert acts(reader)[-2:] == [ConsentAct.PAUSED, ConsentAct.RESUMED]


class TestFrequency:
    @pytest.mark.parametrize(("monday_of_month", "count"), [(1, 1), (7, 1), (8, 0), (30, 0)])
    def test_monthly_readers_get_the_first_monday(self, reader, wish, monday_of_month, count):
        subscribing.change(reader, Wish(language="ar", lists=wish.lists, frequency=Frequency.MONTHLY))
        assert Subscription.objects.written_to(date(2026, 11, monday_of_month)).count() == count


class TestEnding:
    def test_an_address_that_takes_no_mail_is_ended_and_can_confirm_anew(self, reader, wish):
        suppression.suppress(reader.email, Reason.UNKNOWN)
        subscribing.end(reader.code, "unknown")
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.ENDED
        assert Consent.objects.filter(act=ConsentAct.ENDED).get().choices["reason"] == "unknown"
        subscribing.confirm(subscribing.ask(reader.email, wish))
        assert not suppression.is_suppressed(reader.email)

    def test_a_member_nobody_knows_is_no_error(self, reader):
        before = acts(reader)
        subscribing.end("nobody", "unknown")
        reader.refresh_from_db()
        assert (reader.state, acts(reader)) == (SubscriptionState.ACTIVE, before)


class TestErasing:
    def test_leaves_a_hash_and_the_record(self, reader):
        mailing = going_out()
        subscribing.erase(reader)
        reader.refresh_from_db()
        assert (reader.state, reader.contact) == (SubscriptionState.ERASED, None)
        assert "reader@example.org" not in reader.email
        assert suppression.is_suppressed("reader@example.org")
        delivery = mailing.deliveries.get()
        assert (delivery.address, delivery.state) == ("", DeliveryState.SKIPPED)
        assert "example.org" not in delivery.email_key
        assert acts(reader)[-1] == ConsentAct.ERASED
        assert subscribing.by_token(token(reader)) is None

    def test_with_the_account_goes_what_is_sent_to_its_address(self, wish):
        person = PersonFactory()
        subscription = subscribing.subscribe_person(person, wish)
        erase_subscriptions_of(person)
        subscription.refresh_from_db()
        assert subscription.state == SubscriptionState.ERASED


class TestTokens:
    def test_are_given_for_all_in_one_query(self, reader, django_assert_num_queries):
        mailing = going_out()
        found = list(mailing.deliveries.all())
        expected = {found[0].pk: token(reader)}
        with django_assert_num_queries(1):
            assert tokens(found) == expected

    @pytest.mark.parametrize("wrong", ["", "x", "a" * 34, "\x00" * 34])
    def test_wrong_ones_open_nothing(self, reader, wrong):
        assert subscribing.by_token(wrong) is None

    def test_one_character_changed_opens_nothing(self, reader):
        right = token(reader)
        assert subscribing.by_token(right) == reader
        assert subscribing.by_token(right[:-1] + ("0" if right[-1] != "0" else "1")) is None
