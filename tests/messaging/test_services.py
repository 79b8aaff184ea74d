"""The outbox: written once, in the recipient's language, and emptied whatever the relay does."""

import smtplib
import socket
import threading
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from portal.messaging import services
from portal.messaging.channels import NotTaken
from portal.messaging.channels import mail as mail_channel
from portal.messaging.choices import MessageState
from portal.messaging.emails import Rendered, compose
from portal.messaging.models import Attempt, Message
from tests.factories import ContactFactory, PersonFactory

HOSTILE = '<script>alert("x")</script>\u202eevil'


@pytest.fixture
def plain(settings, tmp_path):
    """A template of three parts that shows a name."""
    folder = tmp_path / "templates" / "sample" / "mail"
    folder.mkdir(parents=True)
    (folder / "hello.subject.txt").write_text("{% load i18n mail %}{{ name|isolate }}\n: {% translate 'Arabic' %}")
    (folder / "hello.txt").write_text(
        "{% extends 'messaging/mail/base.txt' %}{% load mail %}"
        "{% block content %}{{ name }}\n{% absolute 'account_login' %}{% endblock %}"
    )
    (folder / "hello.html").write_text(
        "{% extends 'messaging/mail/base.html' %}{% block content %}<p><bdi>{{ name }}</bdi></p>{% endblock %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path / "templates"]}]


def write(person=None, **fields):
    """Put a message straight into the outbox."""
    return services.post(
        person or PersonFactory(),
        address=fields.pop("address", "reader@example.org"),
        template=fields.pop("template", "sample/hello"),
        rendered=Rendered("Subject", fields.pop("text", "Text"), "<p>HTML</p>"),
        language=fields.pop("language", "en"),
        **fields,
    )


class TestNotify:
    @pytest.mark.django_db
    def test_is_written_in_the_recipients_language_whatever_the_pages(self, plain):
        message = services.notify(PersonFactory(language="ar"), "sample/hello", context={"name": "N"})
        assert message.language == "ar"
        assert 'dir="rtl"' in message.html
        assert 'lang="ar"' in message.html
        assert "http://localhost:8000/ar/account/login/" in message.text

    @pytest.mark.django_db
    def test_names_are_inert_in_html_and_plain_in_text(self, plain):
        message = services.notify(PersonFactory(), "sample/hello", context={"name": HOSTILE})
        assert "<script>" not in message.html
        assert "&lt;script&gt;" in message.html
        assert '<script>alert("x")</script>' in message.text
        assert "\u202e" not in message.html + message.text + message.subject

    @pytest.mark.django_db
    def test_subject_is_one_line_with_the_name_set_apart(self, plain):
        message = services.notify(PersonFactory(), "sample/hello", context={"name": "a\r\nBcc: x@y.example\u2069b"})
        assert message.subject == "\u2068a Bcc: x@y.exampleb\u2069 : Arabic"

    @pytest.mark.django_db
    def test_style_is_inline_and_nothing_is_fetched(self, plain):
        html = services.notify(PersonFactory(), "sample/hello", context={"name": "N"}).html
        assert 'class="card" style="' in html
        assert "@media (prefers-color-scheme: dark)" in html
        assert "<img" not in html
        assert "<link" not in html

    @pytest.mark.django_db
    def test_same_key_returns_the_first_and_the_transaction_goes_on(self, plain):
        person = PersonFactory()
        with transaction.atomic():
            first = services.notify(person, "sample/hello", context={"name": "1"}, key="k")
            second = services.notify(person, "sample/hello", context={"name": "2"}, key="k")
            PersonFactory()
        assert first.pk == second.pk
        assert Message.objects.count() == 1

    @pytest.mark.django_db
    @pytest.mark.parametrize("fields", [{"is_active": False}, {"is_active": False, "erased_at": timezone.now()}])
    def test_inactive_and_erased_people_get_nothing(self, plain, fields):
        assert services.notify(PersonFactory(**fields), "sample/hello", context={"name": "N"}) is None
        assert Message.objects.count() == 0

    @pytest.mark.django_db
    def test_guests_are_told_too(self, plain):
        guest = ContactFactory(language="zh-hans")
        message = services.notify(guest, "sample/hello", context={"name": "N"}, reply_to="body@example.org")
        assert (message.contact, message.person, message.language) == (guest, None, "zh-hans")
        assert 'lang="zh-Hans"' in message.html
        assert compose(message).reply_to == ["body@example.org"]

    @pytest.mark.django_db
    def test_nothing_is_left_when_the_business_transaction_fails(self, plain):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            services.notify(PersonFactory(), "sample/hello", context={"name": "N"})
            raise ZeroDivisionError
        assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_one_key_asked_for_by_many_at_once_leaves_one_row(monkeypatch):
    monkeypatch.setattr(services, "enqueue", lambda name: None)
    person = PersonFactory()
    ids, barrier = [], threading.Barrier(8)

    def ask():
        barrier.wait()
        try:
            ids.append(write(person, key="one").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert set(ids) == {Message.objects.get().pk}


class TestCompose:
    @pytest.mark.django_db
    def test_headers(self):
        message = write(language="zh-hans")
        headers = message_from_bytes(compose(message).message().as_bytes(), policy=policy.default)
        assert headers["Message-ID"] == f"<{message.code}@localhost>"
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["Content-Language"] == "zh-Hans"
        assert headers["Reply-To"] == "support@sawt.example"
        assert headers["Date"]

    @pytest.mark.django_db
    @pytest.mark.parametrize(("text", "encoding"), [("نص قصير", "8bit"), ("ن" * 600, "base64")])
    def test_no_line_is_longer_than_relays_take(self, text, encoding):
        mail = compose(write(text=text)).message()
        data = mail.as_bytes()
        assert max(len(line) for line in data.split(b"\r\n")) <= 998
        part = message_from_bytes(data, policy=policy.default).get_body(("plain",))
        assert part["Content-Transfer-Encoding"] == encoding
        assert part.get_content().strip() == text

    @pytest.mark.django_db
    def test_international_domain_is_written_in_ascii(self):
        assert compose(write(address="a@مثال.example")).to == ["a@xn--mgbh0fb.example"]


class TestDeliver:
    @pytest.mark.django_db
    def test_is_asked_for_as_soon_as_the_transaction_is_committed(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            write()
            assert mail.outbox == []
        assert len(mail.outbox) == 1

    @pytest.mark.django_db
    def test_sends_once_and_writes_it_down(self):
        message = write()
        assert services.deliver_due() == 1
        assert services.deliver_due() == 0
        message.refresh_from_db()
        assert (message.state, message.attempts, message.claimed_until) == (MessageState.SENT, 1, None)
        assert [sent.subject for sent in mail.outbox] == ["Subject"]
        assert list(Attempt.objects.values_list("message_id", "outcome")) == [(message.pk, "sent")]

    @pytest.mark.django_db
    def test_text_that_opens_an_account_is_not_kept(self):
        secret, other = write(template="account/password_reset_key"), write()
        services.deliver_due()
        secret.refresh_from_db()
        other.refresh_from_db()
        assert (secret.text, secret.html, other.text) == ("", "", "Text")
        assert mail.outbox[0].body == "Text"

    @pytest.mark.django_db
    @pytest.mark.parametrize("refused", [None, NotTaken("451 later", is_temporary=True)])
    def test_what_is_erased_while_it_is_sent_stays_erased(self, refused):
        person = PersonFactory()
        write(person, address=person.email)
        (claimed,), _until = services._claim()
        services.erase_messages(person)
        services._settle(claimed, refused)
        message = Message.objects.get()
        assert (message.text, message.html, message.subject, message.last_error) == ("", "", "", "")
        assert message.state == MessageState.FAILED
        assert Attempt.objects.count() == 1
        assert services.deliver_due() == 0

    @pytest.mark.django_db
    def test_what_a_killed_sender_held_is_taken_up_when_its_lease_ends(self):
        message = write()
        services._claim()
        assert services.deliver_due() == 0
        Message.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert services.deliver_due() == 1
        message.refresh_from_db()
        assert message.state == MessageState.SENT

    @pytest.mark.django_db
    def test_an_outlived_lease_sends_nothing_more(self, monkeypatch):
        message = write()
        monkeypatch.setattr(services, "LEASE", timedelta(seconds=1))
        services.deliver_due()
        message.refresh_from_db()
        assert (message.state, message.attempts, message.claimed_until) == (MessageState.QUEUED, 0, None)
        assert mail.outbox == []

    @pytest.mark.django_db(transaction=True)
    def test_two_senders_take_different_messages(self, monkeypatch):
        monkeypatch.setattr(services, "enqueue", lambda name: None)
        for _ in range(3):
            write()
        taken = []
        with transaction.atomic():
            rows = Message.objects.due(timezone.now()).select_for_update(skip_locked=True, no_key=True)
            first = set(rows.order_by("pk")[:2].values_list("pk", flat=True))

            def other():
                try:
                    taken.extend(message.pk for message in services._claim()[0])
                finally:
                    connection.close()

            thread = threading.Thread(target=other)
            thread.start()
            thread.join(5)
        assert len(first) == 2
        assert len(taken) == 1
        assert not first & set(taken)

    @pytest.mark.django_db
    def test_an_address_no_relay_takes_fails_for_good(self):
        message = write(address="\u212a@example.org")
        services.deliver_due()
        message.refresh_from_db()
        assert (message.state, message.attempts) == (MessageState.FAILED, 1)


class Relay:
    """Refuses by recipient: the local part says with which code."""

    def __init__(self):
        self.taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        code = address.partition("@")[0]
        if code.isdigit():
            return f"{code} refused"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def relay(settings):
    """A real SMTP server on the loopback."""
    handler = Relay()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield handler
    controller.stop()


class TestRealRelay:
    @pytest.mark.django_db
    def test_one_broken_address_stops_nobody(self, relay):
        messages = [write(address=f"{name}@example.org") for name in ("a", "550", "451", "b")]
        services.deliver_due()
        states = [(m.state, m.attempts) for m in Message.objects.order_by("pk")]
        assert states == [("sent", 1), ("failed", 1), ("queued", 1), ("sent", 1)]
        assert [envelope.rcpt_tos for envelope in relay.taken] == [["a@example.org"], ["b@example.org"]]
        assert Attempt.objects.filter(message_id=messages[1].pk).get().detail.startswith("SMTPRecipientsRefused")

    @pytest.mark.django_db
    def test_arabic_arrives_as_it_was_written(self, relay):
        write(text="السلام عليكم", language="ar")
        services.deliver_due()
        received = message_from_bytes(relay.taken[0].content, policy=policy.default)
        assert received.get_body(("plain",)).get_content().strip() == "السلام عليكم"

    @pytest.mark.django_db
    def test_waits_grow_and_the_tenth_try_is_the_last(self, relay):
        message = write(address="451@example.org")
        waits = []
        for _ in range(services.MAX_ATTEMPTS):
            Message.objects.update(due_at=timezone.now())
            before = timezone.now()
            services.deliver_due()
            message.refresh_from_db()
            waits.append(round((message.due_at - before).total_seconds() / 60))
        assert waits[:4] == [1, 5, 15, 60]
        assert (message.state, message.attempts) == (MessageState.FAILED, 10)
        assert Attempt.objects.count() == 10
        assert relay.taken == []

    @pytest.mark.django_db
    def test_a_relay_that_is_away_uses_up_no_try(self, relay, settings):
        settings.EMAIL_PORT = 1
        messages = [write(), write()]
        services.deliver_due()
        for message in messages:
            message.refresh_from_db()
            assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
            assert message.due_at > timezone.now()
            assert message.last_error
        assert Attempt.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "is_temporary"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"no such user")}), False),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (450, b"greylisted")}), True),
        (smtplib.SMTPDataError(554, b"spam"), False),
        (smtplib.SMTPDataError(451, b"later"), True),
        (smtplib.SMTPSenderRefused(552, b"too large", "a@b.example"), False),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), True),
        (smtplib.SMTPServerDisconnected("gone"), True),
        (TimeoutError("slow"), True),
    ],
)
def test_errors_are_judged(error, is_temporary):
    assert mail_channel.is_temporary(error) is is_temporary
