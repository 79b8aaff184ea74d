"""Failed deliveries and complaints, as relays write them."""

import re

import pytest
from django.conf import settings

from portal.mailings.choices import DeliveryState, Reason
from portal.mailings.emails import message_id, return_path
from portal.mailings.models import Delivery, DeliveryEvent
from portal.mailings.services import returned, suppression
from portal.messaging.choices import MessageState
from portal.messaging.emails import compose
from portal.messaging.models import Attempt, Message
from tests.mailings.conftest import sending

pytestmark = [pytest.mark.django_db]

REPORT = """\
From: MAILER-DAEMON@relay.example
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain; charset=utf-8

I could not deliver this.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; a@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--x
Content-Type: text/rfc822-headers

Message-ID: <{message_id}@sawt.example>
Subject: The Monday newsletter

--x--
"""

COMPLAINT = """\
From: feedback@provider.example
To: abuse@sawt.example
Subject: FW: The Monday newsletter
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="x"

--x
Content-Type: text/plain

This is an abuse report.

--x
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1

--x
Content-Type: message/rfc822

Message-ID: <{message_id}@sawt.example>
Subject: The Monday newsletter

Hello.

--x--
"""


@pytest.fixture
def delivery(ended):
    found = sending("a@example.org").deliveries.get()
    Delivery.objects.filter(pk=found.pk).update(state=DeliveryState.SENT)
    return found


def report(delivery, *, to=None, action="failed", status="5.1.1", mark=None):
    return REPORT.format(
        to=to or return_path(delivery), action=action, status=status, message_id=mark or message_id(delivery)
    ).encode()


def outcome(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.reason


class TestFailures:
    def test_a_mailbox_that_is_gone_is_never_written_to_again(self, delivery, ended):
        assert returned.take(report(delivery)) is not None
        assert outcome(delivery) == (DeliveryState.BOUNCED, Reason.UNKNOWN)
        assert delivery.detail == "5.1.1 smtp; 550 no such user"
        assert suppression.is_suppressed("a@example.org")
        assert ended == [(delivery.member, "unknown")]

    def test_a_full_mailbox_comes_back_and_stays_on_the_list(self, delivery, ended):
        returned.take(report(delivery, status="5.2.2"))
        assert outcome(delivery) == (DeliveryState.BOUNCED, Reason.RETURNED)
        assert not suppression.is_suppressed("a@example.org")
        assert ended == []

    @pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("failed", "4.2.2")])
    def test_what_is_not_lost_changes_nothing(self, delivery, action, status):
        assert returned.take(report(delivery, action=action, status=status)) is None
        assert outcome(delivery) == (DeliveryState.SENT, "")

    def test_the_same_mail_again_changes_nothing(self, delivery):
        returned.take(report(delivery))
        assert returned.take(report(delivery)) is None
        assert DeliveryEvent.objects.count() == 1

    def test_where_the_address_is_lost_what_it_quotes_of_ours_names_the_copy(self, delivery):
        assert returned.take(report(delivery, to="bounces@sawt.example")) is not None

    def test_a_signature_that_is_not_ours_is_not_believed(self, delivery):
        forged = f"{delivery.mailing_id}.{delivery.pk}.{'0' * 16}"
        raw = report(delivery, to=f"bounces+{forged}@sawt.example", mark=f"mailing.{forged}")
        assert returned.take(raw) is None
        assert outcome(delivery) == (DeliveryState.SENT, "")


class TestComplaints:
    def test_whoever_complains_is_never_written_to_again(self, delivery, ended):
        returned.take(COMPLAINT.format(message_id=message_id(delivery)).encode())
        assert outcome(delivery) == (DeliveryState.COMPLAINED, Reason.COMPLAINT)
        assert suppression.is_suppressed("a@example.org")
        assert ended == [(delivery.member, "complaint")]


@pytest.fixture
def message():
    return Message.objects.create(
        address="a@example.org", language="en", template="x", subject="An answer", text="A", state=MessageState.SENT
    )


def returned_to(address, *, status="5.1.1"):
    return REPORT.format(to=address, action="failed", status=status, message_id="x").encode()


class TestSingleMessages:
    """What the outbox sent: answers, codes, notices."""

    def test_one_to_a_mailbox_that_is_gone_is_written_down_and_keeps_what_goes_to_many_away(self, message):
        assert returned.take(returned_to(compose(message).from_email)) is not None
        message.refresh_from_db()
        assert (message.state, message.last_error) == (MessageState.BOUNCED, "5.1.1 smtp; 550 no such user")
        attempt = Attempt.objects.get(message_id=message.pk)
        assert (attempt.outcome, attempt.detail) == (MessageState.BOUNCED, message.last_error)
        assert suppression.is_suppressed("a@example.org")

    def test_a_full_mailbox_comes_back_alone(self, message):
        returned.take(returned_to(compose(message).from_email, status="5.2.2"))
        message.refresh_from_db()
        assert message.state == MessageState.BOUNCED
        assert not suppression.is_suppressed("a@example.org")

    def test_a_complaint_is_known_by_the_return_path_that_it_quotes(self, message):
        quoted = COMPLAINT.replace("Message-ID: <{message_id}@sawt.example>", "Return-Path: <{path}>")
        for _ in range(2):
            returned.take(quoted.format(path=compose(message).from_email).encode())
        message.refresh_from_db()
        assert message.state == MessageState.COMPLAINED
        assert Attempt.objects.count() == 1
        assert suppression.is_suppressed("a@example.org")

    def test_neither_one_that_was_not_sent_nor_a_forged_mark_changes_anything(self, message):
        address = compose(message).from_email
        forged = re.sub(r"[0-9a-f]{16}@", "0" * 16 + "@", address)
        assert returned.take(returned_to(forged)) is None
        Message.objects.update(state=MessageState.FAILED)
        assert returned.take(returned_to(address)) is None
        assert not Attempt.objects.exists()
        assert not suppression.is_suppressed("a@example.org")

    def test_readers_see_the_address_of_the_portal(self, message):
        assert str(compose(message).message()["From"]) == settings.DEFAULT_FROM_EMAIL


class TestAnythingElse:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\xff\xfe\x00",
            b"Subject: On holiday\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.",
            b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts at all",
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\nTo: <>\r\n\r\n--x\r\n"
            b"Content-Type: message/delivery-status\r\n\r\nStatus\r\n--x--",
        ],
    )
    def test_changes_nothing_and_breaks_nothing(self, raw):
        assert returned.take(raw) is None
