"""Where one is signed in, how sessions end, and how long those of staff last."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from portal.accounts.choices import Role
from portal.accounts.models import OpenSession
from portal.accounts.services import open_sessions
from portal.messaging.models import Message
from portal.web.services import clear_sessions
from tests.accounts.signing import PASSWORD, again, confirmed, is_signed_in, sign_in, trail
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
LIST = "/en/account/security/sessions/"
NEW = {"password1": "the lamp by the door", "password2": "the lamp by the door"}
ENDED = "person.sessions_ended"


@pytest.fixture
def person():
    """Somebody."""
    return confirmed(email="me@example.org")


@pytest.fixture
def agent():
    """Somebody who works for a body."""
    return confirmed(Role.AGENT, OrganisationFactory())


def shift(client, seconds):
    """Let the session of this browser have begun and been used so many seconds earlier."""
    session = client.session
    for mark in (open_sessions.BEGAN, open_sessions.SEEN):
        session[mark] -= seconds
    session.save()


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 OPR/125.0", "Opera on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) SamsungBrowser/28.0 Chrome/130 Safari/537", "Samsung Internet on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/142.0 Mobile Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPad"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) FxiOS/145.0 Mobile Safari/605", "Firefox on iPhone"),
        ("<script>alert(1)</script>", "Another browser on another device"),
        ("", "Another browser on another device"),
    ],
)
@pytest.mark.usefixtures("english")
def test_a_device_in_words(agent, device):
    browser, system = open_sessions.device_of(agent)
    assert str(OpenSession(browser=browser, system=system)) == device


class TestList:
    def test_shows_ones_own_and_marks_this_one(self, person):
        other = confirmed()
        sign_in(other)
        sign_in(person)
        mine = sign_in(person)
        page = mine.get(LIST)
        listed = list(page.context["sessions"])
        assert len(listed) == 2
        assert {session.person for session in listed} == {person}
        assert page.context["current"] == listed[0].code, "the one in use was used last"
        assert page.content.decode().count("This device") == 1
        assert "Firefox on Android" in page.content.decode()

    def test_nothing_of_the_address_is_stored(self, person):
        sign_in(person, REMOTE_ADDR="192.0.2.77")
        stored = str(list(OpenSession.objects.values())) + str([s.get_decoded() for s in Session.objects.all()])
        assert "192.0.2.77" not in stored
        assert "Gecko" not in stored

    def test_one_ends(self, person):
        elsewhere, mine = sign_in(person), sign_in(person)
        code = elsewhere.session[open_sessions.CODE]
        assert mine.get(f"{LIST}{code}/end/").status_code == 405
        assert mine.post(f"{LIST}{code}/end/")["Location"] == LIST
        assert (is_signed_in(elsewhere), is_signed_in(mine)) == (False, True)
        assert trail(person, ENDED) == [(ENDED, person.pk, {"count": 1, "why": "asked"})]

    def test_somebody_elses_is_not_found(self, person):
        theirs, mine = sign_in(confirmed()), sign_in(person)
        assert mine.post(f"{LIST}{theirs.session[open_sessions.CODE]}/end/").status_code == 404
        assert is_signed_in(theirs)

    def test_this_one_ends_by_signing_out(self, person):
        mine = sign_in(person)
        answer = mine.post(f"{LIST}{mine.session[open_sessions.CODE]}/end/")
        assert answer["Location"] == "/en/account/logout/"
        mine.post("/en/account/logout/")
        assert OpenSession.objects.count() == 0

    def test_all_others_end(self, person):
        others, mine, theirs = [sign_in(person) for _number in range(2)], sign_in(person), sign_in(confirmed())
        page = mine.post(f"{LIST}end/", follow=True).content.decode()
        assert "2 sessions have ended." in page
        assert [is_signed_in(client) for client in (*others, mine, theirs)] == [False, False, True, True]

    def test_needs_no_more_questions_for_three_than_for_one(self, person, django_assert_num_queries):
        mine = sign_in(person)
        mine.get(LIST)
        with django_assert_num_queries(7):
            mine.get(LIST)
        for _number in range(2):
            sign_in(person)
        with django_assert_num_queries(7):
            mine.get(LIST)

    def test_sessions_that_ran_out_are_not_listed_and_then_forgotten(self, person):
        sign_in(person)
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        mine = sign_in(person)
        assert len(mine.get(LIST).context["sessions"]) == 1
        OpenSession.objects.update(signed_in_at=timezone.now() - timedelta(minutes=6))
        clear_sessions()
        assert list(OpenSession.objects.values_list("code", flat=True)) == [mine.session[open_sessions.CODE]]

    def test_a_session_from_before_the_list_is_taken_up(self, person):
        mine = sign_in(person)
        OpenSession.objects.all().delete()
        session = mine.session
        del session[open_sessions.CODE]
        session.save()
        assert len(mine.get(LIST).context["sessions"]) == 1

    def test_visitors_are_asked_to_sign_in(self, client):
        assert client.get(LIST)["Location"].startswith("/en/account/login/")


class TestLastSeen:
    def test_is_noted_after_five_minutes_and_not_before(self, person, django_assert_num_queries):
        mine = sign_in(person)
        then = timezone.now() - timedelta(hours=1)
        OpenSession.objects.update(last_seen_at=then)
        shift(mine, 290)
        mine.get("/en/account/")
        assert OpenSession.objects.get().last_seen_at == then
        shift(mine, 10)
        mine.get("/en/account/")
        assert OpenSession.objects.get().last_seen_at > then


class TestPassword:
    def test_a_change_ends_the_others_and_tells(self, person):
        elsewhere, mine = sign_in(person), sign_in(person)
        mine.post("/en/account/password/change/", {"oldpassword": PASSWORD, **NEW})
        assert (is_signed_in(elsewhere), is_signed_in(mine)) == (False, True)
        assert [item.code for item in open_sessions.of(person)] == [mine.session[open_sessions.CODE]]
        assert OpenSession.objects.get().session_key == mine.session.session_key
        assert trail(person, ENDED) == [(ENDED, person.pk, {"count": 1, "why": "password"})]
        assert [message.template for message in person.messages.all()] == ["account/password_changed"]

    def test_the_session_that_stays_can_be_ended_later(self, person):
        mine = sign_in(person)
        mine.post("/en/account/password/change/", {"oldpassword": PASSWORD, **NEW})
        open_sessions.end_all(person, why="asked", by=person)
        assert not is_signed_in(mine)

    def test_a_reset_ends_all(self, person):
        mine = sign_in(person)
        visitor = Client()
        visitor.post("/en/account/password/reset/", {"email": person.email})
        link = next(word for word in Message.objects.get().text.split() if "/password/reset/key/" in word)
        form = visitor.get(link.removeprefix("http://localhost:8000"))["Location"]
        visitor.post(form, NEW)
        assert not is_signed_in(mine)
        assert OpenSession.objects.count() == 0
        assert person.messages.order_by("pk").last().template == "account/password_reset"


class TestStaff:
    @pytest.mark.parametrize(("minutes", "stays"), [(29, True), (30, False)])
    def test_idle_for_half_an_hour_ends(self, settings, agent, minutes, stays):
        settings.STAFF_IDLE_MINUTES = 30
        mine = sign_in(agent)
        shift(mine, minutes * 60)
        assert is_signed_in(mine) is stays
        assert OpenSession.objects.count() == stays

    def test_work_keeps_it_open(self, settings, agent):
        settings.STAFF_IDLE_MINUTES = 30
        mine = sign_in(agent)
        for _number in range(3):
            shift(mine, 20 * 60)
            assert is_signed_in(mine)

    @pytest.mark.parametrize(("hours", "stays"), [(11, True), (12, False)])
    def test_twelve_hours_end_it_in_any_case(self, settings, agent, hours, stays):
        settings.STAFF_SESSION_HOURS = 12
        mine = sign_in(agent)
        shift(mine, hours * 3600)
        assert is_signed_in(mine) is stays

    def test_a_session_from_before_counts_as_old(self, settings, agent):
        settings.STAFF_IDLE_MINUTES = 30
        mine = sign_in(agent)
        session = mine.session
        del session[open_sessions.SEEN]
        session.save()
        assert not is_signed_in(mine)

    def test_citizens_are_left_alone(self, settings, person):
        settings.STAFF_IDLE_MINUTES, settings.STAFF_SESSION_HOURS = 30, 12
        mine = sign_in(person)
        shift(mine, 13 * 3600)
        assert is_signed_in(mine)

    def test_neither_where_it_is_switched_off(self, agent):
        mine = sign_in(agent)
        shift(mine, 13 * 3600)
        assert is_signed_in(mine)

    def test_it_is_said(self, settings, agent):
        settings.STAFF_IDLE_MINUTES = 30
        mine = sign_in(agent)
        shift(mine, 1800)
        page = mine.get("/en/admin/", follow=True)
        assert page.redirect_chain[-1][0] == "/en/account/login/?next=%2Fen%2Fadmin%2F"
        assert "For safety you were signed out" in page.content.decode()

    def test_what_was_typed_is_given_back(self, settings, agent):
        settings.STAFF_IDLE_MINUTES = 30
        mine = sign_in(agent)
        shift(mine, 1800)
        page = mine.post("/en/admin/pages/page/add/", {"title_en": "An hour's work on a policy"})
        assert page.status_code == 403
        assert "An hour&#x27;s work on a policy" in page.content.decode()
        assert "You are no longer signed in" in page.content.decode()
        assert mine.cookies["sessionid"].value == ""


def test_marks_in_the_session_are_whole_seconds(person):
    session = sign_in(person).session
    assert abs(session[open_sessions.BEGAN] - time.time()) < 5
    assert session[open_sessions.BEGAN] == session[open_sessions.SEEN]


def test_signing_in_again_in_one_browser_lists_one(person):
    mine = sign_in(person)
    mine.post("/en/account/logout/")
    mine.post("/en/account/login/", {"login": person.email, "password": PASSWORD})
    again(mine, person)
    assert OpenSession.objects.count() == 1
