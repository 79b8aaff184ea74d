"""Pages of results: who sees them, what they say, what becomes public, and two questions crossed."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from portal.accounts.choices import Role
from portal.audit.models import Entry
from surveys.choices import Audience, Mode, QuestionKind, Status
from surveys.models import Answer, PublicQuestion, Quote, Rollup, Survey
from surveys.rules.values import Answer as Given
from surveys.selectors.results_cross import Variable, cross, variables
from surveys.selectors.structure import questionnaire_in
from surveys.services import kept_results
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.surveys.answers import hand_in, one, points, several, week
from tests.surveys.factories import editor_of, make_page, make_question, make_survey, published

pytestmark = pytest.mark.django_db


def make(mode=Mode.IDENTIFIED, **fields):
    """Return a published survey: a choice, several, a scale, a table, a text and an address."""
    audience = Audience.SIGNED_IN if mode == Mode.IDENTIFIED else Audience.EVERYONE
    survey = make_survey(mode=mode, audience=audience, **fields)
    page = make_page(survey)
    make_question(page, "pick", options=("a", "b"))
    make_question(page, "many", QuestionKind.MULTIPLE, options=("x", "y"))
    make_question(page, "happy", QuestionKind.SCALE)
    make_question(page, "parts", QuestionKind.MATRIX, options=("good", "bad"), rows=("speed",))
    make_question(page, "why", QuestionKind.LONG)
    if mode == Mode.IDENTIFIED:
        make_question(page, "mail", QuestionKind.EMAIL)
    return published(survey)


def given(pick="a", many=("x",), happy=4, speed="good", why=""):
    """Return a whole set of answers."""
    found = {"pick": one(pick), "many": several(*many), "happy": points(happy), "parts": Given(rows={"speed": speed})}
    return found | ({"why": Given(text=why)} if why else {})


def close(survey):
    """Publish its results."""
    Survey.objects.filter(pk=survey.pk).update(status=Status.RESULTS)
    survey.refresh_from_db()
    cache.clear()
    return survey


def text_of(response):
    """Return what a page says, white space made single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def survey():
    found = make()
    hand_in(found, given(), times=20)
    hand_in(found, given("b", ("x", "y"), 2, "bad", "The <b>queue</b>"), times=12, language="en", at=1)
    found.refresh_from_db()
    return found


@pytest.fixture
def editor(survey):
    client = Client()
    client.force_login(editor_of(survey))
    return client


class TestStaff:
    def test_only_staff_of_the_body_see_them(self, survey):
        addresses = ["", "cross/", "public/", "quotes/why/"]
        for path in addresses:
            url = f"/en/surveys/{survey.code}/staff/results/{path}"
            assert Client().get(url).status_code == 302
            for person in (
                PersonFactory(),
                staff(Role.EDITOR, OrganisationFactory()),
                staff(Role.AGENT, survey.organisation),
            ):
                client = Client()
                client.force_login(person)
                assert client.get(url).status_code == 404
            for role in (Role.EDITOR, Role.MANAGER):
                client = Client()
                client.force_login(staff(role, survey.organisation))
                assert client.get(url).status_code == 200

    def test_the_page_says_the_numbers(self, survey, editor):
        told = text_of(editor.get(f"/en/surveys/{survey.code}/staff/results/"))
        for words in ("62.5% (20)", "37.5% (12)", "No invitations", "Several choices were possible", "32 answers"):
            assert words in told

    def test_filters_narrow(self, survey, editor):
        told = text_of(editor.get(f"/en/surveys/{survey.code}/staff/results/?language=en&since={week(1)}"))
        assert "100% (12)" in told and "62.5%" not in told

    @pytest.mark.parametrize(
        "query",
        [
            *("language=xx", "since=never", "week=2026-13-45", "version=x", "kind=nobody"),
            f"since={week(2)}&until={week(1)}",
        ],
    )
    def test_nonsense_is_told_and_everything_shown(self, survey, editor, query):
        response = editor.get(f"/en/surveys/{survey.code}/staff/results/?{query}")
        assert response.status_code == 200
        assert b'id="error-summary"' in response.content
        assert "62.5% (20)" in text_of(response)

    def test_another_version_is_not_there(self, survey, editor):
        assert editor.get(f"/en/surveys/{survey.code}/staff/results/?version=7").status_code == 404

    def test_anonymous_ones_are_narrowed_by_one_thing(self):
        survey = make(Mode.ANONYMOUS)
        hand_in(survey, given(), times=20)
        hand_in(survey, given(), times=20, language="en", at=1)
        client = Client()
        client.force_login(editor_of(survey))
        base = f"/en/surveys/{survey.code}/staff/results/"
        assert "20 answers" in text_of(client.get(f"{base}?language=en"))
        both = text_of(client.get(f"{base}?language=en&week={week(1)}"))
        assert "narrowed by one thing at a time" in both and "40 answers" in both
        assert "narrowed by one thing" in text_of(client.get(f"{base}?since={week(1)}"))
        assert "cannot be narrowed" in text_of(client.get(f"{base}cross/?one=pick&other=happy&language=en"))

    def test_a_draft_has_none(self, client):
        survey = make_survey()
        client.force_login(editor_of(survey))
        assert client.get(f"/en/surveys/{survey.code}/staff/results/").status_code == 404

    def test_the_editor_and_the_list_lead_there(self, survey, editor):
        url = f"/en/surveys/{survey.code}/staff/results/"
        assert url in editor.get(f"/en/admin/surveys/survey/{survey.pk}/change/").content.decode()
        assert url in editor.get("/en/admin/surveys/survey/").content.decode()

    @pytest.mark.parametrize("questions", [1, 3, 20])
    def test_queries(self, questions, django_assert_max_num_queries):
        first = None
        for _round in range(2):
            survey = make_survey(previous=first)
            page = make_page(survey)
            for number in range(questions):
                make_question(
                    page, f"q{number}", [QuestionKind.NUMBER, QuestionKind.SCALE, QuestionKind.SINGLE][number % 3]
                )
            first = published(survey)
            hand_in(first, {"q0": points(3)}, times=12)
        client = Client()
        client.force_login(editor_of(first))
        client.get("/en/")
        with django_assert_max_num_queries(25):
            assert client.get(f"/en/surveys/{first.code}/staff/results/").status_code == 200


class TestKept:
    def test_what_is_kept_is_shown_until_an_answer_comes(self, survey, editor):
        url = f"/en/surveys/{survey.code}/staff/results/"
        editor.get(url)
        # Without a sheet nothing is looked at again.
        Rollup.objects.filter(question="pick", option="a").update(count=999)
        assert "62.5% (20)" in text_of(editor.get(url))
        hand_in(survey, given())
        assert "(1,000)" in text_of(editor.get(url))

    def test_many_are_counted_in_the_background(self, survey, editor, monkeypatch, django_capture_on_commit_callbacks):
        asked = []
        monkeypatch.setattr(kept_results, "AT_ONCE", 30)
        monkeypatch.setattr(kept_results, "enqueue", lambda name, *args: asked.append((name, args)))
        url = f"/en/surveys/{survey.code}/staff/results/"
        editor.get(url)
        hand_in(survey, given(), times=3)
        for _again in range(2):
            told = text_of(editor.get(url))
            assert "32 answers" in told and "Newer answers are being counted" in told
        assert [name for name, _args in asked] == ["surveys.refresh_results"]
        kept_results.refresh(*asked[0][1])
        told = text_of(editor.get(url))
        assert "35 answers" in told and "Newer answers" not in told


class TestCross:
    def pair(self, survey, first, second, **more):
        offered = {each.code: each for each in variables(questionnaire_in(survey.version))}
        return cross(survey, 1, offered[first], offered[second], **more)

    def test_what_can_be_crossed(self, survey):
        codes = [each.code for each in variables(questionnaire_in(survey.version))]
        assert codes == ["pick", "many", "happy", "parts.speed"]

    def test_counts_are_those_of_the_sheets(self, survey):
        hand_in(survey, {"pick": one("a")}, times=3)
        hand_in(survey, given("b", ("x", "y"), speed="bad"), times=20)
        found = self.pair(survey, "pick", "parts.speed")
        assert [line.counts for line in found.lines] == [(20, 0, 3), (0, 32, 0), (0, 0, 0)]
        assert "go together, by more than chance" in found.told
        several_of = self.pair(survey, "many", "pick")
        assert [line.counts for line in several_of.lines] == [(20, 32, 0), (0, 32, 0)]
        assert several_of.told.startswith("Not tested")

    def test_too_few_are_not_tested(self, survey):
        found = self.pair(survey, "pick", "happy", filters=None)
        assert found.told != ""
        few = make()
        hand_in(few, given(), times=3)
        hand_in(few, given("b", speed="bad"), times=3)
        assert self.pair(few, "pick", "parts.speed").told.startswith("Too few")

    def test_small_cells_are_withheld_and_do_not_come_out_of_sums(self):
        survey = make(Mode.ANONYMOUS)
        for pick, speed, times in (("a", "good", 40), ("a", "bad", 3), ("b", "good", 25), ("b", "bad", 30)):
            hand_in(survey, given(pick, speed=speed), times=times)
        found = self.pair(survey, "pick", "parts.speed")
        assert [line.counts[:2] for line in found.lines[:2]] == [(None, None), (None, None)]
        # Of several choices who did not choose is withheld as well.
        turned = self.pair(survey, "parts.speed", "pick")
        assert [line.counts[:2] for line in turned.lines[:2]] == [(None, None), (None, None)]

    @pytest.mark.parametrize(("first", "second"), [("many", "pick"), ("pick", "many")])
    def test_of_several_choices_too(self, first, second):
        survey = make(Mode.ANONYMOUS)
        for pick, many, times in (("a", ("x",), 40), ("a", ("y",), 30), ("b", ("x", "y"), 27), ("b", ("y",), 4)):
            hand_in(survey, given(pick, many), times=times)
        found = self.pair(survey, first, second)
        shown = {code: None for code in ("x", "y")}
        rows = [line.counts for line in found.lines]
        if first == "pick":
            rows = list(zip(*rows[:2], strict=True))
        shown = dict(zip("xy", [row[:2] for row in rows], strict=False))
        # Of b four did not choose x, and all chose y.
        assert shown["x"] == (None, None)
        assert shown["y"] == (30, 31)

    def test_fewer_than_ten_are_not_crossed(self):
        survey = make(Mode.ANONYMOUS)
        hand_in(survey, given(), times=9)
        assert self.pair(survey, "pick", "happy").answers is None

    def test_the_page(self, survey, editor):
        hand_in(survey, given("b", happy=2), times=20)
        base = f"/en/surveys/{survey.code}/staff/results/cross/"
        assert "Please choose two different questions" not in text_of(editor.get(base))
        for query in ("one=pick&other=pick", "one=pick&other=nothing", "one=pick", "one=why&other=pick"):
            assert "Please choose two different questions" in text_of(editor.get(f"{base}?{query}"))
        assert "by more than chance" in text_of(editor.get(f"{base}?one=pick&other=happy"))

    def test_a_line_of_a_table_names_its_question(self, survey):
        question = questionnaire_in(survey.version).questions["parts"]
        assert "speed" in Variable(question, "speed").title.text


class TestPublic:
    def test_nothing_before_they_are_published(self, survey, client):
        url = f"/en/surveys/{survey.code}/results/"
        assert client.get(url).status_code == 404
        assert url not in client.get(f"/en/surveys/{survey.code}/").content.decode()
        close(survey)
        assert client.get(url).status_code == 200
        assert url in client.get(f"/en/surveys/{survey.code}/").content.decode()
        assert url in client.get("/en/surveys/?state=over").content.decode()

    def test_small_counts_are_withheld_even_with_names(self, survey, client):
        hand_in(survey, given(happy=1), times=3)
        told = text_of(client.get(f"/en/surveys/{close(survey).code}/results/"))
        assert "withheld" in told and "(3)" not in told

    def test_choices_are_public_and_texts_are_not(self, survey, client):
        found = client.get(f"/en/surveys/{close(survey).code}/results/").content.decode()
        assert re.findall(r'id="q-(\w+)"', found) == ["pick", "many", "happy", "parts"]
        assert "queue" not in found

    def test_staff_choose(self, survey, editor, client):
        url = f"/en/surveys/{survey.code}/staff/results/public/"
        assert 'value="mail"' not in editor.get(url).content.decode()
        editor.post(url, {"question": ["happy", "why", "mail", "nonsense"]})
        assert set(PublicQuestion.objects.filter(is_public=True).values_list("question", flat=True)) == {"happy", "why"}
        entry = Entry.objects.get(action="survey.public_results_set")
        assert entry.data == {"shown": ["why"], "hidden": ["many", "parts", "pick"]}
        found = client.get(f"/en/surveys/{close(survey).code}/results/").content.decode()
        assert 'id="q-happy"' in found and 'id="q-why"' in found
        assert 'id="q-pick"' not in found and "queue" not in found

    def test_a_manager_looks_and_does_not_choose(self, survey, client):
        client.force_login(staff(Role.MANAGER, survey.organisation))
        client.post(f"/en/surveys/{survey.code}/staff/results/public/", {"question": ["why"]})
        assert not PublicQuestion.objects.exists()

    def test_a_text_is_quoted_only_when_it_was_chosen(self, survey, editor, client):
        url = f"/en/surveys/{survey.code}/staff/results/quotes/why/"
        texts = list(Answer.objects.filter(question="why").order_by("pk"))
        elsewhere = make()
        hand_in(elsewhere, given(why="Not of this survey"))
        strange = Answer.objects.get(sheet__survey=elsewhere, question="why")
        keys = [str(each.pk) for each in (texts[0], strange)]
        editor.post(url, {"listed": keys, "quote": [*keys, "nonsense"]})
        assert list(Quote.objects.values_list("answer", flat=True)) == [texts[0].pk]
        editor.post(f"/en/surveys/{survey.code}/staff/results/public/", {"question": ["why", "pick"]})
        found = client.get(f"/en/surveys/{close(survey).code}/results/").content.decode()
        assert found.count("The &lt;b&gt;queue&lt;/b&gt;") == 1
        assert 'lang="en" dir="auto"' in found
        editor.post(url, {"listed": keys})
        assert not Quote.objects.exists()

    def test_what_was_erased_is_quoted_no_more(self, survey, client):
        answer = Answer.objects.filter(question="why").first()
        Quote.objects.create(answer=answer, chosen_by=editor_of(survey))
        PublicQuestion.objects.create(survey=survey, question="why", is_public=True)
        Answer.objects.filter(pk=answer.pk).update(text="")
        assert "blockquote" not in client.get(f"/en/surveys/{close(survey).code}/results/").content.decode()

    @pytest.mark.parametrize("question", ["mail", "pick", "nothing"])
    def test_only_texts_are_quoted(self, survey, editor, question):
        assert editor.get(f"/en/surveys/{survey.code}/staff/results/quotes/{question}/").status_code == 404

    def test_one_value_by_its_path(self, survey, client):
        hand_in(survey, given(), times=2, language="zh-hans")
        base = f"/en/surveys/{close(survey).code}/results/"
        assert "20 answers" in text_of(client.get(f"{base}language/ar/"))
        # The smallest is withheld, and with it the one beside it.
        assert "Too few have answered" in text_of(client.get(f"{base}language/en/"))
        assert "Too few have answered" in text_of(client.get(f"{base}language/zh-hans/"))
        for path in ("language/xx/", "channel/paper/", "nothing/ar/", "since/2026-01-01/", "week/2020-01-06/"):
            assert client.get(base + path).status_code == 404

    def test_what_waits_in_an_urn_is_waited_for(self, client, monkeypatch):
        survey = make(Mode.ANONYMOUS)
        hand_in(survey, given(), times=20)
        close(survey)
        monkeypatch.setattr("surveys.views.results.is_settled", lambda survey: False)
        told = text_of(client.get(f"/en/surveys/{survey.code}/results/"))
        assert (
            "The last answers are being counted" in told
            and "20" not in told.split("Anonymous")[1].split("Skip")[0][:200]
        )

    def test_visitors_get_no_cookie(self, survey, client):
        page = client.get(f"/en/surveys/{close(survey).code}/results/")
        assert client.cookies == {} and b"csrfmiddlewaretoken" not in page.content
