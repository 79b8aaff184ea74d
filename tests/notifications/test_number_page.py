"""The page of the number: written, confirmed by its code, and forgotten."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from portal.messaging.models import Message
from portal.notifications.models import Wishes
from portal.notifications.services import numbers
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
URL = "/en/account/notifications/number/"


@pytest.fixture(autouse=True)
def short_messages(settings):
    """The console of a demonstration carries them."""
    settings.DEMO = True


@pytest.fixture
def person(db):
    return PersonFactory()


@pytest.fixture
def client(person):
    made = Client()
    made.force_login(person)
    return made


def ask(client, number="0512345678", way="sms"):
    return client.post(URL, {"number": number, "way": way})


def sent_code():
    return re.search(r"\d{6}", Message.objects.get(template="notifications/code").text)[0]


def test_a_number_is_confirmed_by_the_code_that_went_there(client, person):
    assert ask(client, "٠٥١٢٣٤٥٦٧٨")["Location"] == URL
    page = client.get(URL).content.decode()
    assert "+966512345678" in page
    assert 'autocomplete="one-time-code"' in page
    answer = client.post(f"{URL}confirm/", {"code": sent_code()}, follow=True)
    assert answer.redirect_chain == [("/en/account/notifications/", 302)]
    assert Wishes.objects.get(person=person).phone == "+966512345678"
    assert "Your number is confirmed" in answer.content.decode()


@pytest.mark.parametrize("number", ["", "12", "abc", "+0123", "<script>", "9" * 5000])
def test_what_is_no_number_is_given_back(client, number):
    answer = ask(client, number)
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize("way", ["", "email", "web", "pigeon"])
def test_a_way_that_there_is_not_is_refused(client, way):
    assert ask(client, way=way).status_code == 422
    assert not Message.objects.exists()


def test_a_wrong_code_is_refused_and_after_five_the_right_one_too(client, person):
    ask(client)
    right = sent_code()
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        assert "not the code that we sent" in client.post(f"{URL}confirm/", {"code": wrong}).content.decode()
    answer = client.post(f"{URL}confirm/", {"code": right})
    assert answer.status_code == 422
    assert "no longer valid" in answer.content.decode()
    assert Wishes.objects.get(person=person).phone == ""


def test_a_code_that_nobody_asked_for_is_refused(client):
    assert "Ask for a code first." in client.post(f"{URL}confirm/", {"code": "123456"}).content.decode()
    assert client.post(f"{URL}confirm/", {"code": ""}).status_code == 422


def test_a_late_code_is_refused(client):
    ask(client)
    Wishes.objects.update(code_until=timezone.now())
    assert "no longer valid" in client.post(f"{URL}confirm/", {"code": sent_code()}).content.decode()


def test_who_asks_too_often_is_told_to_wait(client, monkeypatch):
    monkeypatch.setattr(numbers, "MOST_AN_HOUR", 1)
    ask(client)
    answer = ask(client, "0512345679")
    assert answer.status_code == 422
    assert "Too many codes" in answer.content.decode()
    assert "0512345679" in answer.content.decode()


def test_a_number_that_is_confirmed_gets_no_code(client, person):
    Wishes.objects.create(person=person, phone="+966512345678")
    assert "confirmed already" in client.get(ask(client)["Location"]).content.decode()
    assert not Message.objects.exists()


def test_it_can_be_forgotten(client, person):
    Wishes.objects.create(person=person, phone="+966512345678")
    assert "+966512345678" in client.get(URL).content.decode()
    client.post(f"{URL}forget/")
    assert Wishes.objects.get().phone == ""
    assert client.get(f"{URL}forget/").status_code == 405


def test_there_is_no_such_page_where_no_way_leads_to_numbers(client, settings, person):
    settings.DEMO = False
    assert client.get(URL).status_code == 404
    assert ask(client).status_code == 404
    # Whoever confirmed one before can still see and forget it.
    Wishes.objects.create(person=person, phone="+966512345678")
    page = client.get(URL)
    assert page.status_code == 200
    assert "Send a code" not in page.content.decode()
