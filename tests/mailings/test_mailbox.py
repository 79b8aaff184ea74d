"""The mailbox of returns on a real IMAP server, and what providers tell by webhook."""

import hashlib
import hmac
import json
import time
from base64 import b64encode

import pytest
from django.test import Client

from portal import urls as portal_urls
from portal.mailings import urls
from portal.mailings.choices import DeliveryState, Reason
from portal.mailings.emails import Mould, message_id
from portal.mailings.models import Arrival, Delivery
from portal.mailings.services import returned, suppression
from tests.mailings.conftest import sending
from tests.mailings.test_returned import COMPLAINT, report
from tests.tickets.mail.conftest import PASSWORD, USER, Mailbox

pytestmark = [pytest.mark.django_db]
SECRET, KEY = "mailer:a-long-password", "signing-key"
# The portal's own addresses, before which a test puts those of a provider.
urlpatterns = portal_urls.urlpatterns
handler400 = portal_urls.handler400


@pytest.fixture
def delivery(ended):
    found = sending("a@example.org").deliveries.get()
    Delivery.objects.filter(pk=found.pk).update(state=DeliveryState.SENT)
    return found


def copy_of(delivery):
    mould = Mould(delivery.mailing.editions.select_related("mailing").get(language="en"))
    return mould.fill(address="a@example.org", message_id=message_id(delivery), token="t" * 34)


@pytest.mark.network
class TestMailbox:
    @pytest.fixture
    def mailbox(self, settings):
        from sawt_tools.stores import free_port

        made = Mailbox(free_port())
        made.start()
        at = {"host": "127.0.0.1", "port": made.port, "tls": "none", "user": USER, "password": PASSWORD}
        settings.BOUNCE_IMAP = settings.BOUNCE_IMAP | at
        yield made
        if made.process.poll() is None:
            made.stop()

    def test_what_came_back_is_read_once(self, mailbox, delivery):
        mailbox.put(report(delivery), b"Subject: something else\r\n\r\nHello.", copy_of(delivery))
        assert returned.fetch() == 3
        delivery.refresh_from_db()
        assert (delivery.state, delivery.reason) == (DeliveryState.BOUNCED, Reason.UNKNOWN)
        assert suppression.is_suppressed("a@example.org")
        assert Arrival.objects.get().delivery == delivery
        assert (mailbox.unseen(), returned.fetch()) == (0, 0)
        assert returned.last_read() is not None

    def test_a_server_that_is_away_is_no_error_and_noted(self, mailbox, delivery):
        mailbox.stop()
        assert returned.fetch() == 0
        assert returned.last_read() is None


class TestArrival:
    def test_a_copy_of_ours_has_arrived_once(self, delivery):
        for _ in range(2):
            returned.take(copy_of(delivery))
        assert Arrival.objects.count() == 1

    def test_a_mark_that_is_not_ours_arrives_nowhere(self, delivery):
        returned.take(f"Message-ID: <mailing.{delivery.mailing_id}.{delivery.pk}.{'0' * 16}@x>\r\n\r\nHello.".encode())
        assert Arrival.objects.count() == 0

    def test_a_complaint_is_no_arrival(self, delivery):
        returned.take(COMPLAINT.format(message_id=message_id(delivery)).encode())
        assert Arrival.objects.count() == 0


class TestProvider:
    @pytest.fixture(autouse=True)
    def agreed(self, settings, monkeypatch):
        settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
        found = urls.addresses("mailgun") + urls.addresses("postmark")
        found += portal_urls.urlpatterns
        monkeypatch.setattr("tests.mailings.test_mailbox.urlpatterns", found)
        settings.ROOT_URLCONF = "tests.mailings.test_mailbox"

    def post(self, address, payload, secret=SECRET):
        headers = {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"} if secret else {}
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        return client.post(address, json.dumps(payload), content_type="application/json", headers=headers).status_code

    def mailgun(self, delivery, event="failed", key=KEY, mark=None, **more):
        moment, token = str(int(time.time())), "t" * 50
        signature = hmac.new(key.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
        told = {
            "event": event,
            "id": "1",
            "timestamp": time.time(),
            "severity": "permanent",
            "recipient": "a@example.org",
            "message": {"headers": {"message-id": f"{mark or message_id(delivery)}@sawt.example"}},
            **more,
        }
        return {"signature": {"timestamp": moment, "token": token, "signature": signature}, "event-data": told}

    def test_a_signed_bounce_is_written_down_once(self, delivery, ended):
        payload = self.mailgun(delivery, **{"delivery-status": {"code": 550, "message": "550 5.1.1 no such user"}})
        for _ in range(2):
            assert self.post("/mailgun/tracking/", payload) == 200
        delivery.refresh_from_db()
        assert (delivery.state, delivery.reason) == (DeliveryState.BOUNCED, Reason.UNKNOWN)
        assert ended == [(delivery.member, "unknown")]

    def test_a_complaint_is_written_down(self, delivery):
        assert self.post("/mailgun/tracking/", self.mailgun(delivery, event="complained")) == 200
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.COMPLAINED
        assert suppression.is_suppressed("a@example.org")

    @pytest.mark.parametrize("event", ["opened", "clicked", "delivered"])
    def test_nothing_else_is(self, delivery, event):
        assert self.post("/mailgun/tracking/", self.mailgun(delivery, event=event)) == 200
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.SENT

    def test_what_is_not_agreed_is_refused(self, delivery):
        payload = self.mailgun(delivery)
        assert self.post("/mailgun/tracking/", payload, secret=None) == 400
        assert self.post("/mailgun/tracking/", payload, secret="mailer:wrong") == 400
        assert self.post("/mailgun/tracking/", self.mailgun(delivery, key="another")) == 400
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.SENT

    def test_a_copy_that_is_not_ours_is_nobodys(self, delivery):
        forged = f"mailing.{delivery.mailing_id}.{delivery.pk}.{'0' * 16}"
        assert self.post("/mailgun/tracking/", self.mailgun(delivery, mark=forged)) == 200
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.SENT

    def test_the_mark_is_found_in_what_other_providers_send_back(self, delivery):
        payload = {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "Email": "a@example.org",
            "MessageID": "00000000-0000-0000-0000-000000000000",
            "BouncedAt": "2026-11-22T08:00:00Z",
            "ID": 1,
            "Metadata": {"copy": f"{message_id(delivery)}@sawt.example"},
        }
        assert self.post("/postmark/tracking/", payload) == 200
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.BOUNCED

    def test_without_a_secret_or_its_key_there_is_no_address(self, settings):
        settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": ""}
        assert urls.addresses("postmark") == []
        settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": None}
        assert urls.addresses("mailgun") == []
        assert urls.urlpatterns == []
