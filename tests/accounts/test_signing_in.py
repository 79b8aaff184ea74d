"""Sign-up, sign-in and new passwords: nobody learns who has an account, and nobody is led off the site."""

import re
import threading

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import Verification
from portal.accounts.models import Person
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.factories import PersonFactory

PASSWORD = "password for tests"
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]*')
ACCOUNT_PAGES = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
]


def confirmed(**fields):
    """A person whose address is confirmed."""
    person = PersonFactory(**fields)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def details(email, **fields):
    """What is typed at sign-up."""
    return {
        "email": email,
        "password1": "a quiet river at noon",
        "display_name": "Reader",
        "kind": "individual",
        "consent": "on",
        **fields,
    }


def sign_up(client, email, language="en", **fields):
    """Send the sign-up form."""
    return client.post(f"/{language}/account/signup/", details(email, **fields))


def seen(response):
    """Return what a visitor can tell of an answer, without tokens, cookies, the time and the number of the request."""
    headers = {name: value for name, value in response.items() if name not in ("X-Request-ID", "Expires")}
    body = TOKEN.sub("", response.content.decode())
    return response.status_code, headers, body


@pytest.mark.django_db
class TestSignUp:
    def test_makes_an_unconfirmed_account_and_asks_to_confirm(self, client):
        response = sign_up(client, "New@Example.org", language="ar")
        assert response["Location"] == "/ar/account/confirm-email/"
        person = Person.objects.get()
        assert (person.email, person.display_name, person.language) == ("new@example.org", "Reader", "ar")
        assert person.verification == Verification.NONE
        message = Message.objects.get()
        assert (message.person, message.template, message.language) == (
            person,
            "account/email_confirmation_signup",
            "ar",
        )
        assert "http://localhost:8000/ar/account/confirm-email/" in message.text
        assert Entry.objects.get(action="person.signed_up").data == {"consent": ["participation-policy", "privacy"]}

    @pytest.mark.parametrize("taken", ["known@example.org", "Known@Example.org", "known+tag@example.org"])
    def test_known_and_unknown_addresses_get_the_same_answer(self, taken):
        confirmed(email="known@example.org")
        answers = []
        for address in (taken, "unknown@example.org"):
            client = Client()
            answers.append([seen(sign_up(client, address)), seen(client.get("/en/account/confirm-email/"))])
        assert answers[0] == answers[1]
        assert Person.objects.count() == 2

    def test_owner_is_told_at_the_address_of_the_account(self, client):
        person = confirmed(email="known@example.org", language="zh-hans")
        sign_up(client, "known+tag@example.org")
        message = Message.objects.get()
        assert (message.person, message.address) == (person, "known@example.org")
        assert (message.template, message.language) == ("account/account_already_exists", "zh-hans")

    @pytest.mark.parametrize("name", ["", "   ", "\u200b\u200d", "\u202e", "x" * 61])
    def test_a_name_that_cannot_be_seen_is_refused(self, client, name):
        response = sign_up(client, "a@example.org", display_name=name)
        assert response.status_code == 200
        assert list(response.context["form"].errors) == ["display_name"]
        assert Person.objects.count() == 0

    def test_direction_controls_are_taken_out_of_names(self, client):
        sign_up(client, "a@example.org", display_name="Sara\u202etxet\u2066 A")
        assert Person.objects.get().display_name == "Saratxet A"

    def test_consent_is_needed(self, client):
        response = sign_up(client, "a@example.org", consent="")
        assert list(response.context["form"].errors) == ["consent"]

    def test_what_was_typed_is_given_back(self, client):
        response = sign_up(client, "not an address", display_name="Sara")
        assert 'value="Sara"' in response.content.decode()
        assert "a quiet river" not in response.content.decode()

    def test_confirming_leads_to_the_page_one_was_on_the_way_to(self, client):
        client.post("/en/account/signup/?next=/en/consultations/", details("a@example.org", next="/en/consultations/"))
        link = re.search(r"http://localhost:8000(/\S+)", Message.objects.get().text).group(1)
        assert link.endswith("/?then=%2Fen%2Fconsultations%2F")
        assert client.get(link).status_code == 200
        assert EmailAddress.objects.get().verified is False, "opening the link alone confirms nothing"
        response = client.post(link)
        assert response["Location"] == "/en/account/login/?next=%2Fen%2Fconsultations%2F"
        assert Person.objects.get().verification == Verification.EMAIL
        assert Entry.objects.filter(action="person.address_confirmed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_at_once_make_one_account_and_no_error(monkeypatch):
    monkeypatch.setattr("portal.messaging.services.enqueue", lambda name: None)
    answers, barrier = [], threading.Barrier(4)

    def try_it(address):
        try:
            barrier.wait()
            answers.append(sign_up(Client(), address).status_code)
        finally:
            connection.close()

    addresses = ["twin@example.org", "twin+a@example.org", "twin+b@example.org", "twin@example.org"]
    threads = [threading.Thread(target=try_it, args=[address]) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 4
    assert Person.objects.count() == 1


@pytest.mark.django_db
class TestSignIn:
    def sign_in(self, client, person, **fields):
        return client.post("/en/account/login/", {"login": person.email, "password": PASSWORD, **fields})

    def test_returns_to_the_very_page_in_its_language(self, client):
        person = confirmed(language="ar")
        response = self.sign_in(client, person, next="/zh-hans/consultations/?page=2")
        assert response["Location"] == "/zh-hans/consultations/?page=2"

    @pytest.mark.parametrize(
        "after",
        [
            "//evil.example",
            "https://evil.example/",
            "http://testserver.evil.example/",
            r"\\evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "https:evil.example",
            "///evil.example",
        ],
    )
    def test_never_leads_off_the_site(self, client, after):
        response = self.sign_in(client, confirmed(), next=after)
        assert response["Location"] == "/en/"

    def test_wrong_password_and_unknown_address_get_the_same_answer(self):
        person = confirmed(email="known@example.org")
        answers = []
        for login in (person.email, "nobody0@example.org"):
            response = Client().post("/en/account/login/", {"login": login, "password": "wrong"})
            status, headers, body = seen(response)
            headers.pop("Content-Length", None)
            answers.append((status, headers, body.replace(login, "")))
        assert answers[0] == answers[1]

    def test_unconfirmed_address_is_sent_the_link_again(self, client):
        person = PersonFactory()
        EmailAddress.objects.create(user=person, email=person.email, primary=True)
        response = self.sign_in(client, person)
        assert response["Location"] == "/en/account/confirm-email/"
        assert Message.objects.get().template == "account/email_confirmation"

    def test_eight_failures_pause_this_name_from_this_address_alone(self, settings):
        settings.AXES_ENABLED = True
        person, other = confirmed(), confirmed()
        for _ in range(8):
            last = Client(REMOTE_ADDR="192.0.2.1").post(
                "/en/account/login/", {"login": person.email, "password": "wrong"}
            )
        assert last.status_code == 429
        assert self.sign_in(Client(REMOTE_ADDR="192.0.2.1"), person).status_code == 429
        assert self.sign_in(Client(REMOTE_ADDR="192.0.2.2"), person).status_code == 302
        assert self.sign_in(Client(REMOTE_ADDR="192.0.2.1"), other).status_code == 302


@pytest.mark.django_db
class TestNewPassword:
    def test_known_and_unknown_addresses_get_the_same_answer(self):
        confirmed(email="known@example.org")
        answers = []
        for address in ("known@example.org", "unknown@example.org"):
            client = Client()
            sent = client.post("/en/account/password/reset/", {"email": address})
            answers.append([seen(sent), seen(client.get(sent["Location"]))])
        assert answers[0] == answers[1]
        assert sorted(Message.objects.values_list("address", "template")) == [
            ("known@example.org", "account/password_reset_key"),
            ("unknown@example.org", "account/unknown_account"),
        ]

    def test_link_is_the_persons_language_and_our_own_address_whatever_the_host(self, client):
        confirmed(email="known@example.org", language="ar")
        client.post("/en/account/password/reset/", {"email": "known@example.org"}, HTTP_HOST="127.0.0.1")
        assert "http://localhost:8000/ar/account/password/reset/key/" in Message.objects.get().text

    def test_link_sets_a_password_once_and_ends_every_session(self, client):
        person = confirmed(email="known@example.org")
        elsewhere = Client()
        elsewhere.force_login(person)
        client.post("/en/account/password/reset/", {"email": person.email})
        link = re.search(r"http://localhost:8000(/\S+)", Message.objects.get().text).group(1)
        form = client.get(link)["Location"]
        assert client.get(form).status_code == 200
        new = {"password1": "the lamp by the door", "password2": "the lamp by the door"}
        assert client.post(form, new)["Location"] == "/en/account/password/reset/key/done/"
        person.refresh_from_db()
        assert person.check_password("the lamp by the door")
        assert elsewhere.get("/en/account/").status_code == 302
        assert "This link is no longer valid" in Client().get(link).content.decode()

    def test_change_keeps_this_session_and_ends_the_others(self, client):
        person = confirmed()
        elsewhere = Client()
        elsewhere.force_login(person)
        client.force_login(person)
        new = "the lamp by the door"
        response = client.post(
            "/en/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
        )
        assert response["Location"] == "/en/account/"
        assert client.get("/en/account/").status_code == 200
        assert elsewhere.get("/en/account/").status_code == 302

    def test_asking_is_limited_by_address(self, client):
        codes = [
            client.post(
                "/en/account/password/reset/", {"email": "a@example.org"}, REMOTE_ADDR=f"192.0.2.{n}"
            ).status_code
            for n in range(6)
        ]
        assert codes == [302] * 5 + [429]


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    @pytest.mark.parametrize("name", ACCOUNT_PAGES)
    def test_for_visitors_stand_in_our_layout(self, client, name, language):
        with translation.override(language):
            page = client.get(reverse(name))
        assert page.status_code == 200
        assert 'class="site-header"' in page.content.decode()
        assert page.content.decode().count("<h1") == 1

    @pytest.mark.parametrize(
        "name",
        ["account_logout", "account_change_password", "account_reauthenticate", "mfa_index", "accounts:sessions"],
    )
    def test_for_members_stand_in_our_layout(self, client, name):
        client.force_login(confirmed())
        page = client.get(reverse(name))
        assert page.status_code == 200
        assert 'class="site-header"' in page.content.decode()

    def test_first_password(self, client):
        person = confirmed()
        person.set_unusable_password()
        person.save()
        client.force_login(person)
        assert 'class="site-header"' in client.get(reverse("account_set_password")).content.decode()

    def test_code_page_leads_to_sign_in(self, client):
        assert client.get(reverse("account_confirm_login_code")).status_code == 302

    def test_bad_links_get_a_page(self, client):
        for path in ("confirm-email/nonsense:x/", "password/reset/key/zz-nonsense/"):
            page = client.get(f"/en/account/{path}")
            assert page.status_code == 200
            assert "This link is no longer valid" in page.content.decode()
