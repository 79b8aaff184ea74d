"""The mailbox on a real IMAP server: what is fetched is kept first, and nothing is taken twice or lost."""

import re
import socket
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from portal.accounts.choices import Role
from portal.messaging import channels
from portal.messaging.choices import Way
from portal.messaging.models import WayState
from portal.messaging.services import deliver_due, hold_mailbox
from tests.factories import staff
from tests.tickets.mail import letter
from tickets.choices import TicketState
from tickets.models import Incoming, Ticket
from tickets.services import desk, incoming

pytestmark = [pytest.mark.django_db, pytest.mark.network]


def fetch_and_take():
    new = incoming.fetch_mail()
    incoming.take_due()
    return new


class TestFetching:
    def test_what_is_unseen_is_kept_as_it_came_and_then_marked(self, mailbox, ministry):
        mails = [letter(Message_ID="<1@m.example>"), letter("Second", Message_ID="<2@m.example>")]
        mailbox.put(*mails)
        assert fetch_and_take() == 2
        assert [row.raw.read() for row in Incoming.objects.order_by("pk")] == [mail.as_bytes() for mail in mails]
        assert (mailbox.unseen(), mailbox.count()) == (0, 2)
        assert fetch_and_take() == 0
        assert Ticket.objects.count() == 2
        state = WayState.objects.get(way=Way.EMAIL)
        assert (state.last_error, state.held_until) == ("", None)
        assert state.fetched_at is not None

    def test_a_worker_killed_between_keeping_and_marking_doubles_nothing(self, mailbox, ministry, monkeypatch):
        class Killed(BaseException):
            pass

        def killed(*_, **__):
            raise Killed

        mailbox.put(letter())
        with monkeypatch.context() as patch:
            patch.setattr("portal.messaging.channels.mail._mark", killed)
            with pytest.raises(Killed):
                incoming.fetch_mail()
        assert (Incoming.objects.count(), mailbox.unseen()) == (1, 1)
        assert fetch_and_take() == 0
        assert mailbox.unseen() == 0
        assert Ticket.objects.count() == 1

    def test_a_worker_that_vanished_gives_the_mailbox_back_when_its_lease_ends(self, mailbox, ministry):
        mailbox.put(letter())
        assert hold_mailbox(Way.EMAIL)
        assert incoming.fetch_mail() == 0
        WayState.objects.update(held_until=timezone.now() - timedelta(seconds=1))
        assert incoming.fetch_mail() == 1

    def test_a_server_that_is_away_for_a_minute_loses_nothing(self, mailbox, ministry):
        mailbox.stop()
        assert incoming.fetch_mail() == 0
        state = WayState.objects.get(way=Way.EMAIL)
        assert "ConnectionRefusedError" in state.last_error
        assert (state.fetched_at, state.held_until) == (None, None)
        assert not channels.channel(Way.EMAIL).health().ok
        mailbox.start()
        mailbox.put(letter())
        assert fetch_and_take() == 1
        state.refresh_from_db()
        assert state.last_error == ""
        assert channels.channel(Way.EMAIL).health().ok

    def test_a_wrong_password_is_told_and_is_no_error(self, mailbox, settings):
        settings.IMAP = settings.IMAP | {"password": "wrong"}
        assert incoming.fetch_mail() == 0
        assert WayState.objects.get().last_error != ""
        assert "wrong" not in WayState.objects.get().last_error

    def test_settled_mail_is_moved_where_a_folder_is_named(self, mailbox, ministry, settings):
        with mailbox.open() as box:
            box.folder.create("Done")
        settings.IMAP = settings.IMAP | {"done_folder": "Done"}
        mailbox.put(letter())
        assert fetch_and_take() == 1
        assert (mailbox.count(), mailbox.count("Done")) == (0, 1)

    def test_more_than_is_taken_stays_on_the_server(self, mailbox, ministry, monkeypatch):
        monkeypatch.setattr("portal.messaging.channels.mail.LARGEST_MAIL", 5_000)
        monkeypatch.setattr("portal.messaging.channels.mail.BEGINNING", 1_000)
        settings_folder = letter("x" * 70 + "\n" + ("y" * 70 + "\n") * 100)
        mailbox.put(settings_folder)
        assert fetch_and_take() == 1
        row = Incoming.objects.get()
        assert (row.state, row.why, row.is_whole, row.raw.size) == ("held", "large", False, 1_000)
        assert (row.size, row.subject) == (len(settings_folder.as_bytes()), "A street light")
        assert (mailbox.count(), mailbox.unseen()) == (1, 0)

    def test_20_megabytes_come_through(self, mailbox, ministry):
        mail = letter()
        mail.add_attachment(b"\x00" * 14_500_000, maintype="application", subtype="zip", filename="big.zip")
        mailbox.put(mail)
        assert fetch_and_take() == 1
        assert Incoming.objects.get().state == "taken"

    def test_without_a_mailbox_nothing_is_asked(self, settings):
        assert settings.IMAP["host"] == ""
        assert incoming.fetch_mail() == 0


class Kept:
    """An SMTP server that keeps what it is given."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(message_from_bytes(envelope.content, policy=policy.SMTP))
        return "250 OK"


@pytest.fixture
def relay(settings):
    handler = Kept()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


def test_a_guest_asks_on_the_page_and_answers_by_mail(client, mailbox, relay, ministry, monkeypatch):
    """Asked in Chinese on a page, receipt by real SMTP, answered from a mail program by real IMAP: one conversation."""
    monkeypatch.setattr("tickets.forms.asking.FASTEST", 0)
    form = {
        "kind": "enquiry",
        "subject": "路灯坏了",
        "text": "我们街上的路灯已经坏了一个星期。",
        "about": f"body:{ministry.code}",
        "language": "zh-hans",
        "name": "李丽",
        "email": "li@example.org",
        "reply_by": "email",
        "shown": client.get("/zh-hans/support/new/").context["stamp"],
    }
    check = client.post("/zh-hans/support/new/", form)
    client.post(check["Location"])
    ticket = Ticket.objects.get()
    deliver_due()
    (receipt,) = relay.mails
    assert receipt["To"] == "li@example.org"
    assert receipt["Reply-To"] == "support@sawt.example"

    agent = staff(Role.AGENT, ministry)
    desk.reply(ticket, "请问是哪条街？", by=agent, then=TicketState.WAITING)
    deliver_due()
    question = relay.mails[1]
    assert receipt["Message-ID"] in question["References"]

    quoted = "\n".join(f"> {line}" for line in question.get_body(("plain",)).get_content().splitlines())
    mailbox.put(
        letter(
            f"棕榈街14号。\n\n在 2026年4月5日 09:00，Sawt <no-reply@sawt.example> 写道：\n{quoted}",
            From="李丽 <li@example.org>",
            Subject=f"回复：{question['Subject']}",
            In_Reply_To=question["Message-ID"],
            References=f"{question['References']} {question['Message-ID']}",
        )
    )
    assert fetch_and_take() == 1
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    assert [entry.text for entry in ticket.entries.public().in_order()] == [
        "我们街上的路灯已经坏了一个星期。",
        "请问是哪条街？",
        "棕榈街14号。",
    ]
    # The answer stands on the page behind the link that the receipt brought.
    link = re.search(r"http://localhost:8000(/\S+/support/r/\S+/)", receipt.get_body(("plain",)).get_content())[1]
    page = client.get(link).content.decode()
    assert "棕榈街14号。" in page
    # Nothing was acknowledged but the request itself.
    deliver_due()
    assert [mail["To"] for mail in relay.mails[2:]] == [agent.email]
    assert f"/desk/{ticket.code}/" in str(relay.mails[2])
