"""Changes of how people sign in leave a trace that names no address."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from portal.accounts import adapters, services
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
PASSWORD = "password for tests"
NEW = {"password1": "the lamp by the door", "password2": "the lamp by the door"}
LOGIN = "/en/account/login/"


@pytest.fixture
def person():
    """Somebody whose address is confirmed."""
    person = PersonFactory(email="me@example.org")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def signed_in(client, person):
    """Their browser, in which the password was just given."""
    client.post(LOGIN, {"login": person.email, "password": PASSWORD})
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    return client


def trail(person):
    """The acts about a person with who did them, oldest first; all of them without a word of data."""
    entries = Entry.objects.about(person).exclude(action="person.sessions_ended").order_by("id")
    assert [entry.data for entry in entries] == [{}] * len(entries)
    return list(entries.values_list("action", "actor_id"))


def test_a_changed_password(signed_in, person):
    signed_in.post("/en/account/password/change/", {"oldpassword": "wrong", **NEW})
    assert trail(person) == []
    signed_in.post("/en/account/password/change/", {"oldpassword": PASSWORD, **NEW})
    assert trail(person) == [("person.password_changed", person.pk)]


def test_a_first_password(client, person):
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    client.post("/en/account/password/set/", NEW)
    assert trail(person) == [("person.password_set", person.pk)]


def test_a_reset_password(client, person):
    client.post("/en/account/password/reset/", {"email": person.email})
    assert trail(person) == []
    link = next(word for word in Message.objects.get().text.split() if "/password/reset/key/" in word)
    form = client.get(link.removeprefix("http://localhost:8000"))["Location"]
    client.post(form, NEW)
    assert trail(person) == [("person.password_reset", person.pk)]


def test_a_lock_out_is_told_once(settings, person):
    settings.AXES_ENABLED = True
    client = Client(REMOTE_ADDR="192.0.2.1")
    codes = [client.post(LOGIN, {"login": "ME@example.org", "password": "wrong"}).status_code for _ in range(10)]
    assert codes == [200] * 7 + [429] * 3
    assert trail(person) == [("person.locked_out", None)]


def test_a_lock_out_is_told_again_after_an_hour(person):
    Entry.objects.create(
        action="person.locked_out",
        target_kind="accounts.person",
        target_key=person.code,
        at=timezone.now() - timedelta(hours=1),
    )
    services.note_lock_out(person.email)
    services.note_lock_out(person.email)
    assert trail(person) == [("person.locked_out", None)] * 2


@pytest.mark.parametrize("login", ["", "nobody@example.org", "no address", "@", "x" * 400])
def test_names_without_an_account_leave_no_trace(login):
    services.note_lock_out(login)
    assert Entry.objects.count() == 0


def test_connecting_twice_tells_once(signed_in, person):
    adapters.connect()
    signed_in.post("/en/account/password/change/", {"oldpassword": PASSWORD, **NEW})
    assert trail(person) == [("person.password_changed", person.pk)]
