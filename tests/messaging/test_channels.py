"""Messages to numbers: through the outbox, by a real HTTP gateway or the log."""

import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from portal.messaging import channels, services
from portal.messaging.channels import read_hook, signature_of
from portal.messaging.choices import Way
from portal.messaging.models import Attempt, Message, WayState
from portal.settings import environment
from tests.factories import PersonFactory

NUMBER = "+966512345678"


class Gateway(BaseHTTPRequestHandler):
    """Answers as told, and remembers what it was given."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.wfile.write(b'{"said": "something"}')

    def do_HEAD(self):
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def gateway(settings):
    """A real HTTP server that stands for an SMS gateway."""
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    server.status, server.taken = 200, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/send"
    ours = {"adapter": "http", "url": url, "key": "the key", "secret": "the secret"}
    settings.CHANNELS = settings.CHANNELS | {"sms": ours}
    yield server
    server.shutdown()
    server.server_close()


def write(way=Way.SMS, **values):
    values = {"phone": NUMBER, "template": "sample/x", "text": "نص قصير", "language": "ar"} | values
    return services.post_text(PersonFactory(), way=way, **values)


@pytest.mark.django_db
@pytest.mark.network
class TestGateway:
    def test_gets_json_with_the_key(self, gateway):
        message = write()
        assert services.deliver_due() == 1
        message.refresh_from_db()
        body = {"id": message.code, "to": NUMBER, "text": "نص قصير", "language": "ar"}
        assert gateway.taken == [("Bearer the key", body)]
        assert (message.state, message.attempts) == ("sent", 1)
        assert WayState.objects.get(way=Way.SMS).sent_at is not None

    @pytest.mark.parametrize(
        ("status", "state"), [(400, "failed"), (404, "failed"), (429, "queued"), (401, "queued"), (500, "queued")]
    )
    def test_refusals_are_judged_and_written_down(self, gateway, status, state):
        gateway.status = status
        message = write()
        services.deliver_due()
        message.refresh_from_db()
        assert (message.state, message.attempts) == (state, 1)
        assert Attempt.objects.get().detail == f'HTTP {status}: {{"said": "something"}}'

    def test_the_key_is_not_carried_on_by_a_redirect(self, gateway):
        gateway.status = 302
        message = write()
        services.deliver_due()
        message.refresh_from_db()
        assert message.state == "failed"
        assert len(gateway.taken) == 1

    def test_a_gateway_that_is_away_uses_up_no_try_and_keeps_no_mail_back(self, gateway, settings, mailoutbox):
        settings.CHANNELS = settings.CHANNELS | {"sms": settings.CHANNELS["sms"] | {"url": "http://127.0.0.1:1/"}}
        message = write()
        services.post(
            None, address="a@example.org", template="x", rendered=services.Rendered("S", "T", "H"), language="en"
        )
        services.deliver_due()
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("queued", 0)
        assert message.last_error
        assert len(mailoutbox) == 1

    def test_health(self, gateway):
        assert channels.channel(Way.SMS).health().ok
        gateway.status = 405
        assert channels.channel(Way.SMS).health().ok
        gateway.status = 503
        assert not channels.channel(Way.SMS).health().ok

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "", "ftp://127.0.0.1/"])
    def test_no_other_kind_of_address_is_opened(self, settings, url):
        ours = {"adapter": "http", "url": url, "key": "k", "secret": "s"}
        settings.CHANNELS = settings.CHANNELS | {"sms": ours}
        write()
        services.deliver_due()
        assert "https://" in Message.objects.get().last_error


@pytest.mark.django_db
class TestConsole:
    def test_writes_to_the_log_of_a_demonstration(self, caplog):
        with caplog.at_level(logging.INFO, logger="sawt.messaging"):
            write(Way.WHATSAPP)
            services.deliver_due()
        assert f"whatsapp to {NUMBER}: نص قصير" in caplog.text
        assert Message.objects.get().state == "sent"

    def test_takes_nothing_elsewhere_for_a_log_is_no_place_for_secrets(self, caplog, settings):
        settings.DEMO = False
        write(Way.WHATSAPP)
        services.deliver_due()
        assert "نص قصير" not in caplog.text
        assert Message.objects.get().state == "failed"
        assert not channels.is_on(Way.WHATSAPP)


@pytest.mark.django_db
def test_one_key_writes_one_message():
    assert write(key="k").pk == write(key="k").pk


@pytest.mark.django_db
def test_every_way_has_a_channel_that_says_how_it_is():
    for way in Way:
        assert channels.channel(way).way == way
        assert channels.channel(way).health().ok
        assert list(channels.channel(way).receive()) == []


class TestSignature:
    BODY = b'{"id": "1"}'

    def read(self, settings, secret="the secret", **changes):
        settings.CHANNELS = {"sms": {"secret": secret}}
        now = int(time.time())
        given = {"moment": str(now), "signature": signature_of("the secret", now, self.BODY), "body": self.BODY}
        return read_hook("sms", **(given | changes))

    def test_is_taken(self, settings):
        assert self.read(settings)

    @pytest.mark.parametrize(
        "changes",
        [
            {"body": b'{"id": "2"}'},
            {"signature": ""},
            {"signature": "ü" * 64},
            {"moment": ""},
            {"moment": "-1"},
            {"moment": "٣"},
            {"moment": "9" * 30},
            {"secret": "another"},
            {"secret": ""},
        ],
        ids=str,
    )
    def test_is_refused(self, settings, changes):
        assert not self.read(settings, **changes)

    @pytest.mark.parametrize(("seconds", "is_taken"), [(-299, True), (-302, False), (302, False)])
    def test_holds_for_five_minutes(self, settings, seconds, is_taken):
        then = int(time.time()) + seconds
        signature = signature_of("the secret", then, self.BODY)
        assert self.read(settings, moment=str(then), signature=signature) is is_taken


def test_settings_know_the_words(monkeypatch):
    monkeypatch.setenv("SAWT_SMS", "HTTP")
    assert environment.one_of("SAWT_SMS", ("console", "http")) == "http"
    monkeypatch.setenv("SAWT_SMS", "pigeon")
    with pytest.raises(environment.ImproperlyConfigured, match="SAWT_SMS must be one of console, http"):
        environment.one_of("SAWT_SMS", ("console", "http"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("way", "content_type", "body", "status"),
    [
        ("sms", "application/json", "{}", 403),
        ("sms", "multipart/form-data; boundary=b", "--b--", 415),
        ("sms", "application/x-www-form-urlencoded", "a=b", 415),
        ("sms", "application/json", "x" * 100_001, 413),
        ("pigeon", "application/json", "{}", 404),
    ],
)
def test_unsigned_calls_are_refused(way, content_type, body, status):
    answer = Client(enforce_csrf_checks=True).post(f"/hooks/{way}", body, content_type=content_type)
    assert answer.status_code == status
