"""The pages of subscribing, as readers, machines and scanners of mail meet them."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from newsletter.choices import SubscriptionState
from newsletter.models import Subscription
from newsletter.services import subscribing
from portal.messaging.models import Message
from tests.factories import PersonFactory
from tests.newsletter.conftest import token

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"newsletter:{name}", args=args)


@pytest.fixture
def another(monday):
    """A second list that anybody may join."""
    return type(monday).objects.create(code="region", name_en="News of the region", organisation=monday.organisation)


def sent(monday, **changes):
    return {"email": "reader@example.org", "language": "ar", "frequency": "weekly", "lists": [monday.pk], **changes}


class TestSubscribe:
    def test_known_and_unknown_addresses_get_the_same_answer(self, client, reader, monday):
        known = client.post(url("subscribe"), sent(monday))
        unknown = client.post(url("subscribe"), sent(monday, email="nobody@example.org"))
        assert known.status_code == unknown.status_code == 200
        assert known.content.decode().replace("reader@", "x@") == unknown.content.decode().replace("nobody@", "x@")
        assert Subscription.objects.get(email="nobody@example.org").state == SubscriptionState.PENDING

    @pytest.mark.parametrize(
        "changes",
        [{"email": "no address"}, {"language": "fr"}, {"frequency": "daily"}, {"lists": []}, {"lists": [999999]}],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, client, monday, another, changes):
        response = client.post(url("subscribe"), sent(monday, **changes))
        assert response.status_code == 422
        assert response.context["form"].errors
        assert (changes.get("email") or "reader@example.org") in response.content.decode()
        assert Subscription.objects.count() == 0

    def test_where_there_is_one_list_it_is_not_asked_for(self, client, monday):
        assert 'name="lists"' not in client.get(url("subscribe")).content.decode()
        client.post(url("subscribe"), sent(monday, lists=[999999]))
        assert list(Subscription.objects.get().lists.all()) == [monday]

    def test_one_of_several_lists_is_a_choice_with_a_label(self, client, monday, another):
        page = client.get("/en/newsletter/subscribe/").content.decode()
        assert re.findall(r'<label class="choice" for="id_lists_\d"><input[^>]+><span>([^<]+)</span>', page) == [
            "The Monday newsletter",
            "News of the region",
        ]

    def test_languages_are_called_as_their_readers_call_them(self, client, monday):
        page = client.get("/ar/newsletter/subscribe/").content.decode()
        found = re.findall(r'<span><bdi lang="([^"]+)">([^<]+)</bdi></span>', page)
        assert found == [("ar", "العربية"), ("en", "English"), ("zh-Hans", "简体中文")]

    def test_a_machine_is_thanked_and_nothing_is_stored(self, client, monday):
        response = client.post(url("subscribe"), sent(monday, website="https://spam.example"))
        assert response.status_code == 200
        assert (Subscription.objects.count(), Message.objects.count()) == (0, 0)

    def test_nobodys_mailbox_is_filled(self, client, monday, settings):
        settings.RATELIMIT_ENABLE = True
        for _ in range(5):
            assert client.post(url("subscribe"), sent(monday)).status_code == 200
        assert Message.objects.filter(template="newsletter/confirm").count() == 3

    def test_from_one_place_only_so_many(self, client, monday, settings):
        settings.RATELIMIT_ENABLE = True
        answers = [client.post(url("subscribe"), sent(monday, email=f"r{n}@example.org")) for n in range(21)]
        assert [answer.status_code for answer in answers] == [200] * 20 + [429]

    def test_who_is_signed_in_is_subscribed_at_once(self, client, monday):
        person = PersonFactory()
        client.force_login(person)
        client.post(url("subscribe"), sent(monday, email=person.email))
        assert Subscription.objects.get().state == SubscriptionState.ACTIVE

    def test_an_address_of_somebody_else_is_confirmed_by_its_owner(self, client, monday):
        client.force_login(PersonFactory())
        client.post(url("subscribe"), sent(monday))
        assert Subscription.objects.get().state == SubscriptionState.PENDING


class TestConfirm:
    def test_opening_the_link_changes_nothing_and_the_button_confirms(self, client, wish):
        subscription = subscribing.ask("reader@example.org", wish)
        link = url("confirm", token(subscription))
        for method in (client.get, client.head):
            assert method(link).status_code == 200
        subscription.refresh_from_db()
        assert subscription.state == SubscriptionState.PENDING
        assert client.post(link).headers["Location"] == url("confirmed", token(subscription))
        subscription.refresh_from_db()
        assert subscription.state == SubscriptionState.ACTIVE


class TestLeave:
    def test_a_scanner_that_follows_the_link_unsubscribes_nobody(self, client, reader):
        assert client.get(url("leave", token(reader))).status_code == 200
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.ACTIVE

    def test_a_mail_program_unsubscribes_with_nothing_but_the_link(self, reader):
        strict = Client(enforce_csrf_checks=True)
        response = strict.post(url("leave", token(reader)), {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.LEFT

    def test_can_be_undone_on_the_page_that_says_so(self, client, reader):
        page = client.post(url("leave", token(reader))).content.decode()
        assert url("come_back", token(reader)) in page
        client.post(url("come_back", token(reader)))
        reader.refresh_from_db()
        assert reader.state == SubscriptionState.ACTIVE


class TestChoices:
    def test_are_kept(self, client, reader, monday):
        client.post(url("choices", token(reader)), {"language": "en", "frequency": "monthly", "lists": [monday.pk]})
        reader.refresh_from_db()
        assert (reader.language, reader.frequency) == ("en", "monthly")

    def test_a_pause_begins_tomorrow_at_the_earliest(self, client, reader, monday):
        data = {"language": "ar", "frequency": "weekly", "lists": [monday.pk]}
        today = timezone.localdate()
        refused = client.post(url("choices", token(reader)), {**data, "paused_until": today.isoformat()})
        assert refused.status_code == 422
        taken = client.post(
            url("choices", token(reader)), {**data, "paused_until": (today + timezone.timedelta(days=1)).isoformat()}
        )
        assert taken.status_code == 302

    def test_cannot_be_made_for_a_list_that_is_nobodys_to_join(self, client, reader, monday, another):
        closed = type(monday).objects.create(
            code="closed", name_en="Closed", organisation=monday.organisation, is_open=False
        )
        data = {"language": "ar", "frequency": "weekly", "lists": [closed.pk]}
        assert client.post(url("choices", token(reader)), data).status_code == 422

    def test_who_has_not_confirmed_is_asked_to(self, client, wish):
        waiting = subscribing.ask("new@example.org", wish)
        for answer in (client.get(url("choices", token(waiting))), client.post(url("choices", token(waiting)), {})):
            assert (answer.status_code, answer["Location"]) == (302, url("confirm", token(waiting)))

    def test_to_whom_mail_came_back_reads_why_nothing_comes(self, client, reader):
        subscribing.end(reader.code, "unknown")
        with override("en"):
            address, back = url("choices", token(reader)), url("come_back", token(reader))
        page = client.get(address).content.decode()
        assert "<h1>We have stopped writing to you</h1>" in page
        assert back not in page

    def test_who_left_sees_how_to_come_back_and_no_form(self, client, reader):
        subscribing.leave(reader)
        page = client.get(url("choices", token(reader)))
        assert page.templates[0].name == "newsletter/left.html"


class TestLinks:
    @pytest.mark.parametrize("name", ["choices", "confirm", "confirmed", "leave", "erase"])
    def test_are_told_to_nobody_and_kept_by_nobody(self, client, reader, name):
        response = client.get(url(name, token(reader)), follow=True)
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]

    def test_wrong_ones_are_counted_and_then_nothing_opens(self, client, reader, settings):
        settings.RATELIMIT_ENABLE = True
        right = token(reader)
        for number in range(20):
            assert client.get(url("choices", f"{right[:-2]}{number:02}x")).status_code == 404
        assert client.get(url("choices", right)).status_code == 429

    def test_of_erased_addresses_are_wrong(self, client, reader):
        right = token(reader)
        client.post(url("erase", right))
        assert client.get(url("choices", right)).status_code == 404
