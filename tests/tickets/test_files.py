"""Files of requests: held back until scanned, told of when infected, and a disk that runs full."""

import errno

import pytest
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.accounts.choices import OrganisationKind
from portal.files.models import StoredFile
from portal.files.services import Accepted, keep, scan_waiting
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from tests.factories import OrganisationFactory, PageFactory
from tests.files.clamd import EICAR, Clamd
from tests.tickets.test_asking_pages import URL, fields
from tickets.choices import EntryKind
from tickets.models import Draft, Entry, Ticket
from tickets.selectors.links import token_of
from tickets.services import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def scanner(settings):
    made = Clamd()
    settings.CLAMD = made.address
    yield made
    made.close()


def stored(content, name="تقرير.txt"):
    return keep(Accepted(name, content, "text/plain"))


def link(ticket, part=""):
    return f"/en/support/r/{token_of(ticket)}/{part}"


def at_desk(client, ticket):
    """Return the request's page as an agent who is signed in sees it."""
    return client.get(reverse("admin:tickets_ticket_desk", args=[ticket.code])).content.decode()


def with_file(ask, content, **changes):
    file = stored(content, **changes)
    return ask(files=[file]), file


def test_held_back_for_sender_and_agent_until_it_is_found_clean(scanner, client, ask, agent):
    ticket, file = with_file(ask, b"words")
    page = client.get(link(ticket)).content.decode()
    assert "Held back until it is checked for viruses." in page and file.code not in page
    assert client.get(link(ticket, f"files/{file.code}/")).status_code == 404
    client.force_login(agent)
    address = reverse("admin:tickets_ticket_file", args=[ticket.code, file.code])
    page = at_desk(client, ticket)
    assert "Held back until it is checked for viruses." in page and address not in page
    held = client.get(address)
    assert (held.status_code, "This file is being checked for viruses." in held.content.decode()) == (404, True)
    scan_waiting()
    assert b"".join(client.get(address)) == b"words"
    assert b"".join(client.get(link(ticket, f"files/{file.code}/"))) == b"words"


def test_of_an_infected_one_everybody_is_told_once(scanner, client, ask, agent, django_capture_on_commit_callbacks):
    ticket, file = with_file(ask, EICAR)
    Message.objects.all().delete()
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        scan_waiting()
    scan_waiting()
    deliver_due()
    told = {message.to[0]: message for message in mail.outbox}
    assert sorted(told) == sorted(["guest@example.org", agent.email])
    person, staff = told["guest@example.org"], told[agent.email]
    assert "A virus was found in \u2068تقرير.txt\u2069" in person.body and token_of(ticket) in person.body
    assert token_of(ticket) not in staff.body and ticket.reference in staff.body
    assert mail.outbox[0].attachments == [] == mail.outbox[1].attachments
    page = client.get(link(ticket)).content.decode()
    assert "A virus was found in this file. It was removed, and nobody gets it." in page and file.code not in page
    client.force_login(agent)
    page = at_desk(client, ticket)
    assert "A virus was found in this file." in page and "Win.Test.EICAR_HDB-1" in page


def test_of_a_note_the_sender_is_not_told(scanner, ask, agent):
    ticket = ask()
    Message.objects.all().delete()
    note = Entry.objects.create(ticket=ticket, kind=EntryKind.NOTE, author=agent, language="en", text="see")
    note.files.set([stored(EICAR)])
    scan_waiting()
    assert list(Message.objects.values_list("template", "address")) == [("tickets/staff_infected", agent.email)]


def test_who_has_the_request_is_told_alone(scanner, ask, agent, body):
    ticket, _ = with_file(ask, EICAR)
    desk.claim(ticket, by=agent)
    desk.assign(ticket, to=agent, team=None, by=agent)
    scan_waiting()
    assert Message.objects.filter(template="tickets/staff_infected").count() == 1


def test_a_draft_says_what_was_found(scanner, client, ministry):
    upload = SimpleUploadedFile("a.txt", EICAR)
    checked = client.post(URL, fields(files=upload))["Location"]
    assert "Held back" not in client.get(checked).content.decode()
    scan_waiting()
    assert "A virus was found in this file." in client.get(checked).content.decode()
    draft = Draft.objects.get()
    assert "A virus was found in this file." in client.get(f"{URL}?draft={draft.code}").content.decode()


def test_a_marked_pdf_is_marked_for_staff_alone(client, ask, agent):
    content = b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(x)>>endobj\ntrailer<<>>\n%%EOF\n"
    file = keep(Accepted("form.pdf", content, "application/pdf"))
    ticket = ask(files=[file])
    words = "Contains active content: open it with care"
    assert words not in client.get(link(ticket)).content.decode()
    client.force_login(agent)
    assert words in at_desk(client, ticket)


# A full disk


@pytest.fixture
def ministry(db):
    PageFactory(key="privacy")
    return OrganisationFactory(kind=OrganisationKind.MINISTRY, name_en="The Ministry", code="ministry")


@pytest.fixture
def full(monkeypatch, tmp_path):
    class Full(FileSystemStorage):
        def _save(self, name, content):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(StoredFile._meta.get_field("content"), "storage", Full(location=tmp_path))


WORDS = "The file could not be stored just now. Please try again later."


def test_a_full_disk_keeps_what_was_typed_in_the_form(client, ministry, full):
    response = client.post(URL, fields(files=SimpleUploadedFile("a.txt", b"words")))
    page = response.content.decode()
    assert (response.status_code, WORDS in page, "It has been dark for a week." in page) == (422, True, True)
    assert (Draft.objects.count(), StoredFile.objects.count(), Ticket.objects.count()) == (0, 0, 0)
    assert client.post(URL, fields()).status_code == 302


def test_a_full_disk_keeps_what_was_typed_in_a_request(client, ask, full):
    ticket = ask()
    data = {"text": "Here is the plan.", "files": SimpleUploadedFile("a.txt", b"words"), "once": "word"}
    response = client.post(link(ticket), data)
    page = response.content.decode()
    assert (response.status_code, WORDS in page, "Here is the plan." in page) == (503, True, True)
    assert (ticket.entries.count(), StoredFile.objects.count()) == (1, 0)
    del data["files"]
    assert client.post(link(ticket), data).status_code == 302
    assert ticket.entries.count() == 2
