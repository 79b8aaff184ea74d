"""Each copy is begun, handed over and settled by itself."""

import threading
from email import message_from_bytes, policy
from smtplib import SMTPRecipientsRefused

import pytest
from django.db import connection
from django.utils import timezone

from portal import registry
from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.emails import Personal, delivery_named_by
from portal.mailings.models import Delivery, DeliveryEvent, Mailing, Suppression
from portal.mailings.services import control, outcomes, sending, suppression
from tests.factories import PersonFactory
from tests.mailings.conftest import PURPOSE
from tests.mailings.conftest import sending as on_its_way

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ended")]


def states(mailing):
    return list(mailing.deliveries.order_by("pk").values_list("state", "attempts"))


class TestSend:
    def test_each_gets_one_copy_and_the_mailing_ends(self, relay):
        mailing = on_its_way("a@example.org", "b@example.org")
        assert sending.send(mailing.pk) == 2
        assert relay.recipients == ["a@example.org", "b@example.org"]
        assert states(mailing) == [("sent", 1), ("sent", 1)]
        mailing.refresh_from_db()
        assert (mailing.state, mailing.last_error) == (MailingState.SENT, "")
        assert list(DeliveryEvent.objects.values_list("delivery_id", "outcome")) == [
            (one.pk, "sent") for one in mailing.deliveries.order_by("pk")
        ]
        assert sending.send(mailing.pk) == 0
        assert len(relay.taken) == 2

    def test_says_who_wrote_why_and_how_to_leave(self, relay, settings):
        mailing = on_its_way("a@example.org")
        delivery = mailing.deliveries.get()
        sending.send(mailing.pk)
        envelope = relay.taken[0]
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert (mail["To"], mail["Subject"]) == ("a@example.org", "The Monday newsletter")
        assert mail["List-Unsubscribe"] == f"<{settings.BASE_URL.rstrip('/')}/en/leave/secret-{delivery.member}/>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Id"].startswith("<tests.")
        assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "en")
        assert delivery_named_by(mail["Message-ID"]) == delivery.pk
        assert delivery_named_by(envelope.mail_from) == delivery.pk
        for kind in ("plain", "html"):
            assert f"/leave/secret-{delivery.member}/" in mail.get_body((kind,)).get_content()

    def test_what_one_reader_is_told_reaches_nobody_else(self, relay, monkeypatch):
        def personal(deliveries):
            return {
                one.pk: Personal(text="قلتم فاستجبنا", html="<p>قلتم فاستجبنا</p>")
                for one in deliveries
                if one.address.startswith("a@")
            }

        entry = registry.mailings[PURPOSE]
        monkeypatch.setitem(registry.mailings._entries, PURPOSE, type(entry)(**{**vars(entry), "personal": personal}))
        sending.send(on_its_way("a@example.org", "b@example.org").pk)
        texts = [message_from_bytes(one.content, policy=policy.default).get_body(("plain",)) for one in relay.taken]
        assert ["قلتم فاستجبنا" in text.get_content() for text in texts] == [True, False]
        assert "Slot" not in relay.taken[1].content.decode()

    def test_one_broken_address_stops_nobody(self, relay):
        mailing = on_its_way("a@example.org", "550@example.org", "451@example.org", "b@example.org")
        Delivery.objects.filter(address="a@example.org").update(address="ä ö@example.org")
        sending.send(mailing.pk)
        assert set(mailing.deliveries.values_list("address", "state", "reason", "attempts")) == {
            ("ä ö@example.org", "bounced", "address", 1),
            ("550@example.org", "bounced", "unknown", 1),
            ("451@example.org", "deferred", "", 1),
            ("b@example.org", "sent", "", 1),
        }
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENDING

    def test_an_address_that_does_not_exist_is_never_written_to_again(self, relay, ended):
        mailing = on_its_way("550@example.org")
        sending.send(mailing.pk)
        assert suppression.is_suppressed("550@EXAMPLE.org")
        assert ended == [(mailing.deliveries.get().member, "unknown")]

    def test_who_is_no_member_any_more_gets_nothing(self, relay):
        mailing = on_its_way("a@example.org", "stranger@e.org")
        sending.send(mailing.pk)
        assert relay.recipients == ["a@example.org"]
        assert mailing.deliveries.get(address="stranger@e.org").reason == Reason.LEFT

    def test_what_is_put_off_is_tried_six_times(self, relay):
        mailing = on_its_way("451@example.org")
        waits = []
        for _ in range(outcomes.MAX_ATTEMPTS):
            Delivery.objects.update(due_at=timezone.now())
            before = timezone.now()
            sending.send(mailing.pk)
            waits.append(round((mailing.deliveries.get().due_at - before).total_seconds() / 60))
        assert waits[:5] == [5, 30, 120, 480, 1440]
        delivery = mailing.deliveries.get()
        assert (delivery.state, delivery.reason, delivery.attempts) == (DeliveryState.BOUNCED, Reason.TRIES, 6)
        assert Suppression.objects.count() == 0
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENT

    def test_a_relay_that_is_away_uses_up_no_try(self, relay, settings):
        settings.EMAIL_PORT = 1
        mailing = on_its_way("a@example.org", "b@example.org")
        assert sending.send(mailing.pk) == 0
        assert states(mailing) == [("queued", 0), ("queued", 0)]
        mailing.refresh_from_db()
        assert mailing.last_error
        assert mailing.deliveries.filter(due_at__gt=timezone.now()).count() == 2


class TestInTheMiddle:
    @pytest.mark.django_db(transaction=True)
    def test_whoever_leaves_while_it_is_sent_gets_nothing(self, relay):
        mailing = on_its_way("a@example.org", "b@example.org", "c@example.org")
        leaving = mailing.deliveries.get(address="b@example.org").member
        relay.on_data = lambda envelope: in_another_thread(lambda: suppression.withdraw(PURPOSE, [leaving]))
        # The claim holds all three already.
        sending.send(mailing.pk)
        assert relay.recipients == ["a@example.org", "c@example.org"]

    @pytest.mark.django_db(transaction=True)
    def test_pausing_stops_before_the_next_copy_and_resuming_goes_on(self, relay):
        mailing = on_its_way("a@example.org", "b@example.org", "c@example.org")
        person = PersonFactory()

        def pause(envelope):
            relay.on_data = None
            in_another_thread(lambda: control.pause(mailing, by=person))

        relay.on_data = pause
        sending.send(mailing.pk)
        assert relay.recipients == ["a@example.org"]
        control.resume(mailing, by=person)
        assert relay.recipients == ["a@example.org", "b@example.org", "c@example.org"]
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENT

    def test_cancelling_is_for_good(self, relay):
        mailing = on_its_way("a@example.org")
        control.cancel(mailing, by=PersonFactory())
        assert sending.send(mailing.pk) == 0
        assert list(mailing.deliveries.values_list("state", "reason")) == [("skipped", "cancelled")]
        with pytest.raises(control.MailingRefused):
            control.resume(mailing, by=PersonFactory())


class TestKilled:
    def test_what_was_in_flight_is_sent_again_and_listed(self, relay):
        mailing = on_its_way("a@example.org", "b@example.org", "c@example.org")
        claimed, _ = sending._claim(mailing)
        outcomes.settle_and_begin(None, claimed[0])
        outcomes.settle_and_begin(outcomes.Outcome(claimed[0], DeliveryState.SENT), claimed[1])
        # Here the sender dies. Nobody touches what it holds until its lease is over.
        assert sending.send(mailing.pk) == 0
        Delivery.objects.filter(state=DeliveryState.CLAIMED).update(claimed_until=timezone.now())
        assert sending.send(mailing.pk) == 2
        assert [one.address for one in mailing.deliveries.in_doubt()] == ["b@example.org"]
        assert states(mailing) == [("sent", 1), ("sent", 1), ("sent", 1)]

    def test_a_sender_that_comes_back_late_changes_nothing(self, relay):
        mailing = on_its_way("a@example.org")
        claimed, _ = sending._claim(mailing)
        outcomes.settle_and_begin(None, claimed[0])
        Delivery.objects.update(state=DeliveryState.SENT, begun_at=None, claimed_until=None)
        late = outcomes.judged(claimed[0], SMTPRecipientsRefused({"a@example.org": (451, b"later")}))
        outcomes.settle_and_begin(late, None)
        assert mailing.deliveries.get().state == DeliveryState.SENT
        assert DeliveryEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_several_connections_send_each_copy_once(self, relay):
        addresses = [f"r{number}@example.org" for number in range(250)]
        mailing = on_its_way(*addresses)
        assert sending.send(mailing.pk, connections=4) == 250
        assert sorted(relay.recipients) == sorted(addresses)
        assert mailing.deliveries.filter(state="sent", attempts=1).count() == 250

    def test_two_senders_at_once_are_one(self, relay):
        mailing = on_its_way(*[f"r{number}@example.org" for number in range(120)])
        sent = []
        threads = [threading.Thread(target=lambda: sent.append(run(mailing))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(relay.taken) == len(set(relay.recipients)) == 120

    def test_two_ticks_begin_it_once(self, relay):
        mailing = on_its_way("a@example.org")
        Mailing.objects.update(state=MailingState.READY)
        in_another_thread(control.tick)
        control.tick()
        assert relay.recipients == ["a@example.org"]
        assert mailing.deliveries.get().attempts == 1


def run(mailing):
    try:
        return sending.send(mailing.pk)
    finally:
        connection.close()


def in_another_thread(act):
    def work():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
