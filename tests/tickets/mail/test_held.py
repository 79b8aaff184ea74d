"""Held mail: seen as plain words by those it concerns, decided once, each decision in the trail."""

import json
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.choices import Role
from portal.audit.models import Entry as Trail
from portal.messaging.channels import signature_of
from portal.messaging.models import Message
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.tickets.mail import letter, take
from tickets.choices import Channel, TicketState, Why
from tickets.models import Incoming, Ticket
from tickets.selectors.threads import RECEIPT, thread_id
from tickets.services import desk, held, incoming
from tickets.services.asking import Sender
from tickets.services.erasure import erase_requests_of
from tickets.services.moves import TicketRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(ask):
    return ask()


@pytest.fixture
def stranger(ticket):
    """A mail that answers a request from another address."""
    mail = letter("Me again, from work.", From="Layla <work@example.org>", In_Reply_To=thread_id(ticket, RECEIPT))
    mail.add_attachment(b"words", maintype="text", subtype="plain", filename="note.txt")
    return take(mail)


def url(name, row, language="en"):
    return reverse(f"admin:tickets_incoming_{name}", args=[row.code]).replace("/ar/", f"/{language}/", 1)


def trail():
    return list(Trail.objects.filter(action__startswith="mail.").values_list("action", "actor_id", "data"))


class TestDeciding:
    def test_accepted_into_the_request_in_the_name_of_who_did_it(self, stranger, ticket, agent):
        held.accept_into(stranger, ticket, by=agent)
        entry = ticket.entries.order_by("pk").last()
        assert (entry.text, entry.author, entry.channel) == ("Me again, from work.", agent, "email")
        assert [stored.name for stored in entry.files.all()] == ["note.txt"]
        stranger.refresh_from_db()
        assert (stranger.state, stranger.why, stranger.entry) == ("taken", "", entry)
        assert trail() == [("mail.joined", agent.pk, {"into": ticket.reference})]

    def test_opened_as_a_request_of_its_own(self, stranger, ticket, agent):
        opened = held.open_request(stranger, by=agent)
        assert (opened.contact.email, opened.organisation) == ("work@example.org", ticket.organisation)
        assert Message.objects.filter(address="work@example.org", template="tickets/receipt").count() == 1
        assert trail() == [("mail.opened", agent.pk, {"as": opened.reference})]

    def test_discarded_with_a_reason(self, stranger, agent):
        held.discard(stranger, why=Why.NOT_OURS, by=agent)
        stranger.refresh_from_db()
        assert (stranger.state, stranger.why, bool(stranger.raw)) == ("discarded", "not_ours", True)
        assert trail() == [("mail.discarded", agent.pk, {"reason": "not_ours"})]

    def test_discarded_as_spam_holds_back_what_else_its_sender_sends(self, stranger, agent):
        held.discard(stranger, why=Why.SPAM, by=agent)
        assert take(letter(From="work@example.org", Message_ID="<2@m.example>")).why == "spam"

    def test_once(self, stranger, ticket, agent):
        held.discard(stranger, why=Why.SPAM, by=agent)
        for act in (
            lambda: held.discard(stranger, why=Why.SPAM, by=agent),
            lambda: held.accept_into(stranger, ticket, by=agent),
            lambda: held.open_request(stranger, by=agent),
        ):
            with pytest.raises(TicketRefused, match="settled"):
                act()

    def test_only_by_those_who_answer_for_the_body(self, stranger, ticket, agent, ask):
        other_body = OrganisationFactory()
        other = staff(Role.AGENT, other_body)
        with pytest.raises(TicketRefused, match="forbidden"):
            held.discard(stranger, why=Why.SPAM, by=other)
        foreign = Ticket.objects.get(pk=ticket.pk)
        foreign.organisation = other_body
        with pytest.raises(TicketRefused, match="forbidden"):
            held.accept_into(stranger, foreign, by=agent)

    def test_a_reason_that_is_none_of_theirs(self, stranger, agent):
        with pytest.raises(TicketRefused, match="reason"):
            held.discard(stranger, why=Why.LARGE, by=agent)

    def test_what_ended_long_ago_takes_nothing(self, clock, stranger, ticket, agent):
        desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
        clock.add(days=31)
        with pytest.raises(TicketRefused, match="over"):
            held.accept_into(stranger, ticket, by=agent)
        assert Incoming.objects.get().state == "held"


class TestPages:
    def test_shows_plain_words_whatever_came(self, client, ticket, agent):
        mail = letter(From="<work@example.org>", Subject="<script>s</script>", In_Reply_To=thread_id(ticket, RECEIPT))
        mail.set_content("<script>alert(1)</script><p>Dark &lt;b&gt;</p><img src=//evil.example>", subtype="html")
        mail["X-Evil"] = "<script>h</script>"
        client.force_login(agent)
        page = client.get(url("message", take(mail))).content.decode()
        assert "Dark &lt;b&gt;" in page
        assert "&lt;script&gt;s&lt;/script&gt;" in page
        assert "&lt;script&gt;h&lt;/script&gt;" in page
        assert "alert(1)" not in page
        assert "evil.example" not in page
        assert ticket.reference in page

    def test_others_find_nothing(self, client, stranger):
        client.force_login(staff(Role.AGENT, OrganisationFactory()))
        for name in ("message", "accept", "open", "discard"):
            answer = client.get if name == "message" else client.post
            assert answer(url(name, stranger)).status_code == 404
        assert stranger.sender not in client.get(reverse("admin:tickets_incoming_changelist")).content.decode()
        client.force_login(staff(Role.EDITOR, stranger.organisation))
        assert client.get(url("message", stranger)).status_code == 403

    def test_accepting_leads_to_the_request(self, client, stranger, ticket, agent):
        client.force_login(agent)
        assert client.get(url("accept", stranger)).status_code == 405
        answer = client.post(url("accept", stranger), {"reference": ticket.reference.lower()})
        assert answer["Location"].endswith(f"/desk/{ticket.code}/")
        again = client.post(url("accept", stranger), {"reference": ticket.reference})
        assert again.status_code == 409
        assert "A colleague has decided about it already." in again.content.decode()

    @pytest.mark.parametrize(
        ("reference", "sentence"),
        [
            ("7K3M", "This is no reference number: check it character by character."),
            ("2222-2222", "No request of your bodies has this reference."),
        ],
    )
    def test_a_wrong_reference_is_said_to_be_and_stays(self, client, stranger, agent, reference, sentence):
        client.force_login(agent)
        page = client.post(url("accept", stranger), {"reference": reference})
        assert page.status_code == 422
        assert sentence in page.content.decode()
        assert f'value="{reference}"' in page.content.decode()

    def test_opening_and_discarding(self, client, stranger, agent):
        client.force_login(agent)
        assert client.post(url("discard", stranger), {"why": "stranger"}).status_code == 422
        assert client.post(url("open", stranger)).status_code == 302
        assert Ticket.objects.count() == 2
        assert client.post(url("discard", stranger), {"why": "spam"}).status_code == 409

    def test_the_list_and_the_start_page(self, client, stranger, agent):
        client.force_login(agent)
        listed = client.get(f"{reverse('admin:tickets_incoming_changelist')}?state__exact=held")
        assert stranger.sender in listed.content.decode()
        (entry,) = [each for each in client.get(reverse("admin:index")).context["work"] if "held" in each.url]
        assert entry.count == 1
        answer = client.get(reverse("admin:tickets_incoming_change", args=[stranger.pk]))
        assert answer["Location"].endswith(f"/message/{stranger.code}/")

    def test_what_no_parser_reads_is_shown_as_it_came(self, client, ministry, monkeypatch):
        monkeypatch.setattr("tickets.selectors.letters.parts._contents", lambda _: 1 / 0)
        row = take(letter("Words <script>"))
        client.force_login(staff(Role.AGENT, ministry))
        assert "Words &lt;script&gt;" in client.get(url("message", row)).content.decode()

    def test_lists_ask_as_often_for_three_as_for_one(self, client, ticket, agent, django_assert_num_queries):
        def mail(number):
            return letter(
                From="w@example.org", Message_ID=f"<{number}@m.example>", In_Reply_To=thread_id(ticket, RECEIPT)
            )

        client.force_login(agent)
        take(mail(1))
        address = reverse("admin:tickets_incoming_changelist")
        client.get(address)
        with CaptureQueriesContext(connection) as one:
            client.get(address)
        take(mail(2))
        take(mail(3))
        with django_assert_num_queries(len(one)):
            client.get(address)

    def test_channels_are_for_administrators_of_the_ministry(self, client, agent, ministry, stranger):
        address = reverse("admin:tickets_incoming_channels")
        client.force_login(agent)
        assert client.get(address).status_code == 403
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        page = client.get(address)
        assert page.status_code == 200
        assert page.context["held"] == 1
        assert [(row.way, row.is_on) for row in page.context["rows"]] == [
            ("email", False),
            ("sms", True),
            ("whatsapp", True),
        ]


NUMBER = "+966512345678"


class TestNumbers:
    @pytest.fixture
    def follower(self, ask):
        """A request whose sender follows it by SMS."""
        return ask(sender=Sender(phone=NUMBER), reply_by=Channel.SMS, channel=Channel.SMS)

    def call(self, client, settings, **changes):
        secret = "the secret"
        settings.CHANNELS = settings.CHANNELS | {"sms": settings.CHANNELS["sms"] | {"secret": secret}}
        body = json.dumps({"id": "1", "from": NUMBER, "text": "Number 14"} | changes).encode()
        moment = int(time.time())
        signed = {"X-Sawt-Timestamp": str(moment), "X-Sawt-Signature": signature_of(secret, moment, body)}
        return client.post("/hooks/sms", body, content_type="application/json", headers=signed)

    def test_the_sender_is_told_by_their_number_with_the_link(self, follower, agent):
        receipt = Message.objects.get()
        assert (receipt.way, receipt.phone, receipt.address) == ("sms", NUMBER, "")
        desk.reply(follower, "Which street?", by=agent, then=TicketState.WAITING)
        told = Message.objects.order_by("pk").last()
        assert told.template == "tickets/reply"
        assert "Which street?" not in told.text
        assert "/en/support/r/" in told.text
        assert follower.reference in told.text

    def test_without_a_link_the_answer_itself_goes(self, follower, agent):
        Ticket.objects.update(secret_hash=None)
        desk.reply(follower, "Palm street.", by=agent)
        told = Message.objects.order_by("pk").last()
        assert "Palm street." in told.text
        assert "/support/r/" not in told.text

    def test_where_no_gateway_is_the_address_is_used(self, ask, settings):
        settings.DEMO = False
        ask(sender=Sender(email="a@example.org", phone=NUMBER), reply_by=Channel.SMS)
        assert [(each.way, each.address) for each in Message.objects.all()] == [("email", "a@example.org")]

    def test_a_number_is_told_of_five_requests_an_hour(self, ask):
        for _ in range(7):
            ask(sender=Sender(phone=NUMBER), reply_by=Channel.SMS)
        assert Message.objects.count() == 5

    def test_a_message_joins_the_request_that_the_number_follows(self, client, settings, follower):
        for _ in range(2):
            answer = self.call(client, settings)
            assert (answer.status_code, answer.json()) == (200, {"kept": True})
        incoming.take_due()
        assert [entry.text for entry in follower.entries.order_by("pk")][1:] == ["Number 14"]
        row = Incoming.objects.get()
        assert (row.state, row.channel, row.sender, row.ticket) == ("taken", "sms", NUMBER, follower)

    def test_a_number_that_was_only_typed_into_a_form_follows_nothing(self, client, settings, ask, ministry):
        typed = ask(sender=Sender(email="a@example.org", phone=NUMBER))
        self.call(client, settings, text="路灯坏了一个星期")
        incoming.take_due()
        opened = Ticket.objects.exclude(pk=typed.pk).get()
        assert (opened.phone, opened.reply_by, opened.channel) == (NUMBER, "sms", "sms")
        assert (opened.language, opened.subject) == ("zh-hans", "路灯坏了一个星期")
        assert typed.entries.count() == 1

    def test_too_many_are_held_back_and_decided_by_staff(self, client, settings, ministry, monkeypatch):
        monkeypatch.setattr("tickets.services.text_in.MOST_NEW", 0)
        self.call(client, settings)
        incoming.take_due()
        row, agent = Incoming.objects.get(), staff(Role.AGENT, ministry)
        assert (row.state, row.why) == ("held", "many")
        client.force_login(agent)
        assert "Number 14" in client.get(url("message", row)).content.decode()
        assert held.open_request(row, by=agent).phone == NUMBER

    @pytest.mark.parametrize(
        "changes",
        [{"from": "x"}, {"text": ""}, {"id": 7}, {"text": "\ud800"}, {"text": "a\x00"}, {"text": "x" * 20_001}],
    )
    def test_what_is_no_message_is_refused(self, client, settings, changes):
        assert self.call(client, settings, **changes).status_code == 400
        assert Incoming.objects.count() == 0


def test_erasing_a_person_empties_their_mail(ask, django_capture_on_commit_callbacks):
    person = PersonFactory(email="layla@example.org")
    ticket = ask(sender=Sender(person=person))
    row = take(letter(From="layla@example.org", In_Reply_To=thread_id(ticket, RECEIPT)))
    name, storage = row.raw.name, row.raw.storage
    with django_capture_on_commit_callbacks(execute=True):
        erase_requests_of(person)
    row.refresh_from_db()
    assert (row.raw.name, row.sender, row.subject, row.message_id) == ("", "", "", "")
    assert not storage.exists(name)
    assert row.entry.text == ""
