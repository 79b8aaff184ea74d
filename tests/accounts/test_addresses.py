"""A new address: both mailboxes speak, the old one counts until then, and nobody learns who has an account."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from portal.accounts.models import AddressChange, Person
from portal.accounts.services import addresses
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.accounts.signing import PASSWORD, again, confirmed, is_signed_in, sign_in, trail

pytestmark = pytest.mark.django_db
PAGE = "/en/account/email/"
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]*')
ACTS = ("person.address_change_asked", "person.address_changed", "person.address_change_stopped")


@pytest.fixture
def person():
    """Somebody who signs in with me@example.org."""
    return confirmed(email="me@example.org")


@pytest.fixture
def client(person):
    """Their browser, in which the password was just given again."""
    return again(sign_in(person), person)


def link(name):
    """The path of the link in the newest message of this name."""
    text = Message.objects.filter(template=f"account/address_change_{name}").latest("pk").text
    return re.search(r"http://localhost:8000(/\S+)", text).group(1)


def ask(client, address="new@example.org"):
    """Ask for the change."""
    return client.post(PAGE, {"email": address})


def written():
    """To whom which messages went."""
    return sorted(Message.objects.values_list("template", "address"))


class TestAsking:
    def test_the_password_first(self, person):
        answer = ask(sign_in(person))
        assert answer["Location"] == "/en/account/reauthenticate/?next=%2Fen%2Faccount%2Femail%2F"
        assert AddressChange.objects.count() == 0

    def test_both_mailboxes_are_written_to_and_nothing_changes(self, client, person):
        assert ask(client)["Location"] == PAGE
        assert written() == [
            ("account/address_change_new", "new@example.org"),
            ("account/address_change_old", "me@example.org"),
        ]
        person.refresh_from_db()
        assert person.email == "me@example.org"
        assert list(EmailAddress.objects.values_list("email", flat=True)) == ["me@example.org"]
        assert trail(person, *ACTS) == [("person.address_change_asked", person.pk, {})]
        page = client.get(PAGE).content.decode()
        assert "new@example.org" in page and "The link in the old mailbox has not been followed yet" in page

    def test_links_are_stored_as_hashes(self, client):
        ask(client)
        stored = str(list(AddressChange.objects.values()))
        assert link("old").split("/")[-2] not in stored
        assert link("new").split("/")[-2] not in stored

    @pytest.mark.parametrize("taken", ["known@example.org", "Known@Example.org", "known+tag@example.org"])
    def test_known_and_unknown_addresses_get_the_same_answer(self, taken):
        owner = confirmed(email="known@example.org", language="zh-hans")
        seen = []
        for address in (taken, "unknown@example.org"):
            me = confirmed()
            browser = again(sign_in(me), me)
            answer = ask(browser, address)
            page = TOKEN.sub("", browser.get(PAGE).content.decode())
            seen.append(
                (answer.status_code, answer["Location"], page.replace(address.lower(), "A").replace(me.email, "B"))
            )
        strip = re.compile(r"Person \d+|>P<")
        assert strip.sub("", seen[0][2]) == strip.sub("", seen[1][2])
        assert seen[0][:2] == seen[1][:2]
        message = owner.messages.get()
        assert (message.template, message.address, message.language) == (
            "account/address_change_taken",
            "known@example.org",
            "zh-hans",
        )

    def test_of_a_known_address_no_link_can_be_followed_to_the_end(self, client, person):
        confirmed(email="known@example.org")
        ask(client, "known@example.org")
        client.post(link("old"), {"approve": "1"})
        assert Message.objects.filter(template="account/address_change_new").count() == 0
        person.refresh_from_db()
        assert person.email == "me@example.org"

    @pytest.mark.parametrize(
        "address", ["", "no address", "me@example.org", "ME@example.org", "a" * 250 + "@b.example"]
    )
    def test_what_cannot_be_is_refused_and_given_back(self, client, address):
        page = ask(client, address)
        assert page.status_code == 200
        assert list(page.context["form"].errors) == ["email"]
        assert AddressChange.objects.count() == 0

    def test_another_spelling_of_ones_own_may_be_meant(self, client, person):
        ask(client, "me+portal@example.org")
        client.post(link("old"), {"approve": "1"})
        client.post(link("new"))
        person.refresh_from_db()
        assert (person.email, person.email_key) == ("me+portal@example.org", "me@example.org")

    def test_a_second_wish_takes_the_place_of_the_first(self, client, person):
        ask(client, "first@example.org")
        old = link("old"), link("new")
        ask(client, "second@example.org")
        assert [Client().get(path).status_code for path in old] == [404, 404]
        assert AddressChange.objects.get().address == "second@example.org"

    def test_one_can_think_better_of_it(self, client, person):
        ask(client)
        assert client.get("/en/account/email/withdraw/").status_code == 405
        client.post("/en/account/email/withdraw/")
        assert Client().get(link("new")).status_code == 404
        assert trail(person, *ACTS)[-1] == ("person.address_change_stopped", person.pk, {"why": "withdrawn"})
        assert is_signed_in(client)


class TestLinks:
    @pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
    def test_both_are_needed_in_either_order_and_without_being_signed_in(self, client, person, order):
        ask(client)
        visitor = Client()
        for name, address in zip(order, ("me@example.org", "new@example.org"), strict=True):
            assert visitor.get(link(name)).status_code == 200
            assert visitor.post(link(name), {"approve": "1"})["Location"] == "/en/account/login/"
            person.refresh_from_db()
            assert person.email == address
        assert list(EmailAddress.objects.values_list("user", "email", "verified", "primary")) == [
            (person.pk, "new@example.org", True, True)
        ]
        assert [act[0] for act in trail(person, *ACTS)] == ["person.address_change_asked", "person.address_changed"]
        assert [address for template, address in written() if template == "account/address_changed"] == [
            "me@example.org",
            "new@example.org",
        ]
        assert AddressChange.objects.count() == 0

    def test_one_signs_in_with_the_new_address_alone(self, client, person):
        ask(client)
        client.post(link("new"))
        client.post(link("old"), {"approve": "1"})
        assert is_signed_in(client), "who asked stays signed in"
        found = []
        for address in ("me@example.org", "new@example.org"):
            browser = Client()
            browser.post("/en/account/login/", {"login": address, "password": PASSWORD})
            found.append(is_signed_in(browser))
        assert found == [False, True]

    @pytest.mark.parametrize("name", ["old", "new"])
    def test_opening_a_link_changes_nothing(self, client, name):
        ask(client)
        for _number in range(2):
            Client().get(link(name))
        change = AddressChange.objects.get()
        assert (change.confirmed_at, change.approved_at) == (None, None)

    def test_they_work_once(self, client):
        ask(client)
        visitor = Client()
        visitor.post(link("new"))
        assert visitor.get(link("new")).status_code == 404
        assert visitor.post(link("new")).status_code == 404
        visitor.post(link("old"), {"approve": "1"})
        assert visitor.get(link("old")).status_code == 404

    @pytest.mark.parametrize(("hours", "status"), [(71, 200), (72, 404)])
    def test_they_work_for_three_days(self, client, hours, status):
        ask(client)
        AddressChange.objects.update(asked_at=timezone.now() - timedelta(hours=hours, seconds=-5 if hours < 72 else 5))
        assert [Client().get(link(name)).status_code for name in ("old", "new")] == [status, status]
        addresses.forget_old()
        assert AddressChange.objects.count() == (status == 200)

    def test_neither_opens_the_others_page(self, client):
        ask(client)
        token_old, token_new = link("old").split("/")[-2], link("new").split("/")[-2]
        assert Client().post(f"/en/account/email/confirm/{token_old}/").status_code == 404
        assert Client().post(f"/en/account/email/approve/{token_new}/").status_code == 404

    @pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "كلمة"])
    def test_nonsense_is_a_page_that_says_so(self, token):
        assert Client().get(f"/en/account/email/confirm/{token}/").status_code in (400, 404)
        assert Client().get(f"/en/account/email/approve/{token}/").status_code in (400, 404)

    def test_the_old_mailbox_stops_it_and_everybody_is_signed_out(self, client, person):
        ask(client)
        elsewhere = sign_in(person)
        page = Client().post(link("old"), {"stop": "1"})
        assert "please set a new password now" in page.content.decode()
        assert (is_signed_in(client), is_signed_in(elsewhere)) == (False, False)
        assert Client().get(link("new")).status_code == 404
        assert trail(person, *ACTS, "person.sessions_ended") == [
            ("person.address_change_asked", person.pk, {}),
            ("person.address_change_stopped", person.pk, {"why": "stopped"}),
            ("person.sessions_ended", person.pk, {"count": 2, "why": "address_change_stopped"}),
        ]

    def test_it_can_be_stopped_after_it_was_approved(self, client, person):
        ask(client)
        visitor = Client()
        visitor.post(link("old"), {"approve": "1"})
        assert "You can still stop it." in visitor.get(link("old")).content.decode()
        visitor.post(link("old"), {"stop": "1"})
        assert AddressChange.objects.count() == 0

    def test_stopping_in_ones_own_browser_signs_it_out_without_an_error(self, client):
        ask(client)
        assert client.post(link("old"), {"stop": "1"}).status_code == 200
        assert not is_signed_in(client)

    def test_an_address_that_was_taken_meanwhile_is_refused_kindly(self, client, person):
        ask(client)
        client.post(link("old"), {"approve": "1"})
        confirmed(email="new@example.org")
        page = client.post(link("new"), follow=True)
        assert "This address cannot be used." in page.content.decode()
        person.refresh_from_db()
        assert person.email == "me@example.org"
        assert Entry.objects.filter(action="person.address_changed").count() == 0

    def test_of_an_account_that_may_not_sign_in_they_do_nothing(self, client, person):
        ask(client)
        Person.objects.filter(pk=person.pk).update(is_active=False)
        assert Client().get(link("old")).status_code == 404

    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_pages_stand_in_our_layout(self, client, person, language):
        ask(client)
        for name in ("old", "new"):
            page = Client().get(link(name).replace("/en/", f"/{language}/", 1)).content.decode()
            assert 'class="site-header"' in page
            assert page.count("<h1") == 1
