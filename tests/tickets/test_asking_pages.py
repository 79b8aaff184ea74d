"""Asking on the portal: the form, the look at it, the sending, and what keeps machines and floods out."""

import json
import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Contact
from portal.files.models import StoredFile
from portal.pages.models import Service
from portal.text import world_number
from tests.factories import MembershipFactory, OrganisationFactory, PageFactory, PersonFactory
from tickets.choices import EntryKind, TicketKind, TicketState
from tickets.models import Draft, Entry, Ticket
from tickets.services.drafts import purge_drafts

pytestmark = pytest.mark.django_db

URL = "/en/support/new/"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def ministry(db):
    PageFactory(key="privacy")
    return OrganisationFactory(kind=OrganisationKind.MINISTRY, name_en="The Ministry", code="ministry")


@pytest.fixture
def limits(settings):
    settings.RATELIMIT_ENABLE = True


def shown(ago=10):
    return signing.dumps(int(timezone.now().timestamp()) - ago, salt="tickets.form")


def fields(**changes):
    return {
        "kind": "complaint",
        "subject": "A street light",
        "text": "It has been dark for a week.",
        "about": "unsure",
        "language": "en",
        "reply_by": "email",
        "email": "guest@example.org",
        "name": "Guest",
        "shown": shown(),
    } | changes


def text_file(name="notes.txt", content="A short note."):
    return SimpleUploadedFile(name, content.encode(), content_type="text/plain")


def written(client, **changes):
    """Fill in the form and return the page that follows."""
    response = client.post(URL, fields(**changes))
    assert response.status_code == 302, re.findall(r'class="error".*?</p>', response.content.decode(), re.S)
    return response["Location"]


def sent(client, **changes):
    """Ask, and return the request."""
    response = client.post(written(client, **changes))
    assert response.status_code == 302
    return Ticket.objects.latest("pk"), response["Location"]


class TestForm:
    def test_shows_kinds_emergency_numbers_and_no_session(self, client, ministry):
        response = client.get(URL)
        page = response.content.decode()
        assert page.count('type="radio" name="kind"') == 8
        assert re.findall(r'href="tel:(\d+)"', page) == ["911", "999", "999"] * 2
        assert "no-store" in response["Cache-Control"]
        assert "sessionid" not in response.cookies
        assert 'enctype="multipart/form-data"' in page

    def test_numbers_are_a_setting(self, client, ministry, settings):
        settings.EMERGENCY_NUMBERS = [("QA", "112")]
        assert set(re.findall(r'href="tel:(\d+)"', client.get(URL).content.decode())) == {"112"}

    def test_kind_is_chosen_by_the_address(self, client, ministry):
        page = client.get(URL + "?kind=praise").content.decode()
        assert re.findall(r'value="(\w+)" id="id_kind_\d" checked', page) == ["praise"]

    def test_an_unknown_kind_chooses_nothing(self, client, ministry):
        page = client.get(URL + "?kind=%3Cscript%3E").content.decode()
        assert "id_kind_0" in page and 'id_kind_0" checked' not in page and "<script>" not in page

    def test_services_stand_under_their_body(self, client, ministry):
        body = OrganisationFactory(name_en="Mobility", code="mobility")
        Service.objects.create(code="parking", organisation=body, name_en="Parking permit")
        page = client.get(URL + "?about=service:parking").content.decode()
        group = page.split('<optgroup label="Mobility">')[1].split("</optgroup>")[0]
        assert re.findall(r'value="([^"]+)"( selected)?>\s*([^<]+)<', group) == [
            ("body:mobility", "", "Mobility: in general"),
            ("service:parking", " selected", "Parking permit"),
        ]

    def test_bounded_queries(self, client, ministry, django_assert_num_queries):
        for count in (1, 3):
            for number in range(count):
                body = OrganisationFactory()
                Service.objects.create(code=f"s{count}{number}", organisation=body, name_en="S")
            with django_assert_num_queries(2):
                client.get(URL)

    def test_signed_in_people_are_not_asked_who_they_are(self, client, ministry):
        client.force_login(PersonFactory(email="mona@example.org", display_name="Mona"))
        page = client.get(URL).content.decode()
        assert "mona@example.org" in page and 'name="email"' not in page and 'name="name"' not in page
        assert 'name="speaks_for"' not in page

    def test_contacts_choose_whom_they_speak_for(self, client, ministry):
        person, company = (
            PersonFactory(),
            OrganisationFactory(kind=OrganisationKind.COMPANY, name_en="Acme", code="acme"),
        )
        MembershipFactory(person=person, organisation=company, role=Role.CONTACT)
        client.force_login(person)
        assert "For Acme" in client.get(URL).content.decode()
        ticket, _ = sent(client, speaks_for="acme")
        assert (ticket.person, ticket.speaks_for, ticket.contact) == (person, company, None)

    def test_nobody_speaks_for_others(self, client, ministry):
        OrganisationFactory(kind=OrganisationKind.COMPANY, code="acme")
        client.force_login(PersonFactory())
        ticket, _ = sent(client, speaks_for="acme")
        assert ticket.speaks_for is None


class TestErrors:
    def test_each_says_what_to_do_and_what_was_typed_stays(self, client, ministry):
        response = client.post(
            URL, fields(kind="", subject="", text=" \u200b ", email="nobody", phone="12", name="<b>Mona</b>")
        )
        page = response.content.decode()
        assert response.status_code == 422
        assert re.findall(r'<li><a href="#([^"]+)">', page) == [
            "id_kind_0",
            "id_subject",
            "id_text",
            "id_email",
            "id_phone",
        ]
        assert "&lt;b&gt;Mona&lt;/b&gt;" in page and "<b>Mona</b>" not in page
        assert (Ticket.objects.count(), Draft.objects.count()) == (0, 0)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"subject": "x" * 151}, "at most 150 characters"),
            ({"text": "x" * 10_001}, "at most 10000 characters"),
            ({"about": "body:none"}, "Choose from the list."),
            ({"kind": "spam"}, "Choose from the list."),
            ({"language": "xx"}, "Choose from the list."),
            ({"reply_by": "visit"}, "Choose from the list."),
            ({"reply_by": "phone"}, "Write the number at which we reach you"),
            ({"website": "http://spam.example"}, "a field that must stay empty"),
            ({"shown": 0}, "That was very fast."),
            ({"shown": 24 * 3600 + 5}, "This page had been open for long."),
            ({"shown": "forged"}, "This page had been open for long."),
        ],
    )
    def test_words(self, client, ministry, changes, words):
        if isinstance(changes.get("shown"), int):
            changes = {"shown": shown(changes["shown"])}
        response = client.post(URL, fields(**changes))
        page = response.content.decode().replace(",000", "000")
        assert response.status_code == 422
        assert words in page
        assert "It has been dark for a week." in page or "text" in changes
        assert Draft.objects.count() == 0

    @pytest.mark.parametrize(("ago", "status"), [(2, 422), (3, 302), (24 * 3600, 302), (24 * 3600 + 1, 422)])
    def test_edges_of_the_time_trap(self, client, ministry, monkeypatch, ago, status):
        now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: now)
        assert client.post(URL, fields(shown=shown(ago))).status_code == status

    def test_a_quick_correction_is_no_trap(self, client, ministry):
        page = client.post(URL, fields(subject="")).content.decode()
        stamp = re.search(r'name="shown" value="([^"]+)"', page)[1]
        assert client.post(URL, fields(shown=stamp)).status_code == 302

    def test_longest_texts_are_taken(self, client, ministry):
        ticket, _ = sent(client, subject="ط" * 150, text="ط" * 10_000)
        assert (len(ticket.subject), len(ticket.entries.get().text)) == (150, 10_000)


class TestFiles:
    def test_a_refused_file_is_named_and_the_others_are_kept(self, client, ministry):
        bad = SimpleUploadedFile("bill.pdf", b"<html><script>alert(1)</script></html>", content_type="application/pdf")
        response = client.post(URL, fields(files=[bad, text_file()]))
        page = response.content.decode()
        assert response.status_code == 422
        assert "\u2068bill.pdf\u2069: The content of the file is not of its type, or it is damaged." in page
        assert "Take out <bdi>notes.txt</bdi>" in page
        draft = Draft.objects.get()
        # Sent on without choosing it again, it arrives with the request.
        ticket, _ = sent(client, draft=draft.code)
        assert [stored.name for stored in ticket.entries.get().files.all()] == ["notes.txt"]
        assert Draft.objects.count() == 0

    def test_a_kept_file_can_be_taken_out(self, client, ministry, django_capture_on_commit_callbacks):
        client.post(URL, fields(files=[text_file()], subject=""))
        draft = Draft.objects.get()
        stored = draft.files.get()
        storage, name = stored.content.storage, stored.content.name
        with django_capture_on_commit_callbacks(execute=True):
            written(client, draft=draft.code, remove=[stored.code])
        assert (draft.files.count(), StoredFile.objects.count(), storage.exists(name)) == (0, 0, False)

    def test_six_files_are_too_many_and_five_are_not(self, client, ministry):
        response = client.post(URL, fields(files=[text_file(f"{n}.txt") for n in range(6)]))
        assert response.status_code == 422
        assert "At most 5 files can be sent together." in response.content.decode()
        assert StoredFile.objects.count() == 0
        assert client.post(URL, fields(files=[text_file(f"{n}.txt") for n in range(5)])).status_code == 302
        draft = Draft.objects.get()
        assert client.post(URL, fields(draft=draft.code, files=[text_file()])).status_code == 422
        assert draft.files.count() == 5

    def test_a_file_over_ten_megabytes(self, client, ministry):
        big = SimpleUploadedFile("big.txt", b"a" * 10_000_001)
        page = client.post(
            URL, fields(files=[big, SimpleUploadedFile("whole.txt", b"a" * 10_000_000)])
        ).content.decode()
        assert "\u2068big.txt\u2069: The file is too large." in page
        assert Draft.objects.get().files.get().name == "whole.txt"

    @pytest.mark.parametrize(
        ("name", "content", "kept"),
        [
            ("ملاحظة" * 50 + ".txt", b"text", "ملاحظة" * 32 + "ملاح.txt"),
            ("../../etc/passwd.txt", b"text", "passwd.txt"),
            ("bill\u202evsc.csv", b"a,b\n", "billvsc.csv"),
            ("photo.png", PNG, "photo.png"),
        ],
    )
    def test_hostile_names(self, client, ministry, name, content, kept):
        written(client, files=[SimpleUploadedFile(name, content)])
        assert Draft.objects.get().files.get().name == kept

    @pytest.mark.parametrize("name", ["page.html", "run.exe", "drawing.svg", "report.docx"])
    def test_texts_under_other_names_are_refused(self, client, ministry, name):
        response = client.post(URL, fields(files=[SimpleUploadedFile(name, b"<b>text</b>")]))
        assert response.status_code == 422
        assert StoredFile.objects.count() == 0

    def test_the_form_takes_fifty_megabytes_and_others_do_not(self, client, ministry):
        big = {"files": [SimpleUploadedFile(f"{n}.txt", b"a" * 9_999_999) for n in range(5)]}
        assert client.post(URL, fields(**big)).status_code == 302
        one = {"files": SimpleUploadedFile("1.txt", b"a" * 3_000_001)}
        assert client.post("/en/support/find/", one).status_code == 413

    def test_machines_leave_no_files(self, client, ministry):
        client.post(URL, fields(website="x", files=[text_file()]))
        assert (Draft.objects.count(), StoredFile.objects.count()) == (0, 0)


class TestCheckAndSend:
    def test_shows_what_was_written_and_sends_nothing(self, client, ministry):
        place = written(client, text="<script>alert(1)</script>\u202e", phone="٠٥١٢٣٤٥٦٧٨", files=[text_file()])
        page = client.get(place).content.decode()
        assert (
            "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert(1)" not in page and "\u202e" not in page
        )
        assert "+966 51 234 5678" in page and "notes.txt" in page and "The Ministry" in page
        assert Ticket.objects.count() == 0

    def test_a_guest(self, client, ministry, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            ticket, place = sent(client, phone="0512345678", reply_by="phone")
        contact = Contact.objects.get()
        assert (ticket.kind, ticket.state, ticket.channel, ticket.reply_by) == ("complaint", "new", "web", "phone")
        assert (ticket.contact, ticket.person, ticket.phone) == (contact, None, "+966512345678")
        assert (ticket.sender_name, ticket.language, ticket.organisation) == ("Guest", "en", ministry)
        assert place.endswith("/?said=received") and "/en/support/r/" in place
        page = client.get(place).content.decode()
        assert f'<p class="reference"><bdi dir="ltr">{ticket.reference}</bdi></p>' in page
        assert place.removesuffix("?said=received") in page
        assert [message.to for message in mail.outbox] == [["guest@example.org"]]
        assert place.removesuffix("?said=received") in mail.outbox[0].body

    def test_a_person_finds_it_in_the_account(self, client, ministry):
        person = PersonFactory()
        client.force_login(person)
        ticket, place = sent(client)
        assert place == f"/en/support/mine/{ticket.code}/?said=received"
        assert (ticket.person, ticket.contact) == (person, None)

    def test_a_service_decides_the_body(self, client, ministry):
        body = OrganisationFactory()
        service = Service.objects.create(code="parking", organisation=body, name_en="Parking")
        ticket, _ = sent(client, about="service:parking")
        assert (ticket.service, ticket.organisation) == (service, body)

    def test_two_presses_give_one_request(self, client, ministry):
        place = written(client)
        first, second = client.post(place), client.post(place)
        assert Ticket.objects.count() == 1
        assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])

    def test_changing_keeps_everything(self, client, ministry):
        place = written(client, name="منى", phone="+97455123456", files=[text_file()])
        code = place.split("/")[-2]
        page = client.get(f"{URL}?draft={code}").content.decode()
        for typed in ("A street light", "It has been dark for a week.", "منى", "+97455123456", "notes.txt"):
            assert typed in page
        # A quick change is no machine's.
        ticket, _ = sent(client, draft=code, subject="Two street lights", shown=shown(0))
        assert (ticket.subject, Ticket.objects.count(), Draft.objects.count()) == ("Two street lights", 1, 0)

    def test_fields_nobody_offered_are_ignored(self, client, ministry):
        person = PersonFactory(is_staff=True)
        ticket, _ = sent(
            client, state="solved", assignee=person.pk, is_internal="1", person=person.pk, code="abc", channel="phone"
        )
        assert (ticket.state, ticket.assignee, ticket.person, ticket.channel) == (TicketState.NEW, None, None, "web")
        assert [entry.kind for entry in ticket.entries.all()] == [EntryKind.MESSAGE]

    def test_drafts_of_others_are_not_found(self, client, ministry):
        place = written(client)
        code = place.split("/")[-2]
        stranger = Client()
        assert (stranger.get(place).status_code, stranger.post(place).status_code) == (404, 404)
        assert stranger.get(place + "mail/").status_code == 404
        page = stranger.get(f"{URL}?draft={code}").content.decode()
        assert "A street light" not in page
        stranger.post(URL, fields(draft=code, subject="Mine"))
        assert Draft.objects.get(code=code).data["subject"] == "A street light"
        assert Ticket.objects.count() == 0

    def test_a_session_that_ended_sends_nothing_and_loses_nothing(self, client, ministry):
        client.force_login(PersonFactory())
        place = written(client)
        session = client.session
        for key in [key for key in dict(session.items()) if key.startswith("_auth")]:
            del session[key]
        session.save()
        response = client.post(place)
        assert response["Location"] == f"{URL}?draft={place.split('/')[-2]}"
        assert "It has been dark for a week." in client.get(response["Location"]).content.decode()
        assert Ticket.objects.count() == 0

    def test_without_a_token_nothing_is_taken(self, ministry):
        strict = Client(enforce_csrf_checks=True)
        response = strict.post(URL, fields())
        assert response.status_code == 403
        assert "It has been dark for a week." in response.content.decode()

    @pytest.mark.parametrize("kind", TicketKind.values)
    def test_every_kind(self, client, ministry, kind):
        ticket, _ = sent(client, kind=kind)
        assert (ticket.kind, ticket.first_reply.level) == (kind, kind)


class TestLimits:
    def test_the_first_three_are_free_the_next_are_confirmed_the_eleventh_waits(self, client, ministry, limits):
        answers = []
        for number in range(11):
            place = written(client, email=f"guest{number}@example.org")
            response = client.post(place)
            answers.append((response.status_code, response.get("Location", "").split("/")[3:5]))
        assert [status for status, _ in answers] == [302] * 10 + [429]
        assert [where for _, where in answers[:3]] == [["r", answers[n][1][1]] for n in range(3)]
        assert [where[0] for _, where in answers[3:10]] == ["new"] * 7
        assert (Ticket.objects.count(), Draft.objects.count()) == (3, 8)

    def test_one_address_is_confirmed_after_two_and_refused_after_five(self, ministry, limits):
        statuses = []
        for number in range(6):
            client = Client(REMOTE_ADDR=f"192.0.2.{number + 1}")
            response = client.post(written(client, email="Guest+x@example.org" if number % 2 else "guest@example.org"))
            statuses.append((response.status_code, "/mail/" in response.get("Location", "")))
        assert statuses == [(302, False)] * 2 + [(302, True)] * 3 + [(429, False)]

    def test_a_refused_text_is_kept(self, client, ministry, limits, monkeypatch):
        monkeypatch.setattr("tickets.views.limits.GUESTS", "0/h")
        place = written(client)
        response = client.post(place)
        assert (response.status_code, response["Retry-After"]) == (429, "3600")
        assert "It has been dark for a week." in response.content.decode()
        assert Draft.objects.count() == 1

    def test_people_have_a_limit_of_their_own(self, client, ministry, limits, monkeypatch):
        monkeypatch.setattr("tickets.views.limits.PEOPLE", "2/h")
        client.force_login(PersonFactory())
        assert [client.post(written(client)).status_code for _ in range(3)] == [302, 302, 429]

    def test_too_many_forms(self, client, ministry, limits, monkeypatch):
        monkeypatch.setattr("tickets.views.limits.FORMS", "1/h")
        assert client.post(URL, fields(subject="")).status_code == 422
        response = client.post(URL, fields())
        assert response.status_code == 429
        assert "It has been dark for a week." in response.content.decode()

    def confirmation(self, client, capture, monkeypatch):
        monkeypatch.setattr("tickets.views.limits.FREE", 0)
        with capture(execute=True):
            place = client.post(written(client))["Location"]
        assert "guest@example.org" in client.get(place).content.decode()
        (message,) = mail.outbox
        assert (message.to, message.subject) == (["guest@example.org"], "Please confirm your request")
        # The portal carries nobody's words to an address that nobody has confirmed.
        assert "street light" not in message.body and "dark for a week" not in message.body
        return re.search(r"http\S+(/en/support/confirm/\S+)", message.body)[1]

    def test_confirmation(self, client, ministry, limits, monkeypatch, django_capture_on_commit_callbacks):
        link = self.confirmation(client, django_capture_on_commit_callbacks, monkeypatch)
        other = Client()
        page = other.get(link)
        assert "It has been dark for a week." in page.content.decode()
        assert (page.status_code, Ticket.objects.count()) == (200, 0)
        first, second = other.post(link), other.post(link)
        assert first["Location"] == second["Location"] and "/en/support/r/" in first["Location"]
        assert Ticket.objects.get().contact.email == "guest@example.org"
        assert other.get(link).status_code == 404

    def test_confirmation_of_another_or_too_late(
        self, client, ministry, limits, monkeypatch, django_capture_on_commit_callbacks
    ):
        link = self.confirmation(client, django_capture_on_commit_callbacks, monkeypatch)
        code = Draft.objects.get().code
        for forged in (f"/en/support/confirm/{code}/", link[:-3] + "xx/", "/en/support/confirm/a:b:c/"):
            assert client.get(forged).status_code == 404
        monkeypatch.setattr("tickets.services.drafts.KEPT_FOR", timedelta(seconds=-1))
        assert (client.get(link).status_code, client.post(link).status_code) == (404, 404)
        assert Ticket.objects.count() == 0


def test_old_drafts_are_forgotten_with_their_files(client, ministry, django_capture_on_commit_callbacks):
    written(client, files=[text_file()])
    written(client, subject="A new one", files=[text_file("new.txt")])
    old = Draft.objects.order_by("pk")[0]
    content = old.files.get().content
    Draft.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=3, seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_drafts() == 1
    assert [stored.name for stored in StoredFile.objects.all()] == ["new.txt"]
    assert not content.storage.exists(content.name)
    assert purge_drafts() == 0


def test_files_of_sent_requests_outlive_drafts(client, ministry):
    sent(client, files=[text_file()])
    assert purge_drafts() == 0
    assert Entry.objects.get().files.get().name == "notes.txt"


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("0512345678", "966", "+966512345678"),
        ("512345678", "966", "+966512345678"),
        ("٠٥١ ٢٣٤ ٥٦٧٨", "966", "+966512345678"),
        ("00966512345678", "966", "+966512345678"),
        ("+971 50 123 4567", "966", "+971501234567"),
        ("050 123 4567", "971", "+971501234567"),
        ("5512 3456", "974", "+97455123456"),
        ("9123-4567", "968", "+96891234567"),
        ("5512 3456", "966", None),
        ("+12", "966", None),
        ("+1234567890123456", "966", None),
        ("call me", "966", None),
        ("", "966", None),
    ],
)
def test_numbers_as_people_write_them(typed, country, number):
    assert world_number(typed, country=country) == number


@pytest.mark.parametrize(("language", "word"), [("ar", "911"), ("en", "How can we help?"), ("zh-hans", "911")])
def test_the_start_page_is_the_same_for_all_visitors(client, ministry, language, word):
    response = client.get(f"/{language}/support/")
    assert response.status_code == 200
    assert word in response.content.decode()
    assert not response.cookies and b"csrfmiddlewaretoken" not in response.content


def test_what_is_kept_of_a_draft_is_plain(client, ministry):
    written(client)
    assert json.loads(json.dumps(Draft.objects.get().data)) == {
        "kind": "complaint",
        "subject": "A street light",
        "text": "It has been dark for a week.",
        "about": "unsure",
        "language": "en",
        "name": "Guest",
        "email": "guest@example.org",
        "phone": "",
        "reply_by": "email",
    }
