"""The button by which things are followed: with an account, and by way of the sign-in page."""

import pytest
from django.test import Client

from portal.notifications.models import Follow
from portal.notifications.services import following
from tests.factories import ConsultationFactory, OrganisationFactory, PersonFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(db):
    return PersonFactory()


@pytest.fixture
def client(person):
    made = Client()
    made.force_login(person)
    return made


@pytest.fixture
def consultation(db):
    return ConsultationFactory(slug="parks", title_en="Parks & <b>trees</b>")


def url(consultation, ending=""):
    return f"/en/account/follow/consultation/{consultation.code}/{ending}"


def page_of(consultation):
    return f"/en/consultations/{consultation.code}/parks/"


class TestSignedIn:
    def test_the_button_follows_and_comes_back(self, client, person, consultation):
        assert "Follow this consultation" in client.get(page_of(consultation)).content.decode()
        answer = client.post(url(consultation), {"next": page_of(consultation)}, follow=True)
        assert answer.redirect_chain == [(page_of(consultation), 302)]
        shown = answer.content.decode()
        assert "You now follow “Parks &amp; &lt;b&gt;trees&lt;/b&gt;”." in shown
        assert "You follow this consultation." in shown
        assert list(Follow.objects.values_list("person_id", "kind", "key")) == [
            (person.pk, "consultation", consultation.code)
        ]

    def test_and_stops(self, client, consultation):
        client.post(url(consultation))
        answer = client.post(url(consultation), {"stop": "1", "next": page_of(consultation)}, follow=True)
        assert "You no longer follow it." in answer.content.decode()
        assert not Follow.objects.exists()

    def test_twice_is_once(self, client, consultation):
        for _ in range(2):
            assert client.post(url(consultation)).status_code == 302
        assert Follow.objects.count() == 1

    @pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
    def test_comes_back_to_this_portal_alone(self, client, consultation, place):
        assert client.post(url(consultation), {"next": place})["Location"] == page_of(consultation)

    def test_what_is_not_public_cannot_be_followed(self, client):
        draft = ConsultationFactory(status="draft")
        assert client.post(url(draft)).status_code == 404
        assert client.post("/en/account/follow/consultation/none/").status_code == 404
        assert client.post("/en/account/follow/person/1/").status_code == 404
        assert not Follow.objects.exists()

    def test_what_is_not_public_any_more_can_be_let_go(self, client, person, consultation):
        client.post(url(consultation))
        consultation.status = "draft"
        consultation.save()
        assert client.post(url(consultation), {"stop": "1"})["Location"] == "/en/account/notifications/"
        assert not Follow.objects.exists()

    def test_nobody_follows_more_than_anybody_reads(self, client, consultation, monkeypatch):
        monkeypatch.setattr(following, "MOST_FOLLOWS", 0)
        answer = client.post(url(consultation), follow=True)
        assert "nothing more can be added" in answer.content.decode()
        assert not Follow.objects.exists()

    def test_a_get_changes_nothing(self, client, consultation):
        assert client.get(url(consultation)).status_code == 405
        assert client.get("/en/account/follow/")["Location"] == "/en/account/notifications/"
        assert not Follow.objects.exists()

    def test_a_form_without_its_token_is_refused(self, person, consultation):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(person)
        assert strict.post(url(consultation)).status_code == 403
        assert not Follow.objects.exists()


class TestVisitors:
    def test_sign_in_and_follow_at_once(self, person, consultation):
        client = Client(enforce_csrf_checks=True)
        assert url(consultation, "first/") in client.get(page_of(consultation)).content.decode()
        answer = client.post(url(consultation, "first/"))
        assert answer["Location"] == "/en/account/follow/"
        sign_in = client.get(answer["Location"])
        assert sign_in["Location"] == "/en/account/login/?next=/en/account/follow/"
        assert "Sign in, and you follow it at once." in client.get(sign_in["Location"]).content.decode()
        client.force_login(person)
        arrived = client.get("/en/account/follow/", follow=True)
        assert arrived.redirect_chain == [(page_of(consultation), 302)]
        assert Follow.objects.get().person == person
        Follow.objects.all().delete()
        client.get("/en/account/follow/")
        assert not Follow.objects.exists()

    def test_from_our_own_pages_alone(self, consultation):
        client = Client()
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            assert client.post(url(consultation, "first/"), headers=headers).status_code == 403
        assert "sessionid" not in client.cookies

    def test_what_is_not_there_is_not_kept(self):
        client = Client()
        assert client.post("/en/account/follow/topic/none/first/").status_code == 404
        assert "sessionid" not in client.cookies

    def test_their_page_holds_no_token_and_sets_no_cookie(self, consultation):
        answer = Client().get(page_of(consultation))
        assert b"csrfmiddlewaretoken" not in answer.content
        assert not answer.cookies


class TestLists:
    def test_topic_and_body_have_a_button_where_the_list_is_theirs(self, client):
        topic, body = TopicFactory(), OrganisationFactory()
        shown = client.get(f"/en/consultations/?topic={topic.code}&body={body.code}").content.decode()
        assert f"/en/account/follow/topic/{topic.code}/" in shown
        assert f"/en/account/follow/organisation/{body.code}/" in shown
        assert f'value="/en/consultations/?topic={topic.code}&amp;body={body.code}"' in shown

    def test_and_none_elsewhere(self, client):
        for query in ("", "?topic=none&body=none", "?topic=%00&body=%27"):
            assert "account/follow" not in client.get(f"/en/consultations/{query}").content.decode()

    def test_following_leads_to_the_list(self, client):
        topic = TopicFactory()
        answer = client.post(f"/en/account/follow/topic/{topic.code}/")
        assert answer["Location"] == f"/en/consultations/?topic={topic.code}"
