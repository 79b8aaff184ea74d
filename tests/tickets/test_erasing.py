"""Guests erase what is held about them, by a link from their own mailbox; what is of long ago goes by itself."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Contact
from portal.accounts.services.guests import erase_guest, erase_old_guests
from portal.audit.models import Entry as Trail
from portal.files.models import StoredFile
from portal.files.services import Accepted, keep
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from tests.factories import ContactFactory, PersonFactory
from tickets.choices import EntryKind, TicketState
from tickets.models import Draft, Entry, Move, Rating, Ticket
from tickets.selectors.links import token_of
from tickets.services import desk
from tickets.services.asking import Sender, add_message
from tickets.services.erasure import erase_requests_of
from tickets.services.rating import rate

pytestmark = pytest.mark.django_db


def link(ticket, part=""):
    return f"/en/support/r/{token_of(ticket)}/{part}"


def mailed_link(client, ticket):
    """Ask on the page of a request, and return the link from the mail."""
    mail.outbox.clear()
    assert client.post(link(ticket, "erase/"))["Location"] == link(ticket) + "?said=erase-mailed"
    deliver_due()
    message = next(each for each in mail.outbox if each.subject == "Erase your data?")
    assert message.to == [ticket.contact.email]
    return re.search(r"https?://[^/]+(/\S+)", message.body)[1]


def stored(content=b"words"):
    return keep(Accepted("notes.txt", content, "text/plain"))


def words_left(*needles):
    """Return which of these words some column of some table still holds."""
    found = set()
    for model in apps.get_models():
        for row in model._base_manager.values_list():
            found |= {needle for needle in needles if needle in str(row)}
    return found


def test_everything_goes_but_kinds_times_and_answers(client, ask, agent, django_capture_on_commit_callbacks):
    guest = Sender(email="layla@example.org", name="Layla Secret", phone="+966512345678")
    file = stored()
    first = ask(sender=guest, subject="Secret subject", text="Secret words", files=[file])
    second = ask(sender=guest, subject="Secret again", text="Secret more")
    other = ask(sender=Sender(email="omar@example.org", name="Omar"), text="Omar writes")
    desk.reply(second, "Our answer.", by=agent, then=TicketState.SOLVED)
    rate(Ticket.objects.get(pk=second.pk), 4, text="Secret praise")
    name = file.content.name
    address = mailed_link(client, first)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(address)
    assert (page.status_code, "Your data has been erased" in page.content.decode()) == (200, True)
    assert words_left("layla@example.org", "Secret", "+966512345678", "notes.txt") == set()
    assert not StoredFile._meta.get_field("content").storage.exists(name)
    rows = Ticket.objects.order_by("pk").values_list("state", "kind", "contact", "subject", "secret_hash")
    assert list(rows)[:2] == [("closed", "enquiry", None, "", None), ("solved", "enquiry", None, "", None)]
    assert Move.objects.filter(ticket_id=first.pk).order_by("number").last().reason == "erased"
    assert Entry.objects.get(kind=EntryKind.REPLY).text == "Our answer."
    assert Rating.objects.get().score == 4
    assert list(Contact.objects.values_list("email", flat=True)) == ["omar@example.org"]
    other.refresh_from_db()
    assert (other.entries.get().text, other.state, other.contact.display_name) == ("Omar writes", "new", "Omar")
    assert Trail.objects.get(action="guest.erased").data == {"reason": "asked"}
    assert Client().get(link(first)).status_code == 404


def test_reading_changes_nothing(client, ask):
    ticket = ask()
    assert "This cannot be undone." in client.get(link(ticket, "erase/")).content.decode()
    assert not Message.objects.filter(template="tickets/erase").exists()
    address = mailed_link(client, ticket)
    response = client.get(address)
    page = response.content.decode()
    assert "One request was sent with your e-mail address." in page
    assert ("no-store" in response["Cache-Control"], response["Referrer-Policy"]) == (True, "same-origin")
    assert Ticket.objects.get().contact.email == "guest@example.org"


def test_the_page_offers_it_to_guests_alone(client, ask):
    mona = PersonFactory()
    hers = ask(sender=Sender(person=mona))
    caller = ask(sender=Sender(phone="+966512345678"))
    assert "Erase my data" in client.get(link(ask())).content.decode()
    for ticket in (hers, caller):
        assert "Erase my data" not in client.get(link(ticket)).content.decode()
        address = link(ticket, "erase/")
        assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]


def test_a_link_is_used_once_and_for_a_day(client, ask, monkeypatch):
    ticket = ask()
    address = mailed_link(client, ticket)
    later = timezone.now().timestamp() + 24 * 3600 + 5
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: later)
        assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]
    assert client.post(address).status_code == 200
    assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]


@pytest.mark.parametrize("signed", ["x", "code:sig:nature", "\u202e", "x" * 200, "%00"])
def test_links_that_are_none(client, signed):
    assert Client(raise_request_exception=False).get(f"/en/support/erase/{signed}/").status_code in (400, 404)


def test_the_press_needs_a_token_of_the_form(ask):
    ticket = ask()
    address = mailed_link(Client(), ticket)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address).status_code == 403
    assert Ticket.objects.get().contact is not None


def test_a_mailbox_gets_one_mail_an_hour(client, ask):
    ticket = ask()
    for _ in range(3):
        client.post(link(ticket, "erase/"))
    assert Message.objects.filter(template="tickets/erase").count() == 1


def test_drafts_with_the_address_go_too(ask):
    ticket = ask()
    file = stored()
    for email in ("GUEST@example.org", "other@example.org"):
        Draft.objects.create(data={"email": email}).files.add(file if email[0] == "G" else stored())
    erase_guest(ticket.contact, reason="asked")
    assert [draft.data["email"] for draft in Draft.objects.all()] == ["other@example.org"]
    assert not StoredFile.objects.filter(pk=file.pk).exists()


def test_who_is_erased_gets_no_more_mail(ask, agent):
    ticket = ask()
    erase_guest(ticket.contact, reason="asked")
    deliver_due()
    assert mail.outbox == []
    assert set(Message.objects.values_list("contact", "state")) == {(None, "failed")}


def test_erasing_twice_is_once(ask):
    contact = ask().contact
    assert [erase_guest(contact, reason="asked"), erase_guest(contact, reason="asked")] == [True, False]


def test_an_account_that_is_erased_closes_what_was_open_and_its_files_go(ask, django_capture_on_commit_callbacks):
    mona = PersonFactory()
    ticket = ask(sender=Sender(person=mona), files=[stored()])
    with django_capture_on_commit_callbacks(execute=True):
        erase_requests_of(mona)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.person, StoredFile.objects.count()) == ("closed", mona, 0)


# By itself


def aged(ask, days, state=TicketState.CLOSED, **sender):
    """A request that ended so many days ago, as long as its guest is known."""
    ticket = ask(sender=Sender(**(sender or {"email": f"{days}-{state}@example.org"})))
    then = timezone.now() - timedelta(days=days)
    Ticket.objects.filter(pk=ticket.pk).update(state=state, last_activity_at=then, created_at=then)
    Contact.objects.filter(tickets=ticket).update(created_at=then)
    Message.objects.update(created_at=then)
    return ticket


@pytest.mark.parametrize(
    ("days", "state", "is_erased"),
    [(745, TicketState.CLOSED, True), (743, TicketState.CLOSED, False), (2000, TicketState.OPEN, False)],
)
def test_edges_of_the_time(ask, settings, days, state, is_erased):
    settings.GUEST_DATA_MONTHS = 24
    ticket = aged(ask, days, state)
    assert erase_old_guests() == int(is_erased)
    ticket.refresh_from_db()
    assert (ticket.contact is None, ticket.subject == "") == (is_erased, is_erased)
    assert (erase_old_guests(), Trail.objects.filter(action="guest.erased").count()) == (0, int(is_erased))


def test_one_recent_request_keeps_the_others(ask, settings):
    old = aged(ask, 2000, email="guest@example.org")
    ask(sender=Sender(email="guest@example.org"))
    assert erase_old_guests() == 0
    add_message(Ticket.objects.latest("pk"), "More", person=None)
    old.refresh_from_db()
    assert old.subject == "A street light"


def test_guests_without_any_request_and_callers(ask, settings):
    then = timezone.now() - timedelta(days=2000)
    ContactFactory()
    contact = ContactFactory()
    Contact.objects.filter(pk=contact.pk).update(created_at=then)
    caller = aged(ask, 2000, phone="+966512345678", name="Layla")
    aged(ask, 10, phone="+966512345679")
    assert (erase_old_guests(), erase_old_guests()) == (2, 0)
    caller.refresh_from_db()
    assert (caller.phone, caller.sender_name, caller.entries.get().text) == ("", "", "")
    assert Contact.objects.count() == 1
    assert Ticket.objects.filter(phone="+966512345679").exists()


def test_never_where_it_is_set_so(ask, settings):
    settings.GUEST_DATA_MONTHS = 0
    aged(ask, 9000)
    assert erase_old_guests() == 0
