"""What becomes of a mail, by its headers alone."""

from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.db import DatabaseError

from portal.messaging.emails import compose
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from tests.factories import PersonFactory
from tests.tickets.mail import letter, take
from tickets.choices import Channel, EntryKind, TicketState
from tickets.models import Entry, Incoming, Ticket
from tickets.selectors.threads import RECEIPT, named_in, thread_id
from tickets.services import desk, incoming
from tickets.services.asking import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(ask):
    return ask()


def answer(ticket, text="It is number 14.", part=RECEIPT, **headers):
    """Return a guest's answer to a mail about a request."""
    named = {"In_Reply_To": thread_id(ticket, part), "Message_ID": "<answer@mail.example>"}
    return letter(text, **(named | headers))


def texts(ticket, kind=EntryKind.MESSAGE):
    return list(ticket.entries.filter(kind=kind).order_by("pk").values_list("text", flat=True))


class TestNew:
    @pytest.mark.parametrize(
        ("text", "subject", "language"),
        [
            ("انقطعت الإنارة في شارعنا منذ أسبوع", "إنارة الشارع", "ar"),
            ("我们街上的路灯已经坏了一个星期", "路灯坏了", "zh-hans"),
            ("It has been dark for a week.", "A street light", "en"),
        ],
    )
    def test_opens_a_request_in_its_language_and_says_so_in_it(self, ministry, text, subject, language):
        row = take(letter(text, Subject=subject))
        ticket = Ticket.objects.get()
        assert (ticket.kind, ticket.channel, ticket.reply_by) == ("enquiry", "email", "email")
        assert (ticket.language, ticket.subject, ticket.organisation) == (language, subject, ministry)
        assert (ticket.contact.email, ticket.person, ticket.sender_name) == ("guest@example.org", None, "Guest")
        assert texts(ticket) == [text]
        assert (row.state, row.why, row.ticket, row.entry) == ("taken", "", ticket, ticket.entries.get())
        assert row.acknowledged_at is not None
        receipt = Message.objects.get()
        assert (receipt.language, receipt.template, receipt.address) == (
            language,
            "tickets/receipt",
            "guest@example.org",
        )

    def test_the_receipt_is_in_the_mails_thread_and_no_machine_answers_it(self, ministry):
        take(letter())
        ticket, headers = Ticket.objects.get(), compose(Message.objects.get()).extra_headers
        assert headers["Message-ID"] == thread_id(ticket, RECEIPT)
        assert headers["In-Reply-To"] == headers["References"] == "<one@mail.example>"
        assert (headers["Auto-Submitted"], headers["X-Auto-Response-Suppress"]) == ("auto-replied", "All")

    def test_a_persons_address_proves_nothing(self, ministry):
        PersonFactory(email="guest@example.org")
        take(letter())
        assert Ticket.objects.get().person is None

    def test_goes_to_the_body_whose_address_it_came_to(self, ministry, body, settings):
        settings.MAIL_BODIES = {"roads@sawt.example": body.code}
        take(letter(To="Roads <Roads@sawt.example>"))
        assert Ticket.objects.get().organisation == body
        assert compose(Message.objects.get()).reply_to == ["roads@sawt.example"]

    def test_files_are_kept_by_the_rules_of_requests_and_what_is_refused_is_named(self, ministry):
        mail = letter()
        for name, content in [("ت" * 300 + ".txt", b"words"), ("page.pdf", b"<html><script>"), ("run.exe", b"MZ\x00")]:
            mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        mail.add_attachment(letter("Inner", Subject="Inner"))
        take(mail)
        entry, note = Entry.objects.order_by("pk")
        assert [stored.name for stored in entry.files.all()] == ["ت" * 196 + ".txt"]
        assert (note.kind, note.author) == (EntryKind.NOTE, None)
        assert note.text.split("\n") == [
            "Not everything in this mail could be taken:",
            "- page.pdf: The content of the file is not of its type, or it is damaged.",
            "- run.exe: Files of this type are not taken.",
            "- Inner.eml: Files of this type are not taken.",
        ]

    def test_five_files_at_most(self, ministry):
        mail = letter()
        for number in range(7):
            mail.add_attachment(b"words", maintype="text", subtype="plain", filename=f"{number}.txt")
        take(mail)
        entry, note = Entry.objects.order_by("pk")
        assert entry.files.count() == 5
        assert note.text.count("There are more files than a message can have.") == 2

    def test_20_megabytes_open_a_request_and_the_raw_mail_stays(self, ministry):
        mail = letter()
        mail.add_attachment(b"\x00" * 14_500_000, maintype="application", subtype="zip", filename="big.zip")
        row = take(mail)
        assert row.state == "taken"
        assert row.raw.size == row.size > 19_000_000
        assert "big.zip: The file is too large." in texts(row.ticket, EntryKind.NOTE)[0]

    def test_a_text_too_long_is_cut_and_said_to_be(self, ministry):
        take(letter("word " * 3000))
        ticket = Ticket.objects.get()
        assert len(texts(ticket)[0]) == 9_999
        assert "The text was too long: the rest is in the mail." in texts(ticket, EntryKind.NOTE)[0]

    @pytest.mark.parametrize(
        ("headers", "text", "subject"),
        [
            ({"Subject": None}, "Dark again", "Dark again"),
            ({"Subject": "Re: RE: رد: 回复：Light"}, "x", "Light"),
            ({"Subject": "L" * 400}, "x", "L" * 149 + "…"),
            ({"Subject": None}, "\u200b", "(no subject)"),
        ],
    )
    def test_subjects(self, ministry, headers, text, subject):
        take(letter(text, **headers))
        assert Ticket.objects.get().subject == subject

    def test_without_a_message_id(self, ministry):
        row = take(letter(Message_ID=None))
        assert (row.state, row.message_id) == ("taken", "")
        assert "In-Reply-To" not in compose(Message.objects.get()).extra_headers

    def test_a_hostile_message_id_never_gets_into_a_header_of_ours(self, ministry):
        raw = letter().as_bytes().replace(b"<one@mail.example>", b"<a@b>\x0bBcc: x@y <c d@e>")
        take(raw)
        assert compose(Message.objects.get()).extra_headers["In-Reply-To"] == "<a@b>"

    def test_secret_links_in_a_quoted_mail_are_not_kept(self, ministry):
        take(letter("Look: http://localhost:8000/en/support/r/abcdefghjkmnpqrstvwxyz23456789abcdefghjkmn/ dark"))
        assert texts(Ticket.objects.get()) == ["Look: http://localhost:8000/en/support/r/…/ dark"]


class TestJoining:
    def test_an_answer_from_the_address_on_the_request_joins_it(self, ticket):
        row = take(answer(ticket, "It is number 14.\n\nOn 5 April 2026 Sawt wrote:\n> We asked."))
        assert texts(ticket)[1:] == ["It is number 14."]
        assert ticket.entries.last().channel == Channel.EMAIL
        assert (row.state, row.ticket, Ticket.objects.count()) == ("taken", ticket, 1)
        assert b"> We asked." in row.raw.read()

    def test_references_do_as_well(self, ticket):
        take(answer(ticket, In_Reply_To="<other@mail.example>", References=f"<a@b> {thread_id(ticket, 'x')} <c@d>"))
        assert len(texts(ticket)) == 2

    def test_a_waiting_request_goes_on(self, ticket, agent):
        desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
        entry = ticket.entries.last()
        take(answer(ticket, part=entry.code))
        ticket.refresh_from_db()
        assert ticket.state == TicketState.OPEN

    def test_the_next_mail_of_ours_answers_theirs(self, ticket, agent):
        take(answer(ticket))
        desk.reply(ticket, "Thank you.", by=agent)
        headers = compose(Message.objects.order_by("pk").last()).extra_headers
        assert headers["In-Reply-To"] == "<answer@mail.example>"
        assert headers["References"] == f"{thread_id(ticket, RECEIPT)} <answer@mail.example>"
        assert headers["Message-ID"] == thread_id(ticket, ticket.entries.last().code)
        assert headers["Auto-Submitted"] == "no"
        assert "X-Auto-Response-Suppress" not in headers

    @pytest.mark.parametrize("address", ["other@example.org", "gu\u0435st@example.org", "guest+x@example.org", ""])
    def test_a_forged_or_foreign_sender_is_held_back(self, ticket, address):
        row = take(answer(ticket, From=f"Guest <{address}>" if address else None))
        assert (row.state, row.why, row.ticket, row.organisation) == ("held", "stranger", ticket, ticket.organisation)
        assert len(texts(ticket)) == 1
        assert Ticket.objects.count() == 1

    @pytest.mark.parametrize("wrong", ["signature", "request", "part"])
    def test_a_forged_signature_is_a_new_request(self, ministry, ticket, ask, wrong):
        named = thread_id(ticket, RECEIPT)
        other = ask(subject="Another")
        forged = {
            "signature": named[:-20] + ("a" if named[-20] != "a" else "b") + named[-19:],
            "request": named.replace(ticket.code, other.code),
            "part": named.replace(RECEIPT, "other"),
        }[wrong]
        if wrong == "signature":
            head, _, domain = named.rpartition("@")
            forged = f"{head[:-1]}{'a' if head[-1] != 'a' else 'b'}@{domain}"
        assert named_in(forged) == ([], True)
        row = take(answer(ticket, In_Reply_To=forged))
        assert row.state == "taken"
        assert row.ticket not in (ticket, other)

    def test_an_earlier_key_still_signs(self, ticket, settings):
        named = thread_id(ticket, RECEIPT)
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key " * 6
        assert named_in(named) == ([ticket.code], False)

    def test_somebody_with_an_account_answers_from_the_address_they_confirmed(self, ask):
        person = PersonFactory(email="Layla@example.org")
        ticket = ask(sender=Sender(person=person))
        take(answer(ticket, From="layla@example.org"))
        assert ticket.entries.last().author == person

    def test_an_address_that_was_never_confirmed_is_none(self, ask):
        ticket = ask(sender=Sender(person=PersonFactory(email="layla@example.org", verification="none")))
        assert take(answer(ticket, From="layla@example.org")).why == "stranger"

    def test_to_a_joined_request_arrives_at_the_other(self, ticket, ask, agent):
        other = ask(subject="The same")
        desk.merge(ticket, other, by=agent)
        row = take(answer(ticket))
        assert texts(other)[1:] == ["It is number 14."]
        assert row.ticket == other

    def test_to_a_solved_one_reopens_it_for_thirty_days(self, clock, ticket, agent):
        desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
        clock.add(days=30)
        take(answer(ticket))
        ticket.refresh_from_db()
        assert (ticket.state, Ticket.objects.count()) == (TicketState.REOPENED, 1)

    def test_after_that_a_new_one_is_opened_that_names_the_old(self, clock, ministry, ticket, agent):
        desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
        clock.add(days=30, seconds=1)
        row = take(answer(ticket))
        assert row.ticket != ticket
        assert row.ticket.organisation == ticket.organisation
        assert texts(row.ticket, EntryKind.NOTE) == [
            f"This goes on from request {ticket.reference}, which has ended: a mail of it was answered."
        ]

    def test_to_what_was_no_request_is_held_back(self, ticket, agent):
        desk.set_state(ticket, TicketState.SPAM, by=agent)
        assert take(answer(ticket)).why == "spam"


AUTOMATIC = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "Auto-Generated; x=y"},
    {"Precedence": "bulk"},
    {"Precedence": "Junk"},
    {"Precedence": "list"},
    {"List_Id": "<news.example>"},
    {"X_Auto_Response_Suppress": "All"},
    {"Return_Path": "<>"},
    {"From": "MAILER-DAEMON@mail.example"},
    {"From": "no-reply@shop.example"},
    {"From": "noreply+7@shop.example"},
]


class TestMachines:
    @pytest.mark.parametrize("headers", AUTOMATIC, ids=str)
    def test_are_never_answered(self, ministry, headers):
        row = take(letter(**headers))
        assert (row.state, row.why) == ("ignored", "automatic")
        assert (Ticket.objects.count(), Message.objects.count()) == (0, 0)

    def test_people_who_say_that_they_are_none_are_answered(self, ministry):
        take(letter(Auto_Submitted="no", X_Auto_Response_Suppress="None", Return_Path="<guest@example.org>"))
        assert Message.objects.count() == 1

    def test_an_automatic_answer_becomes_a_note_and_nothing_moves(self, ticket, agent):
        desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
        told = Message.objects.count()
        row = take(answer(ticket, "I am away until May.", Auto_Submitted="auto-replied"))
        ticket.refresh_from_db()
        assert ticket.state == TicketState.WAITING
        assert texts(ticket, EntryKind.NOTE) == [
            "An automatic answer came from the person's mailbox:\n\nI am away until May."
        ]
        assert (row.state, row.why, Message.objects.count()) == ("taken", "automatic", told)

    def test_our_own_mail_that_comes_back_is_left_alone(self, ministry, ticket):
        deliver_due()
        raw = sent_mail.outbox[0].message().as_bytes()
        assert take(raw).why == "own"
        assert take(letter(From="Sawt <support@sawt.example>")).why == "own"
        assert Ticket.objects.count() == 1

    def test_two_portals_that_write_to_each_other_stop_at_once(self, ministry):
        take(letter(From="Other portal <support@other.example>"))
        deliver_due()
        (receipt,) = sent_mail.outbox
        raw = receipt.message().as_bytes().replace(b"@localhost>", b"@other.example>")
        raw = raw.replace(b"no-reply@sawt.example", b"support@other.example")
        assert take(raw).why == "automatic"
        assert Message.objects.count() == 1


class TestLimits:
    def test_five_requests_of_one_sender_within_an_hour(self, clock, ministry):
        rows = [take(letter(Message_ID=f"<{number}@m.example>")) for number in range(6)]
        assert [row.state for row in rows] == ["taken"] * 5 + ["held"]
        assert rows[5].why == "many"
        clock.add(hours=1, seconds=1)
        assert take(letter(Message_ID="<7@m.example>")).state == "taken"

    def test_twenty_answers(self, ticket):
        rows = [take(answer(ticket, str(number), Message_ID=f"<{number}@m.example>")) for number in range(21)]
        assert [row.state for row in rows] == ["taken"] * 20 + ["held"]

    def test_a_crowd_of_new_senders(self, ministry, monkeypatch):
        monkeypatch.setattr("tickets.services.mail_in.MOST_UNKNOWN", 2)
        rows = [take(letter(From=f"a{number}@example.org", Message_ID=f"<{number}@m.example>")) for number in range(3)]
        assert [(row.state, row.why) for row in rows] == [("taken", ""), ("taken", ""), ("held", "crowd")]
        assert take(letter("Known", From="a0@example.org", Message_ID="<x@m.example>")).state == "taken"

    def test_who_sent_nothing_but_spam_is_held_back(self, ministry):
        ticket = take(letter()).ticket
        Ticket.objects.filter(pk=ticket.pk).update(state=TicketState.SPAM)
        assert take(letter(Message_ID="<2@m.example>", From="Guest+2@example.org")).why == "spam"

    def test_what_the_mail_server_took_for_spam_is_held_back(self, ministry):
        assert take(letter(X_Spam_Flag="YES")).why == "spam"

    def test_no_sender(self, ministry):
        row = take(letter(From=None))
        assert (row.state, row.why, row.organisation) == ("held", "no_sender", ministry)


class TestOnce:
    def test_the_very_same_bytes_are_kept_once(self, ministry):
        raw = letter().as_bytes()
        assert incoming.keep(raw, channel=Channel.EMAIL)
        assert not incoming.keep(raw, channel=Channel.EMAIL)
        assert Incoming.objects.count() == 1

    def test_a_copy_by_another_way_is_kept_and_taken_once(self, ministry):
        take(letter())
        copy = take(b"Received: from elsewhere\r\n" + letter().as_bytes())
        assert (copy.state, copy.why) == ("ignored", "repeated")
        assert Ticket.objects.count() == 1

    def test_another_mail_that_takes_the_same_id_is_not_lost(self, ministry):
        take(letter())
        assert take(letter("Other words")).state == "taken"

    def test_two_ticks_take_it_once(self, ministry):
        incoming.keep(letter().as_bytes(), channel=Channel.EMAIL)
        assert [incoming.take_due(), incoming.take_due()] == [1, 0]
        assert Ticket.objects.count() == 1

    def test_a_fault_keeps_nothing_of_it_and_it_is_tried_again(self, clock, ministry, monkeypatch):
        monkeypatch.setattr("tickets.services.mail_in.note_on", lambda *_: 1 / 0)
        mail = letter()
        mail.add_attachment(b"MZ\x00", maintype="application", subtype="x", filename="run.exe")
        row = take(mail)
        assert (row.state, row.tries, Ticket.objects.count(), Message.objects.count()) == ("new", 1, 0, 0)
        assert incoming.take_due() == 0
        monkeypatch.undo()
        row.due_at -= timedelta(minutes=2)
        row.save()
        incoming.take_due()
        assert Ticket.objects.count() == 1

    def test_what_cannot_be_taken_five_times_is_left_to_people(self, ministry, monkeypatch):
        monkeypatch.setattr("tickets.services.mail_in.open_from", lambda *_: 1 / 0)
        row = take(letter())
        for _ in range(4):
            Incoming.objects.update(due_at=row.received_at)
            incoming.take_due()
        row.refresh_from_db()
        assert (row.state, row.why, row.organisation) == ("failed", "broken", ministry)

    def test_a_database_that_is_away_uses_up_no_try(self, ministry, monkeypatch):
        def away(*_):
            raise DatabaseError

        monkeypatch.setattr("tickets.services.mail_in.open_from", away)
        incoming.keep(letter().as_bytes(), channel=Channel.EMAIL)
        with pytest.raises(DatabaseError):
            incoming.take_due()
        assert Incoming.objects.get().tries == 0

    def test_what_no_parser_reads_is_held_back(self, ministry, monkeypatch):
        monkeypatch.setattr("tickets.selectors.letters.parts._contents", lambda _: 1 / 0)
        row = take(letter())
        assert (row.state, row.why, row.sender, row.subject) == (
            "held",
            "broken",
            "guest@example.org",
            "A street light",
        )

    def test_what_is_not_whole_is_held_back(self, ministry):
        incoming.keep(letter().as_bytes()[:200], channel=Channel.EMAIL, size=30_000_000, is_whole=False)
        incoming.take_due()
        assert (Incoming.objects.get().state, Incoming.objects.get().why) == ("held", "large")

    def test_automatic_mail_goes_after_90_days_and_what_is_in_a_request_stays(self, clock, ministry):
        kept, gone = take(letter()), take(letter(Precedence="bulk"))
        clock.add(days=90)
        assert incoming.purge_incoming() == 0
        clock.add(seconds=1)
        assert incoming.purge_incoming() == 1
        assert list(Incoming.objects.all()) == [kept]
        assert gone.raw.storage.exists(kept.raw.name)
