"""Answering from the first page to the thanks, without script, cookie or account; and all that goes wrong."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.files.models import StoredFile
from portal.urns.models import Sealed
from surveys.choices import Act, Audience, Mode, QuestionKind, Status
from surveys.models import Answer, Draft, PageCount, Participation, Rollup, Sheet, Survey
from surveys.services.states import move
from tests.factories import PersonFactory
from tests.surveys.factories import editor_of, make_page, make_question, make_survey, past, published, standard

pytestmark = pytest.mark.django_db

FIRST = {"ease": "easy", "features": ["send", "other"], "features.other": "signing"}
SECOND = {"parts.speed": "good", "parts.look": "bad", "hours": "٧٫٥", "ideas": "less paper\nplease"}
SHOWN = {"p1": ["ease", "features"], "p2": ["parts", "hours", "ideas"]}


@pytest.fixture
def client():
    """Return a visitor whose forms are checked as a browser's are."""
    return Client(enforce_csrf_checks=True)


def identified(**fields):
    return published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN, **fields))


def begin(client, survey, language="en"):
    """Return the address below which a visitor's pages are."""
    response = client.post(f"/{language}/surveys/{survey.code}/begin/", {"consent": "yes"})
    assert response.status_code == 302, response.content.decode()[:3000]
    return response["Location"]


def send(client, base, page, fields, shown=None, **more):
    shown = SHOWN.get(page, []) if shown is None else shown
    return client.post(f"{base}p/{page}/", {"_on": "1", **fields, "_shown": shown, **more})


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


class TestWholeWay:
    def test_a_visitor_answers_without_a_cookie(self, client):
        survey = published(standard())
        start = client.get(f"/en/surveys/{survey.code}/")
        assert "Your answers are anonymous" in text_of(start)
        base = begin(client, survey)
        assert client.get(base)["Location"] == f"{base}p/p1/"
        page = client.get(f"{base}p/p1/")
        assert page.status_code == 200
        assert "Page 1 of 2" in text_of(page)
        # What opens only when it is hard is not asked yet.
        assert 'name="ease"' in page.content.decode() and 'name="why"' not in page.content.decode()
        assert send(client, base, "p1", FIRST)["Location"] == f"{base}p/p2/"
        assert send(client, base, "p2", SECOND)["Location"] == f"{base}review/"
        review = text_of(client.get(f"{base}review/"))
        assert "signing" in review and "7.5" in review and "less paper" in review
        assert client.post(f"{base}review/")["Location"] == f"{base}done/"
        assert "Thank you: your answers are handed in" in text_of(client.get(f"{base}done/"))
        assert client.cookies == {}
        assert (Sealed.objects.count(), Sheet.objects.count()) == (1, 0)
        survey.refresh_from_db()
        assert survey.answer_count == 1

    def test_a_page_at_a_secret_link_is_kept_by_nobody(self, client):
        base = begin(client, published(standard()))
        page = client.get(f"{base}p/p1/")
        assert page["Cache-Control"] == "private, no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert "csrfmiddlewaretoken" not in page.content.decode()

    def test_an_account_answers_and_is_found_again(self, client):
        survey, person = identified(one_each=True), PersonFactory()
        client = Client()
        client.force_login(person)
        assert "Your name stands beside your answers" in text_of(client.get(f"/en/surveys/{survey.code}/"))
        base = begin(client, survey)
        assert base == f"/en/surveys/{survey.code}/mine/"
        send(client, base, "p1", FIRST)
        other = Client()
        other.force_login(person)
        assert other.get(base)["Location"] == f"{base}p/p2/"
        send(other, base, "p2", SECOND)
        assert other.post(f"{base}review/")["Location"] == f"{base}done/"
        sheet = Sheet.objects.get()
        assert (sheet.participation.person, sheet.language, sheet.number, sheet.is_anonymous) == (
            person,
            "en",
            1,
            False,
        )
        kept = {(one.question, one.row, one.option): (one.number, one.text) for one in sheet.answers.all()}
        assert kept == {
            ("ease", "", "easy"): (None, ""),
            ("features", "", "send"): (None, ""),
            ("features", "", "other"): (None, "signing"),
            ("parts", "speed", "good"): (None, ""),
            ("parts", "look", "bad"): (None, ""),
            ("hours", "", ""): (7.5, ""),
            ("ideas", "", ""): (None, "less paper\nplease"),
        }
        assert "You have answered this survey" in text_of(client.get(f"/en/surveys/{survey.code}/"))
        assert begin_again(client, survey) == 200
        assert Sheet.objects.count() == 1

    def test_counters_say_what_was_answered(self, client):
        survey = identified()
        for _turn in range(2):
            client = Client()
            client.force_login(PersonFactory())
            base = begin(client, survey)
            send(client, base, "p1", FIRST)
            send(client, base, "p2", SECOND)
            client.post(f"{base}review/")
        found = {(one.question, one.row, one.option): one.count for one in Rollup.objects.all()}
        assert found == dict.fromkeys(
            [
                *[("ease", "", ""), ("ease", "", "easy"), ("features", "", ""), ("features", "", "send")],
                *[("features", "", "other"), ("parts", "", ""), ("parts", "speed", ""), ("parts", "speed", "good")],
                *[("parts", "look", ""), ("parts", "look", "bad"), ("hours", "", ""), ("ideas", "", "")],
            ],
            2,
        )
        hours = Rollup.objects.get(question="hours")
        assert (hours.total, hours.squares) == (15, 112.5)
        pages = {one.page: one.count for one in PageCount.objects.all()}
        assert pages == {"": 2, "p1": 2, "p2": 2, "=": 2}

    def test_the_language_changes_in_the_middle_and_keeps_answers_and_place(self, client):
        base = begin(client, published(standard()))
        response = send(client, base, "p1", FIRST | {"_language": "zh-hans"})
        chinese = base.replace("/en/", "/zh-hans/")
        assert response["Location"] == f"{chinese}p/p1/"
        page = client.get(f"{chinese}p/p1/").content.decode()
        assert 'value="easy" id="id_ease" checked' in page
        assert 'value="signing"' in page
        assert "ease中" in page
        assert send(client, chinese, "p1", FIRST)["Location"] == f"{chinese}p/p2/"

    def test_back_and_forth_keeps_what_was_typed_and_asks_nothing(self, client):
        base = begin(client, published(standard()))
        send(client, base, "p1", FIRST)
        fields = {"ideas": "half a thought"}
        back = client.post(f"{base}p/p2/", {"_back": "1", **fields, "_shown": SHOWN["p2"]})
        assert back["Location"] == f"{base}p/p1/"
        assert "half a thought" in client.get(f"{base}p/p2/").content.decode()

    def test_later_shows_the_link_and_the_link_leads_back(self, client):
        base = begin(client, published(standard()))
        send(client, base, "p1", FIRST)
        away = client.post(f"{base}p/p2/", {"_later": "1", "ideas": "so far", "_shown": SHOWN["p2"]})
        assert away["Location"] == f"{base}later/"
        page = client.get(f"{base}later/").content.decode()
        link = re.search(r">\s*http://testserver([^<\s]+)<", page)[1]
        assert Client().get(link, follow=True).redirect_chain[-1][0] == f"{base}p/p2/"
        assert "so far" in Client().get(link, follow=True).content.decode()

    def test_consent_is_asked_for_and_its_version_kept(self, client):
        survey = standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
        for code in ("ar", "en", "zh_hans"):
            setattr(survey, f"consent_{code}", "We keep it for a year.")
        survey.save()
        survey = published(survey)
        client = Client()
        client.force_login(PersonFactory())
        refused = client.post(f"/en/surveys/{survey.code}/begin/")
        assert "Please agree before you begin" in text_of(refused)
        assert Draft.objects.count() == 0
        base = begin(client, survey)
        send(client, base, "p1", FIRST)
        send(client, base, "p2", {})
        client.post(f"{base}review/")
        assert Sheet.objects.get().consent_number == 1


def begin_again(client, survey):
    return client.post(f"/en/surveys/{survey.code}/begin/", {"consent": "yes"}).status_code


class TestBranches:
    def test_a_question_opened_on_the_same_page_is_asked_before_going_on(self, client):
        base = begin(client, published(standard()))
        response = send(client, base, "p1", {"ease": "hard"})
        assert response["Location"] == f"{base}p/p1/#field_why"
        assert 'name="why"' in client.get(f"{base}p/p1/").content.decode()
        shown = ["ease", "why", "features"]
        assert send(client, base, "p1", {"ease": "hard", "why": "slow"}, shown)["Location"] == f"{base}p/p2/"

    def test_what_was_answered_on_a_hidden_branch_is_dropped_and_counted(self, client):
        survey = identified()
        client = Client()
        client.force_login(PersonFactory())
        base = begin(client, survey)
        send(client, base, "p1", {"ease": "hard", "why": "slow"}, ["ease", "why", "features"])
        send(client, base, "p1", {"ease": "easy", "why": "slow"}, ["ease", "why", "features"])
        send(client, base, "p2", {})
        assert "1 answer is left out" in text_of(client.get(f"{base}review/"))
        client.post(f"{base}review/")
        sheet = Sheet.objects.get()
        assert sheet.dropped == 1
        assert [one.question for one in sheet.answers.all()] == ["ease"]

    def test_progress_counts_pages_really_ahead(self, client):
        survey = make_survey()
        first, second, _third = make_page(survey, "p1"), make_page(survey, "p2"), make_page(survey, "p3")
        make_question(first, "a", is_required=True)
        make_question(second, "b")
        make_question(_third, "c")
        second.conditions.create(source="a", operator="equal", value="yes")
        base = begin(client, published(survey))
        assert send(client, base, "p1", {"a": "no"}, ["a"])["Location"] == f"{base}p/p3/"
        assert "Page 2 of 2" in text_of(client.get(f"{base}p/p3/"))
        send(client, base, "p1", {"a": "yes"}, ["a"])
        assert "Page 2 of 3" in text_of(client.get(f"{base}p/p2/"))


class TestBadInput:
    def test_page_two_first_leads_to_the_first(self, client):
        base = begin(client, published(standard()))
        assert client.get(f"{base}p/p2/")["Location"] == f"{base}p/p1/"
        response = send(client, base, "p2", {"ideas": "typed too early"})
        assert response.status_code == 409
        assert "This page comes later" in text_of(response) and "typed too early" in text_of(response)
        assert client.get(f"{base}review/").status_code == 200
        assert client.post(f"{base}review/")["Location"] == f"{base}p/p1/"
        assert Sealed.objects.count() == 0

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"ease": "purple"}, "This is not among the answers offered"),
            ({"ease": ["easy", "hard"]}, "Please choose one answer only"),
            ({}, "Please answer this question"),
            ({"ease": "easy", "features": ["none", "send"]}, "goes with no other"),
            ({"ease": "easy", "features": "other"}, "Please write what you mean"),
            ({"ease": "easy", "features": "other", "features.other": "x" * 201}, "This is too long"),
        ],
    )
    def test_what_is_no_answer_is_told_and_not_stored(self, client, fields, told):
        survey = published(standard())
        base = begin(client, survey)
        before = bytes(Draft.objects.get().sealed)
        response = send(client, base, "p1", fields)
        assert response.status_code == 200
        assert told in text_of(response)
        assert 'id="error-summary"' in response.content.decode()
        assert bytes(Draft.objects.get().sealed) == before
        assert not PageCount.objects.filter(page="p1").exists()

    def test_an_overlong_text_is_given_back_whole(self, client):
        base = begin(client, published(standard()))
        send(client, base, "p1", FIRST)
        text = "long " * 2000
        response = send(client, base, "p2", {"ideas": text, "hours": "99"})
        assert "This is too long" in text_of(response) and "24 or less" in text_of(response)
        assert text.strip() in response.content.decode()
        assert 'value="99"' in response.content.decode()

    def test_a_question_of_another_page_is_not_read(self, client):
        survey = identified()
        client = Client()
        client.force_login(PersonFactory())
        base = begin(client, survey)
        send(client, base, "p1", FIRST | {"ideas": "smuggled", "nothing": "x"})
        assert set(Draft.objects.get().answers) == {"ease", "features"}

    @pytest.mark.parametrize("code", ["nowhere", "p9"])
    def test_an_unknown_page_is_not_there(self, client, code):
        base = begin(client, published(standard()))
        assert client.get(f"{base}p/{code}/").status_code == 404

    def test_a_wrong_link_is_told_and_nothing_else(self, client):
        survey = published(standard())
        begin(client, survey)
        for method in (client.get, client.post):
            response = method(f"/en/surveys/{survey.code}/a/{'x' * 32}/p/p1/")
            assert response.status_code == 404
            assert "There is nothing behind this link" in text_of(response)

    def test_a_link_opens_no_other_survey(self, client):
        one, other = published(standard()), published(standard())
        base = begin(client, one)
        assert client.get(base.replace(one.code, other.code)).status_code == 404

    def test_guessing_ends_after_twenty(self, client, settings):
        settings.RATELIMIT_ENABLE = True
        survey = published(standard())
        base = begin(client, survey)
        for number in range(20):
            client.get(f"/en/surveys/{survey.code}/a/wrong-{number}/")
        assert client.get(base).status_code == 429

    def test_closed_in_the_middle_what_was_typed_is_given_back(self, client):
        survey = published(standard())
        base = begin(client, survey)
        send(client, base, "p1", FIRST)
        past(survey)
        response = send(client, base, "p2", {"ideas": "a minute too late"})
        assert response.status_code == 409
        assert "This survey has closed" in text_of(response) and "a minute too late" in text_of(response)
        assert client.post(f"{base}review/").status_code == 409
        assert Sealed.objects.count() == 0

    def test_paused_in_the_middle_answers_wait(self, client):
        survey = published(standard())
        base = begin(client, survey)
        send(client, base, "p1", FIRST)
        move(survey, Act.PAUSE, by=editor_of(survey))
        assert "This survey is paused" in text_of(client.get(base))
        move(survey, Act.RESUME, by=editor_of(survey))
        assert client.get(base).status_code == 302

    @pytest.mark.parametrize("state", ["draft", "scheduled", "paused", "closed"])
    def test_nobody_begins_but_while_it_is_open(self, client, state):
        survey = standard() if state == "draft" else published(standard())
        if state == "scheduled":
            Survey.objects.update(opens_at=timezone.now() + timezone.timedelta(days=1))
        elif state != "draft":
            Survey.objects.update(status=Status.PAUSED if state == "paused" else Status.CLOSED)
        response = client.post(f"/en/surveys/{survey.code}/begin/", {"consent": "yes"})
        assert response.status_code == (404 if state == "draft" else 200)
        assert Draft.objects.count() == 0

    def test_another_persons_pages_lead_to_ones_own(self):
        survey, one, other = identified(), Client(), Client()
        one.force_login(PersonFactory())
        other.force_login(PersonFactory())
        base = begin(one, survey)
        send(one, base, "p1", FIRST)
        assert other.get(f"{base}p/p2/")["Location"] == f"/en/surveys/{survey.code}/"
        assert Client().get(f"{base}p/p2/")["Location"].startswith("/en/account/login/")

    def test_a_form_of_another_site_changes_nothing_of_an_account(self):
        survey, person = identified(), PersonFactory()
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        base = begin(client, survey)
        assert send(client, base, "p1", FIRST).status_code == 403
        assert Draft.objects.get().answers == {}

    def test_a_double_click_hands_in_once(self, client):
        survey = published(standard())
        base = begin(client, survey)
        send(client, base, "p1", FIRST)
        send(client, base, "p2", {})
        for _turn in range(3):
            assert client.post(f"{base}review/")["Location"] == f"{base}done/"
        # The button “back” of the browser.
        assert send(client, base, "p1", FIRST)["Location"] == f"{base}done/"
        assert Sealed.objects.count() == 1

    def test_a_server_that_was_killed_before_the_draft_ended_lets_nobody_hand_in_twice(self, client):
        survey = published(standard())
        base = begin(client, survey)
        send(client, base, "p1", FIRST)
        send(client, base, "p2", {})
        kept = bytes(Draft.objects.get().sealed)
        client.post(f"{base}review/")
        Draft.objects.update(is_done=False, sealed=kept)
        response = client.post(f"{base}review/")
        assert response.status_code == 409 and "You have answered already" in text_of(response)
        assert (Sealed.objects.count(), Draft.objects.get().is_done) == (1, True)


class TestAnonymousOnce:
    def whole(self, client, survey):
        base = begin(client, survey)
        send(client, base, "p1", FIRST)
        send(client, base, "p2", {})
        return base

    def test_two_drafts_of_one_person_give_one_answer(self):
        survey = published(standard(audience=Audience.SIGNED_IN, one_each=True))
        client = Client()
        client.force_login(PersonFactory())
        first, second = self.whole(client, survey), self.whole(client, survey)
        assert first != second
        assert client.post(f"{first}review/").status_code == 302
        refused = client.post(f"{second}review/")
        assert refused.status_code == 409 and "You have answered already" in text_of(refused)
        assert (Participation.objects.count(), Sealed.objects.count()) == (1, 1)
        survey.refresh_from_db()
        assert survey.answer_count == 1

    def test_a_link_given_to_somebody_else_gives_no_right(self):
        survey = published(standard(audience=Audience.VERIFIED))
        client = Client()
        client.force_login(PersonFactory(verification="identity"))
        base = self.whole(client, survey)
        stranger = Client()
        assert stranger.post(f"{base}review/").status_code == 403
        stranger.force_login(PersonFactory())
        assert stranger.post(f"{base}review/").status_code == 403
        assert Sealed.objects.count() == 0
        assert client.post(f"{base}review/").status_code == 302

    def test_unfinished_answers_are_unreadable_and_nobodys(self):
        survey = published(standard(audience=Audience.SIGNED_IN, one_each=True))
        client = Client()
        client.force_login(PersonFactory())
        base = self.whole(client, survey)
        draft = Draft.objects.get()
        assert (draft.person, draft.answers, draft.saved, draft.place, draft.began_at) == (None, {}, [], "", None)
        assert b"signing" not in bytes(draft.sealed)
        assert len(bytes(draft.sealed)) % 2048 == 28
        client.post(f"{base}review/")
        draft.refresh_from_db()
        assert (draft.is_done, draft.sealed) == (True, None)


class TestFiles:
    @pytest.fixture
    def asked(self):
        survey = make_survey(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
        page = make_page(survey, "p1")
        make_question(page, "paper", QuestionKind.FILE)
        make_question(page, "name", QuestionKind.SHORT, is_required=True)
        client = Client()
        client.force_login(PersonFactory())
        return client, begin(client, published(survey))

    def test_a_file_is_kept_even_when_something_else_is_missing(self, asked):
        client, base = asked
        upload = SimpleUploadedFile("my.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
        response = send(client, base, "p1", {"paper": upload}, ["paper", "name"])
        assert "Please answer this question" in text_of(response)
        assert "my.pdf" in text_of(response)
        assert send(client, base, "p1", {"name": "Huda"}, ["paper", "name"])["Location"] == f"{base}review/"
        client.post(f"{base}review/")
        assert Answer.objects.get(question="paper").file == StoredFile.objects.get()

    def test_a_false_type_is_told_and_the_rest_given_back(self, asked):
        client, base = asked
        upload = SimpleUploadedFile("my.pdf", b"MZ\x90\x00 this is no PDF", content_type="application/pdf")
        response = send(client, base, "p1", {"paper": upload, "name": "Huda"}, ["paper", "name"])
        assert response.status_code == 200
        assert "error_paper" in response.content.decode() and 'value="Huda"' in response.content.decode()
        assert StoredFile.objects.count() == 0
        assert Draft.objects.get().answers == {}

    def test_nobody_names_a_file_of_somebody_else(self, asked):
        client, base = asked
        other = StoredFile.objects.create(name="secret.pdf", content="x", content_type="application/pdf", size=1)
        send(client, base, "p1", {"paper": other.code, "name": "Huda"}, ["paper", "name"])
        assert "secret.pdf" not in client.get(f"{base}p/p1/").content.decode()
        assert set(Draft.objects.get().answers) == {"name"}

    def test_a_file_can_be_taken_out_again(self, asked):
        client, base = asked
        upload = SimpleUploadedFile("my.txt", b"hello there")
        send(client, base, "p1", {"paper": upload, "name": "Huda"}, ["paper", "name"])
        assert StoredFile.objects.count() == 1
        send(client, base, "p1", {"paper.remove": "1", "name": "Huda"}, ["paper", "name"])
        assert StoredFile.objects.count() == 0


EVERY_KIND = [
    *("single", "multiple", "dropdown", "scale", "matrix", "rating", "nps", "ces"),
    *("number", "date", "email", "short", "long", "file", "section"),
]


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_every_kind_is_drawn_with_a_label(language):
    assert sorted(EVERY_KIND) == sorted(QuestionKind.values)
    survey = make_survey(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
    page = make_page(survey, "p1")
    for kind in EVERY_KIND:
        make_question(page, f"q_{kind}", QuestionKind(kind), rows=("one", "two") if kind == "matrix" else ())
    client = Client()
    client.force_login(PersonFactory())
    base = begin(client, published(survey), language)
    html = client.get(f"{base}p/p1/").content.decode()
    for kind in EVERY_KIND:
        if kind != "section":
            assert f'id="id_q_{kind}' in html, kind
    labels = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    inputs = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]* id="(id_q_[^"]+)"', html)
    assert len(inputs) == len(set(inputs)) > 40
    assert set(inputs) <= labels
