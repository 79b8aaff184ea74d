"""The page behind the link in each message: a GET changes nothing, a POST stops, and can be taken back."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from portal.accounts.services import erase_person
from portal.notifications.choices import DEFAULTS, Subject
from portal.notifications.models import Follow, Preference
from portal.notifications.rules import Stop, stop_token
from portal.notifications.selectors import choices_of, is_following
from portal.notifications.services import follow, set_preference
from tests.factories import PersonFactory
from tests.notifications.conftest import PUBLIC

pytestmark = pytest.mark.django_db
LANGUAGES = ["ar", "en", "zh-hans"]


def link(person, stop, language="en"):
    with translation.override(language):
        return reverse("notifications:stop", args=[stop_token(person.code, stop)])


REPLIES = Stop(subjects=(Subject.REPLIES,))
ROADS = Stop(follow=("topic", "roads"))


@pytest.fixture
def person():
    person = PersonFactory()
    follow(person, kind="topic", key="roads")
    return person


@pytest.fixture
def strict():
    """A browser of whose forms the token is checked, as everywhere but in tests."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("stop", [REPLIES, ROADS])
def test_a_get_changes_nothing(client, person, stop):
    for act in (client.get, client.head):
        assert act(link(person, stop)).status_code == 200
    assert is_following(person, "topic", "roads") and not Preference.objects.exists()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stop", [REPLIES, ROADS])
def test_the_button_stops_it_without_signing_in_and_takes_it_back(strict, person, stop, language):
    url = link(person, stop, language)
    assert strict.get(url).status_code == 200
    for _ in range(2):
        assert strict.post(url).status_code == 200
        assert is_following(person, "topic", "roads") is (stop == REPLIES)
        assert (choices_of(person)[Subject.REPLIES].rhythm == "never") is (stop == REPLIES)
    assert strict.post(url, {"again": "1"}).status_code == 200
    assert is_following(person, "topic", "roads")
    assert choices_of(person)[Subject.REPLIES].rhythm == "at_once"
    assert "sessionid" not in strict.cookies


def test_taken_back_it_comes_as_it_was_chosen(client, person):
    set_preference(person, Subject.REPLIES, "email", "weekly")
    url = link(person, REPLIES)
    stopped = client.post(url)
    assert stopped.context["before"] == ["replies:email:weekly"]
    client.post(url, {"again": "1", "before": stopped.context["before"]})
    assert choices_of(person)[Subject.REPLIES].rhythm == "weekly"


@pytest.mark.parametrize("before", ["", "replies", "replies:x:y", "other:email:daily", "replies:sms:daily", "a:b:c:d"])
def test_what_a_form_must_not_bring_back_is_left_out(client, person, before):
    url = link(person, REPLIES)
    client.post(url)
    assert client.post(url, {"again": "1", "before": before}).status_code == 200
    assert choices_of(person)[Subject.REPLIES] == DEFAULTS[Subject.REPLIES]
    assert Preference.objects.count() == 1


def test_a_mail_program_stops_it_with_one_click(strict, person):
    body = "List-Unsubscribe=One-Click"
    response = strict.post(link(person, ROADS), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert not Follow.objects.exists()


def test_it_stops_what_it_names_and_for_its_person_alone(client, person):
    other = PersonFactory()
    follow(other, kind="topic", key="roads")
    follow(person, kind="thing", key="a")
    client.post(link(person, ROADS))
    assert list(Follow.objects.values_list("person_id", "kind")) == [(other.pk, "topic"), (person.pk, "thing")]
    client.post(link(person, REPLIES))
    assert list(Preference.objects.values_list("person_id", "subject")) == [(person.pk, "replies")]


def test_what_is_no_longer_public_is_not_named_and_can_be_unfollowed(client, person):
    PUBLIC["topic"].remove("roads")
    try:
        assert "topic roads" not in client.get(link(person, ROADS)).content.decode()
        page = client.post(link(person, ROADS)).content.decode()
    finally:
        PUBLIC["topic"].add("roads")
    assert "topic roads" not in page and 'name="again"' not in page
    assert not Follow.objects.exists()


def test_titles_are_escaped(client, person):
    key = "<b>x"
    PUBLIC["topic"].add(key)
    try:
        page = client.get(link(person, Stop(follow=("topic", key)))).content.decode()
    finally:
        PUBLIC["topic"].remove(key)
    assert "“<bdi>topic &lt;b&gt;x</bdi>”" in page
    assert "<b>x" not in page


def test_wrong_links_open_nothing(client, person):
    good = link(person, REPLIES)
    erased = PersonFactory()
    gone = link(erased, REPLIES)
    erase_person(erased, by=erased)
    for url in (good[:-2] + "/", good.replace("replies", "decisions"), "/en/account/notices/stop/x/", gone):
        assert client.get(url).status_code == 404
        assert client.post(url).status_code == 404
    assert not Preference.objects.exists()


def test_twenty_wrong_links_close_the_door(client, person, settings):
    settings.RATELIMIT_ENABLE = True
    for number in range(20):
        assert client.get(f"/en/account/notices/stop/x{number}/").status_code == 404
    assert client.get(link(person, REPLIES)).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").get(link(person, REPLIES)).status_code == 200


def test_a_form_on_another_site_stops_nothing(client, person):
    assert client.post(link(person, ROADS), headers={"sec-fetch-site": "cross-site"}).status_code == 404
    assert is_following(person, "topic", "roads")


def test_the_page_is_kept_nowhere_and_names_no_referrer(client, person):
    response = client.get(link(person, REPLIES))
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert client.put(link(person, REPLIES)).status_code == 405
