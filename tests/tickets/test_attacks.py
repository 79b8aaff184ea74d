"""Requests under attack by outsiders: links that leak or outlive themselves, floods, and input no form would send."""

import logging

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry as Trail
from portal.files.choices import FileKind
from portal.files.services import Accepted, accept, keep
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from portal.operations.logs import JsonFormatter, scrubbed
from tests.factories import MembershipFactory, OrganisationFactory, PageFactory, PersonFactory
from tests.tickets.test_asking_pages import URL, fields, sent, written
from tickets.choices import TicketKind, TicketState
from tickets.models import Draft, Rating, Ticket
from tickets.selectors.links import TOKEN_LENGTH, token_of
from tickets.services import desk
from tickets.services.asking import Sender
from tickets.services.erasure import _signer
from tickets.views import limits as limits_module

pytestmark = pytest.mark.django_db

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture
def ministry(db):
    PageFactory(key="privacy")
    return OrganisationFactory(kind=OrganisationKind.MINISTRY, name_en="The Ministry", code="ministry")


@pytest.fixture
def limits(settings):
    settings.RATELIMIT_ENABLE = True


@pytest.fixture
def visitor():
    """A client that gets the page of a fault of ours instead of the error."""
    return Client(raise_request_exception=False)


def link(ticket, part=""):
    return f"/en/support/r/{token_of(ticket)}/{part}"


# The secret stays a secret


SECRETS = ["support/r/{token}/", "support/r/{token}/?x=%00", "support/r/{token}", "support/erase/{signed}/"]


@pytest.mark.parametrize("method", ["get", "post", "put"])
@pytest.mark.parametrize("address", SECRETS)
def test_every_answer_at_a_secret_address_keeps_it(visitor, ask, address, method):
    ticket = ask()
    token, signed = token_of(ticket), _signer.sign(ticket.contact.code)
    response = getattr(visitor, method)("/en/" + address.format(token=token, signed=signed))
    assert response["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    page = response.content.decode()
    assert f"next=%2Fen%2Fsupport%2Fr%2F{token}" not in page and f"next=/en/support/r/{token}" not in page


def test_wrong_links_are_kept_by_no_cache(client, settings):
    settings.PAGE_CACHE_SECONDS = 60
    for _ in range(2):
        assert "no-store" in client.get(f"/en/support/r/{'a' * TOKEN_LENGTH}/")["Cache-Control"]


def test_without_a_language_the_link_leads_on_and_tells_nobody(client, ask):
    response = client.get(f"/support/r/{token_of(ask())}/")
    assert (response.status_code, response["Referrer-Policy"]) == (302, "no-referrer")


def test_answers_of_the_portal_in_secret_pages_come_from_no_cache(client, ask, settings):
    settings.PAGE_CACHE_SECONDS = 60
    ticket = ask()
    assert client.get(link(ticket)).status_code == 200
    Ticket.objects.filter(pk=ticket.pk).update(subject="Changed behind every cache")
    assert "Changed behind every cache" in client.get(link(ticket)).content.decode()


@pytest.mark.parametrize("part", ["r", "confirm", "erase"])
@pytest.mark.parametrize("token", ["a" * 43, "abcdefgh:1vZabc:sig_na-ture", "short"])
def test_logs_hold_no_secret(part, token):
    assert token not in scrubbed(f"The database refused a value at /en/support/{part}/{token}/close/: oops")


def test_a_fault_in_a_secret_page_leaves_no_token_in_the_log(visitor, ask, monkeypatch, caplog):
    ticket = ask()
    monkeypatch.setattr("tickets.views.tracking._show", lambda *args, **kwargs: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        assert visitor.get(link(ticket)).status_code == 500
    assert caplog.records
    assert token_of(ticket) not in "".join(JsonFormatter().format(record) for record in caplog.records)


def test_a_replaced_link_is_replaced_for_old_confirmations_and_sessions_too(ministry, monkeypatch, limits):
    monkeypatch.setattr(limits_module, "FREE", 0)
    client = Client()
    place = written(client)
    client.post(place)
    deliver_due()
    confirmation = mail.outbox[-1].body.split("http://localhost:8000")[1].split()[0]
    Client().post(confirmation)
    ticket = Ticket.objects.get()
    assert Client().post(link(ticket, "link/")).status_code == 302
    new = token_of(Ticket.objects.get())
    for response in (Client().post(confirmation), client.post(place)):
        assert new not in response.get("Location", "") + response.content.decode()
        assert response.status_code == 404


# Others of the same organisation


def test_a_colleague_neither_rates_nor_takes_the_link_away(client, ask, agent):
    company = OrganisationFactory(kind=OrganisationKind.COMPANY)
    mona, colleague = PersonFactory(), PersonFactory()
    for person in (mona, colleague):
        MembershipFactory(person=person, organisation=company, role=Role.CONTACT)
    ticket = ask(sender=Sender(person=mona, speaks_for=company))
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    client.force_login(colleague)
    place = f"/en/support/mine/{ticket.code}/"
    assert client.get(place).status_code == 200
    assert client.post(place + "rate/", {"score": "1", "words": "bad"}).status_code == 404
    assert [client.get(place + "link/").status_code, client.post(place + "link/").status_code] == [404, 404]
    assert Rating.objects.count() == 0
    client.force_login(mona)
    assert client.post(place + "rate/", {"score": "5"}).status_code == 302


# Floods


def test_new_links_are_limited(client, ask, limits):
    ticket = ask()
    answers = []
    for _ in range(12):
        ticket.refresh_from_db()
        answers.append(client.post(link(ticket, "link/"))["Location"].rpartition("=")[2])
    assert answers == ["new-link"] * 10 + ["later"] * 2
    assert Trail.objects.filter(action="ticket.link_replaced").count() == 10


def test_rating_again_and_again_does_not_fill_the_trail(client, ask, agent, limits):
    ticket = ask()
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    for number in range(40):
        client.post(link(ticket, "rate/"), {"score": str(number % 5 + 1)})
    assert Trail.objects.filter(action="ticket.rated").count() <= 30
    before = Trail.objects.count()
    ticket.refresh_from_db()
    score = Rating.objects.get().score
    Client(REMOTE_ADDR="192.0.2.9").post(link(ticket, "rate/"), {"score": str(score)})
    assert Trail.objects.count() == before


def test_many_sources_cannot_fill_the_trail(limits, monkeypatch):
    monkeypatch.setattr(limits_module, "WRONG", "1/h")
    monkeypatch.setattr(limits_module, "TOLD", "3/h")
    for number in range(6):
        Client(REMOTE_ADDR=f"192.0.2.{number}").get("/en/support/r/wrong/")
    assert Trail.objects.filter(action="ticket.guessed").count() == 3


def test_forms_with_files_are_fewer(client, ministry, limits, monkeypatch):
    monkeypatch.setattr(limits_module, "FORMS_WITH_FILES", "2/h")
    sent_files = [client.post(URL, fields(files=SimpleUploadedFile("a.txt", b"x"))).status_code for _ in range(3)]
    assert sent_files == [302, 302, 429]
    assert client.post(URL, fields()).status_code == 302


def test_the_receipt_carries_no_strangers_links(client, ministry):
    ticket, _ = sent(client, subject="Visit WWW.evil.example", text="Cheap: https://evil.example/x now")
    message = Message.objects.get(template="tickets/receipt")
    for text in (message.subject, message.text, message.html):
        assert "evil.example" not in text
    assert ticket.reference in message.text and token_of(ticket) in message.text
    assert "evil.example" in client.get(link(ticket)).content.decode()


# Hostile input


HOSTILE = {
    "kind": ["", "spam", "x" * 5000, "enquiry' OR 1=1"],
    "subject": ["", "\u202e", "x" * 151, "x" * 100_000, "\u200b" * 10],
    "text": ["", "\ufeff", "x" * 10_001, "x" * 100_000],
    "about": ["body:", "service:-1", "body:99999999999999999999", "unsure\n", "other:x"],
    "language": ["fr", "", "zh", "../ar", "AR"],
    "reply_by": ["sms", "web", "whatsapp", ""],
    "email": ["a@b.c\r\nBcc: d@e.f", "a@b.c,d@e.f", "x" * 300 + "@b.org", "\u202e@b.c", "a b@c.org"],
    "phone": ["-1", "0" * 60, "<b>", "+" + "9" * 30],
    "name": ["x" * 61],
    "shown": ["", "x", "x" * 100_000, "-1"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HOSTILE.items() for value in values])
def test_what_no_form_would_send_is_refused_in_words(visitor, ministry, name, value):
    response = visitor.post(URL, fields(**{name: value}))
    assert response.status_code == 422
    assert (Draft.objects.count(), Ticket.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["subject", "text", "name", "draft", "remove", "shown", "once"])
@pytest.mark.parametrize("place", [URL, "link"])
def test_nul_bytes_are_refused(visitor, ask, ministry, name, place):
    address = link(ask()) if place == "link" else place
    assert visitor.post(address, fields(**{name: "a\x00b"})).status_code == 400


def test_text_that_is_no_utf8(visitor, ministry):
    body = b"&".join(f"{name}={value}".encode() for name, value in fields().items() if name != "text")
    response = visitor.post(URL, body + b"&text=\xff\xfe\xfabc", content_type="application/x-www-form-urlencoded")
    assert response.status_code in (302, 400)
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\xff\x00.txt"\r\n\r\nwords\r\n--x--\r\n'
    assert visitor.post(URL, part, content_type="multipart/form-data; boundary=x").status_code in (400, 422)


@pytest.mark.parametrize(
    "name", ["a\u202egnp.txt", "a\x00b.txt", "a\r\nSet-Cookie: x=1.txt", "م" * 300 + ".txt", "..", "/", "", '";.txt']
)
def test_names_of_files(visitor, ask, name):
    ticket = ask(files=[keep(Accepted(name_of(name), b"words", "text/plain"))])
    file = ticket.entries.get().files.get()
    response = visitor.get(link(ticket, f"files/{file.code}/"))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert not set(response["Content-Disposition"]) & set("\r\n\x00\u202e")
    assert "Set-Cookie" not in response.headers


def name_of(name):
    return accept(b"words", name, kinds=list(FileKind)).name


IDS = ["-1", "0", "9" * 18, "9" * 19, "9" * 400, "1e5", "%2e%2e", "a'--", "%D8%A7", "%F0%9F", "None"]


@pytest.mark.parametrize("wrong", IDS)
def test_ids_that_are_none(visitor, ask, agent, wrong):
    ticket = ask()
    places = ["support/new/{}/", "support/new/{}/mail/", "support/confirm/{}/", "support/mine/{}/", "support/r/{}/"]
    places += [
        "admin/tickets/ticket/desk/{}/",
        "admin/tickets/ticket/{}/change/",
        f"support/mine/{ticket.code}/files/{{}}/",
    ]
    visitor.force_login(agent)
    for place in places:
        response = visitor.get("/en/" + place.format(wrong))
        # Django's admin leads back from what is not there.
        assert response.status_code in (302, 400, 404), place
    assert visitor.get(link(ticket, f"files/{wrong}/")).status_code in (400, 404)


def test_markup_is_inert_at_the_desk_and_in_mail(client, ministry, agent, body):
    ticket, _ = sent(
        client, subject=SCRIPT[:140], text=SCRIPT, name=SCRIPT[:50] + "\u202e", about=f"body:{body.code}",
        files=[SimpleUploadedFile(f"{SCRIPT}.txt", b"words")],
    )  # fmt: skip
    desk.note(ticket, SCRIPT, by=agent)
    desk.reply(ticket, SCRIPT, by=agent)
    second, _ = sent(Client(REMOTE_ADDR="192.0.2.7"), subject=SCRIPT[:140], about=f"body:{body.code}")
    pages = [client.get(link(ticket)).content.decode()]
    client.force_login(agent)
    for name, args in (("queue", []), ("desk", [ticket.code]), ("desk", [second.code]), ("log", [])):
        pages.append(client.get(reverse(f"admin:tickets_ticket_{name}", args=args)).content.decode())
    pages += [
        client.get(f"{reverse('admin:tickets_ticket_queue')}?q={SCRIPT}&view={SCRIPT}&page={SCRIPT}").content.decode()
    ]
    pages += [client.get("/en/admin/").content.decode(), client.get("/en/support/mine/").content.decode()]
    pages += list(Message.objects.values_list("html", flat=True))
    assert len(pages) > 8
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page


def test_subjects_and_names_add_no_headers_to_mail(client, ministry):
    sent(client, subject="A light\r\nBcc: victim@example.org", name="Guest\r\nX-Evil: 1")
    deliver_due()
    raw = mail.outbox[0].message().as_bytes()
    headers = raw.partition(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in headers and b"\nX-Evil" not in headers
    assert mail.outbox[0].recipients() == ["guest@example.org"]


def test_partial_pages_need_the_same_rights(client, ask):
    ticket = ask()
    person = PersonFactory()
    client.force_login(person)
    for place in (f"support/mine/{ticket.code}/", f"admin/tickets/ticket/desk/{ticket.code}/"):
        response = client.get("/en/" + place, headers={"hx-request": "true"})
        assert response.status_code in (302, 403, 404)
        assert ticket.subject not in response.content.decode()


def test_nothing_offered_by_no_form_is_taken_with_a_message(client, ask, agent):
    ticket = ask()
    extra = {"state": "closed", "assignee": agent.pk, "is_internal": "1", "person": agent.pk, "kind": "note"}
    client.post(link(ticket), {"text": "More", "author": agent.pk, "organisation": "1", "channel": "phone"} | extra)
    entry = ticket.entries.latest("pk")
    assert (entry.kind, entry.author, entry.channel) == ("message", None, "web")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee, ticket.kind) == (TicketState.NEW, None, TicketKind.ENQUIRY)
