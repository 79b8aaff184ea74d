"""The list, the start page and staff's own pages: what is shown to whom, in how many queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.choices import Role
from surveys.choices import Audience, Channel, Mode, SheetState
from surveys.models import Draft, Sheet, Survey
from surveys.selectors.public import minutes_for, next_turn
from surveys.selectors.structure import questionnaire_in
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.surveys.factories import editor_of, make_page, make_question, make_survey, past, published, standard
from tests.surveys.test_answering_pages import FIRST, SECOND, begin, send, text_of

pytestmark = pytest.mark.django_db


class TestList:
    def test_open_coming_and_closed_stand_apart(self, client):
        published(standard(title_en="Open one"))
        published(standard(title_en="Coming one", opens_at=timezone.now() + timedelta(days=1)))
        past(published(standard(title_en="Past one")))
        standard(title_en="A draft")
        published(standard(title_en="For the invited", audience=Audience.INVITED))
        found = {state: text_of(client.get(f"/en/surveys/?state={state}")) for state in ("open", "coming", "over")}
        titles = {"open": "Open one", "coming": "Coming one", "over": "Past one"}
        for state, text in found.items():
            for other, title in titles.items():
                assert (title in text) is (state == other), (state, title)
            assert "A draft" not in text and "For the invited" not in text
        assert "Open 1 Coming 1 Closed 1" in found["open"]

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_number_of_surveys_adds_no_query(self, client, count, django_assert_num_queries):
        for _turn in range(count):
            published(standard())
        client.get("/en/surveys/")
        with django_assert_num_queries(5):
            client.get("/en/surveys/")

    def test_an_empty_list_says_what_to_do(self, client):
        assert "No survey is open now" in text_of(client.get("/en/surveys/?state=nonsense"))

    def test_pages_of_visitors_change_when_one_opens_or_closes(self):
        now = timezone.now()
        survey = published(standard(closes_at=now + timedelta(days=3)))
        coming = published(standard(opens_at=now + timedelta(days=1)))
        assert next_turn(timezone.now()) == coming.opens_at
        assert next_turn(now + timedelta(days=2)) == survey.closes_at
        assert next_turn(now + timedelta(days=4)) is None


class TestStart:
    def test_it_takes_as_long_as_what_is_always_asked(self):
        survey = published(standard())
        # ease, features, two lines, hours and ideas; why is asked only of some.
        assert minutes_for(questionnaire_in(survey.version)) == 1

    @pytest.mark.parametrize(
        ("audience", "verification", "told"),
        [
            (Audience.EVERYONE, None, "Begin"),
            (Audience.SIGNED_IN, None, "Sign in to answer"),
            (Audience.SIGNED_IN, "email", "Begin"),
            (Audience.VERIFIED, "email", "Only people whose identity is verified"),
            (Audience.VERIFIED, "identity", "Begin"),
            (Audience.MEMBERS, "identity", "Only members of the organisations"),
            (Audience.INVITED, "identity", "Only those who were invited"),
        ],
    )
    def test_it_says_who_may_answer(self, client, audience, verification, told):
        survey = published(standard(audience=audience))
        if verification:
            client.force_login(PersonFactory(verification=verification))
        text = text_of(client.get(f"/en/surveys/{survey.code}/"))
        assert told in text
        assert ("Begin" in text) is (told == "Begin")
        if told != "Begin":
            response = client.post(f"/en/surveys/{survey.code}/begin/", {"consent": "yes"})
            assert response.status_code in (200, 302)
            assert Draft.objects.count() == 0

    def test_a_visitors_page_is_the_same_for_all(self, client):
        survey = published(standard())
        page = client.get(f"/en/surveys/{survey.code}/")
        assert client.cookies == {} and b"csrfmiddlewaretoken" not in page.content

    def test_one_in_other_languages_says_so(self, client):
        survey = published(standard(languages=["ar"], languages_reason="Asked in Arabic only"))
        assert "not offered in your language" in text_of(client.get(f"/en/surveys/{survey.code}/"))
        assert "not offered in your language" not in text_of(client.get(f"/ar/surveys/{survey.code}/"))


class TestQueries:
    @pytest.mark.parametrize("questions", [1, 3])
    def test_a_page_and_saving_it_ask_as_much_whatever_is_on_it(self, client, questions, django_assert_num_queries):
        survey = make_survey()
        for page in ("p1", "p2"):
            made = make_page(survey, page)
            for number in range(questions):
                make_question(made, f"{page}q{number}")
        base = begin(client, published(survey))
        fields = {f"p1q{number}": "yes" for number in range(questions)}
        send(client, base, "p1", fields, list(fields))
        with django_assert_num_queries(1):
            client.get(f"{base}p/p1/")
        # The draft, its lock, the save between two savepoints.
        with django_assert_num_queries(5):
            send(client, base, "p1", fields, list(fields))


class TestStaff:
    @pytest.fixture
    def survey(self, monkeypatch):
        monkeypatch.setattr("surveys.services.handing_in.SAMPLE", 1)
        return published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN))

    def entered(self, survey, editor):
        client = Client()
        client.force_login(editor)
        response = client.post(f"/en/surveys/{survey.code}/enter/", {"channel": "paper"})
        base = response["Location"]
        assert "You write down what somebody else answered: On paper" in text_of(client.get(f"{base}p/p1/"))
        send(client, base, "p1", FIRST)
        send(client, base, "p2", SECOND)
        done = client.post(f"{base}review/", follow=True)
        return base, text_of(done)

    def test_paper_is_entered_and_looked_at_by_somebody_else(self, survey):
        editor, other = editor_of(survey), editor_of(survey)
        _base, told = self.entered(survey, editor)
        sheet = Sheet.objects.get()
        assert f"Please write this on the paper, or in your note of the call: {sheet.reference}" in told
        assert sheet.channel == Channel.PAPER
        client = Client()
        client.force_login(editor)
        assert sheet.reference not in text_of(client.get(f"/en/surveys/{survey.code}/looks/"))
        client.force_login(other)
        assert "1 sheet waits for a second look" in text_of(client.get(f"/en/surveys/{survey.code}/enter/"))
        assert sheet.reference in text_of(client.get(f"/en/surveys/{survey.code}/looks/"))
        page = f"/en/surveys/{survey.code}/looks/{sheet.pk}/"
        assert "signing" in text_of(client.get(page))
        client.post(page, {"_wrong": "1"})
        assert Sheet.objects.get().state == SheetState.REFUSED
        assert Survey.objects.get().answer_count == 0

    def test_the_way_must_be_said(self, survey):
        client = Client()
        client.force_login(editor_of(survey))
        for channel in ("", "web", "nonsense"):
            response = client.post(f"/en/surveys/{survey.code}/enter/", {"channel": channel})
            assert "Please say how the answers came in" in text_of(response)
        assert Draft.objects.count() == 0

    @pytest.mark.parametrize("path", ["enter/", "looks/"])
    def test_nobody_else_enters(self, survey, path):
        url = f"/en/surveys/{survey.code}/{path}"
        client = Client()
        assert client.get(url).status_code == 302
        strangers = (staff(Role.EDITOR, OrganisationFactory()), staff(Role.AGENT, survey.organisation))
        for person in (PersonFactory(), *strangers):
            client.force_login(person)
            assert client.get(url).status_code == 404

    def test_what_one_enters_nobody_else_goes_on_with(self, survey):
        client = Client()
        client.force_login(editor_of(survey))
        base = client.post(f"/en/surveys/{survey.code}/enter/", {"channel": "paper"})["Location"]
        other = Client()
        assert other.get(base).status_code == 404
        other.force_login(editor_of(survey))
        assert other.get(base).status_code == 404
