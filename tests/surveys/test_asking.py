"""Short surveys after something is over: one mail about each thing, and nothing stored before a button is pressed."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Person
from portal.accounts.services.guests import erase_guest
from portal.mailings.choices import Reason
from portal.mailings.services import suppression
from portal.messaging.models import Message
from portal.registry.asking import ask_after, triggers
from surveys.choices import Audience, Mode, QuestionKind
from surveys.models import Asked, Draft, Following, Invitee, Inviting, NoInvitations, Participation, Sheet
from surveys.selectors.inviting import response
from surveys.services import asking, erasure
from surveys.services.refusals import SurveyRefused
from tests.factories import ContactFactory, OrganisationFactory, PersonFactory
from tests.surveys.factories import editor_of, make_page, make_question, make_survey, published, standard
from tests.surveys.test_inviting import HOSTILE, confirmed, everybody, people

__all__ = ["everybody"]
pytestmark = pytest.mark.django_db


def short(trigger="request_closed", kinds=(QuestionKind.RATING,), **fields):
    """Publish a survey of one page that follows a trigger."""
    survey = make_survey(audience=Audience.INVITED, **{"mode": Mode.IDENTIFIED, **fields})
    page = make_page(survey)
    for number, kind in enumerate(kinds):
        make_question(page, f"q{number}", kind, is_required=number == 0)
    survey = published(survey)
    asking.follow(survey, trigger, by=editor_of(survey))
    return survey


def ask(survey, recipient=None, subject="one", trigger="request_closed", language="en"):
    recipient = recipient or PersonFactory()
    return ask_after(trigger, subject, recipient=recipient, language=language, organisation=survey.organisation)


def mail():
    return Message.objects.get(template="surveys/question")


class TestAsking:
    def test_all_that_can_be_over_is_offered(self):
        assert set(triggers) >= {"request_closed", "event_over", "appointment_done"}

    def test_once_about_each_thing(self):
        survey, person = short(), PersonFactory()
        assert [ask(survey, person) for _ in range(3)] == [True, True, True]
        assert Asked.objects.count() == Message.objects.count() == 1
        assert ask(survey, person, subject="two")
        assert Asked.objects.count() == Message.objects.count() == 2

    def test_follows_their_request_and_so_the_week_is_no_matter(self, everybody):
        (reader,) = people(1)
        confirmed(published(standard(audience=Audience.INVITED)))
        assert ask(short(), reader)
        # And it stands in no invitation's way.
        Inviting.objects.update(at=timezone.now() - timedelta(days=8))
        assert confirmed(published(standard(audience=Audience.INVITED))).frozen_count == 1

    def test_the_bodys_own_survey_before_the_ministrys(self):
        ministry = short(organisation=OrganisationFactory(kind=OrganisationKind.MINISTRY))
        assert ask_after(
            "request_closed", "a", recipient=PersonFactory(), language="en", organisation=OrganisationFactory()
        )
        own = short()
        assert ask(own, subject="b")
        assert list(Invitee.objects.order_by("pk").values_list("survey", flat=True)) == [ministry.pk, own.pk]

    def test_nobody_is_asked_who_must_not_be_written_to(self):
        survey = short()
        listed, stopped, closed = PersonFactory(), PersonFactory(), PersonFactory(is_active=False)
        suppression.suppress(listed.email, Reason.COMPLAINT)
        NoInvitations.objects.create(address_hash=suppression.hash_of(stopped.email_key))
        erased = PersonFactory()
        Person.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
        erased.refresh_from_db()
        assert [ask(survey, one) for one in (listed, stopped, closed, erased)] == [False] * 4
        assert (
            ask_after("request_closed", "x", recipient=None, language="en", organisation=survey.organisation) is False
        )
        assert Message.objects.count() == 0

    @pytest.mark.parametrize("state", ["other trigger", "closed", "another language", "taken back"])
    def test_only_an_open_survey_that_follows_it_and_speaks_their_language(self, state):
        survey = short("event_over") if state == "other trigger" else short()
        if state == "closed":
            type(survey).objects.filter(pk=survey.pk).update(
                opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(days=1)
            )
        if state == "another language":
            type(survey).objects.filter(pk=survey.pk).update(status="paused")
            survey = short(languages=["en"], languages_reason="A trial")
            assert ask(survey, language="ar") is False
            return
        if state == "taken back":
            asking.follow(survey, "", by=editor_of(survey))
        assert ask(survey) is False

    def test_a_trigger_that_is_none_is_refused(self):
        survey = short()
        with pytest.raises(SurveyRefused):
            asking.follow(survey, "nonsense", by=editor_of(survey))
        with pytest.raises(SurveyRefused):
            asking.follow(survey, "", by=editor_of(published(standard())))


class TestMail:
    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_each_answer_is_a_link(self, language):
        survey = short(kinds=(QuestionKind.RATING, QuestionKind.SINGLE, QuestionKind.NPS, QuestionKind.LONG))
        ask(survey, language=language)
        message = mail()
        links = re.findall(rf'href="[^"]*/{language}/surveys/{survey.code}/i/[\w-]+/\?(q\d=\w+)"', message.html)
        assert links == [f"q0={number}" for number in range(1, 6)] + ["q1=yes", "q1=no"]
        for link in links:
            assert f"?{link}\n" in message.text
        assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"/{language}/surveys/invitations/" in message.headers["List-Unsubscribe"]

    def test_in_an_anonymous_survey_no_answer_stands_in_an_address(self):
        ask(short(mode=Mode.ANONYMOUS))
        assert "?q0" not in mail().text + mail().html
        assert "/i/" in mail().text

    def test_hostile_words_stay_text(self):
        body = OrganisationFactory(name_en=HOSTILE)
        ask(short(organisation=body))
        assert "<script>" not in mail().html
        assert "\u202e" not in mail().text + mail().subject


@pytest.fixture
def link():
    survey = short(kinds=(QuestionKind.RATING, QuestionKind.LONG))
    ask(survey)
    return survey, re.search(r'href="https?://[^/]+(/en/surveys/[^"?]+/i/[^"?]+)\?', mail().html)[1]


class TestLink:
    def test_opens_the_page_with_the_answer_chosen_and_stores_nothing(self, link):
        _survey, url = link
        client = Client(enforce_csrf_checks=True)
        for _ in range(3):
            page = client.get(f"{url}?q0=4").content.decode()
        assert re.search(r'value="4"[^>]*checked|checked[^>]*value="4"', page)
        assert page.count(" checked") == 1
        assert (Draft.objects.count(), Participation.objects.count(), Sheet.objects.count()) == (0, 0, 0)
        assert client.get(f"{url}?q0=4")["Referrer-Policy"] == "no-referrer"

    def test_the_button_hands_a_short_one_in(self, link):
        survey, url = link
        client = Client(enforce_csrf_checks=True)
        said = client.post(f"{url}?q0=4", {"q0": "5", "q1": HOSTILE, "_shown": ["q0", "q1"]}, follow=True)
        assert said.redirect_chain[-1][0].endswith("/done/")
        sheet = Sheet.objects.get()
        assert (sheet.survey, sheet.channel, sheet.answers.get(question="q0").number) == (survey, "mail", 5)
        assert client.get(f"{url}?q0=1").status_code == 410

    @pytest.mark.parametrize("typed", [{}, {"q0": "9"}, {"q0": "x"}, {"q0": ["1", "2"]}])
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, link, typed):
        _survey, url = link
        page = Client().post(url, {"q1": "kept words", "_shown": ["q0", "q1"], **typed})
        if typed == {"q0": ["1", "2"]} and page.status_code == 302:
            return
        assert page.status_code == 422
        assert "kept words" in page.content.decode()
        assert (Draft.objects.count(), Participation.objects.count()) == (0, 0)

    @pytest.mark.parametrize("query", ["q0=9", "q0=%3Cscript%3E", "q0=", "q9=1", "q0=1&q0=2", "q1=" + "x" * 1500])
    def test_an_answer_that_was_made_up_is_harmless(self, link, query):
        page = Client().get(f"{link[1]}?{query}")
        assert page.status_code == 200
        assert "<script>" not in page.content.decode().split("<main")[1].split("</main")[0].replace("<script ", "")

    def test_a_longer_survey_goes_on_with_its_next_page(self):
        survey = published(standard(audience=Audience.INVITED, mode=Mode.IDENTIFIED))
        asking.follow(survey, "request_closed", by=editor_of(survey))
        ask(survey)
        url = re.search(r'href="https?://[^/]+(/en/surveys/[^"?]+/i/[^"?]+)\?', mail().html)[1]
        client = Client()
        shown = re.findall(r'name="_shown" value="(\w+)"', client.get(f"{url}?ease=easy").content.decode())
        page = client.post(url, {"ease": "easy", "_shown": shown})
        assert page["Location"].endswith("/p/p2/")
        assert Draft.objects.get().saved == ["p1"]

    def test_consent_is_asked_for_first(self):
        fields = {f"consent_{code}": "We keep it." for code in ("ar", "en", "zh_hans")}
        ask(short(**fields))
        url = re.search(r'href="https?://[^/]+(/en/surveys/[^"?]+/i/[^"?]+)\?', mail().html)[1]
        client = Client()
        assert 'name="consent"' in client.get(f"{url}?q0=3").content.decode()
        refused = client.post(url, {"q0": "3", "_shown": ["q0"]})
        assert (refused.status_code, Draft.objects.count()) == (422, 0)
        assert client.post(url, {"q0": "3", "_shown": ["q0"], "consent": "yes"}).status_code == 302

    def test_in_an_anonymous_survey_the_address_chooses_nothing(self):
        survey = short(mode=Mode.ANONYMOUS)
        ask(survey)
        url = re.search(r'href="https?://[^/]+(/en/surveys/[^"?]+/i/[^"?]+)"', mail().html)[1]
        page = Client().get(f"{url}?q0=4").content.decode()
        assert 'name="q0"' not in page
        assert "Begin" in page


class TestCounts:
    def test_who_was_asked_is_in_the_response(self):
        survey = short()
        for number in range(3):
            ask(survey, subject=str(number))
        Message.objects.filter(pk=Message.objects.first().pk).update(state="failed")
        Message.objects.exclude(state="failed").update(state="sent")
        invitee = Invitee.objects.filter(asked__message__state="sent").first()
        Participation.objects.create(survey=survey, token_hash=invitee.token_hash)
        found = response(survey)
        assert (found.invited, found.delivered, found.bounced, found.answered, found.rate) == (3, 2, 1, 1, 0.5)

    def test_two_things_of_one_person_are_forgotten_together(self):
        survey, person = short(), PersonFactory()
        ask(survey, person, subject="one")
        ask(survey, person, subject="two")
        erasure.erase_invitations_of(person)
        assert list(Invitee.objects.values_list("address", "nonce", "person")) == [("", "", None)] * 2

    def test_guests_are_asked_and_can_go(self):
        survey, guest = short(), ContactFactory()
        assert ask(survey, guest)
        assert erase_guest(guest, reason="asked")
        assert Invitee.objects.get().contact is None


class TestStaffPage:
    def test_an_editor_chooses_in_the_admin(self, client):
        survey = published(standard())
        client.force_login(editor_of(survey))
        with override("en"):
            url = reverse("admin:surveys_survey_rounds", args=[survey.pk])
        client.post(f"{url}follow/", {"trigger": "request_closed"})
        assert Following.objects.get().trigger == "request_closed"
        assert 'value="request_closed" selected' in client.get(url).content.decode()
        client.post(f"{url}follow/", {"trigger": "nonsense"})
        assert Following.objects.get().trigger == "request_closed"
