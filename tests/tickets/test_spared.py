"""What becomes of readers of help: counted by the session they have anyhow, and nothing of who they are."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from tests.factories import ArticleFactory, OrganisationFactory, PersonFactory, staff
from tickets.models import HelpOutcome, Ticket
from tickets.services import figures
from tickets.services.articles import publish_article

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
URL = "/en/support/new/"


@pytest.fixture
def article(monkeypatch):
    monkeypatch.setattr("tickets.forms.asking.FASTEST", 0)
    editor = staff(Role.EDITOR, OrganisationFactory(kind=OrganisationKind.MINISTRY, code="ministry"))
    return publish_article(ArticleFactory(organisation=editor.memberships.get().organisation), by=editor)


def reader(person=None):
    client = Client(headers={"user-agent": "Mozilla/5.0"})
    if person is not None:
        client.force_login(person, backend=BACKEND)
    return client


def read(client, article):
    assert client.get(f"/en/help/articles/{article.code}/").status_code == 200


def fill_in(client):
    """Fill in the form, up to the look at what was written; return its address."""
    form = {"kind": "enquiry", "subject": "A lamp", "text": "It is dark.", "about": "body:ministry", "language": "en"}
    form |= {"email": "li@example.org", "reply_by": "email", "shown": client.get(URL).context["stamp"]}
    return client.post(URL, form)["Location"]


def counted():
    figures.count_outcomes()
    return list(HelpOutcome.objects.order_by("day").values_list("readers", "asked"))


def test_who_reads_and_asks_nothing_and_who_asks_all_the_same(article):
    spared, asking = (reader(PersonFactory()) for _ in range(2))
    for client in (spared, spared, asking):
        read(client, article)
    asking.post(fill_in(asking))
    assert Ticket.objects.count() == 1
    assert counted() == [(2, 1)]
    # The same form again is the same request, and one read after it is another reading.
    read(asking, article)
    assert counted() == [(3, 1)]


def test_a_guest_is_counted_once_a_request_is_begun(article):
    stranger, guest = reader(), reader()
    read(stranger, article)
    assert "sessionid" not in stranger.cookies
    look = fill_in(guest)
    read(guest, article)
    assert counted() == [(1, 0)]
    guest.post(look)
    assert counted() == [(1, 1)]


@pytest.mark.parametrize(("days", "expected"), [(7, [(1, 1)]), (8, [(1, 0)])])
def test_within_seven_days(article, monkeypatch, days, expected):
    client = reader(PersonFactory())
    read(client, article)
    day = timezone.localdate() + timedelta(days=days)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_args: day)
    client.post(fill_in(client))
    assert counted() == expected


def test_a_session_says_nothing_but_the_day(article):
    client = reader(PersonFactory())
    read(client, article)
    assert client.session["help_read_on"] == timezone.localdate().isoformat()
    assert article.code not in str(dict(client.session))


def test_machines_and_staff_are_no_readers(article):
    editor = staff(Role.AGENT, article.organisation)
    read(reader(editor), article)
    machine = Client(headers={"user-agent": "Examplebot"})
    machine.force_login(PersonFactory(), backend=BACKEND)
    read(machine, article)
    assert counted() == []
