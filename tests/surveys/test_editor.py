"""The editor's pages: beginning, writing, ordering, rules, looking, publishing."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.urns import services as urns
from surveys.choices import URN, QuestionKind, Status
from surveys.models import Condition, Option, Question, Survey, Version
from surveys.services.building import keep_as_template
from surveys.services.starters import load_templates
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.surveys.factories import make_page, make_question, make_survey, past, published, standard

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CODES = ("ar", "en", "zh_hans")


@pytest.fixture
def survey():
    return standard()


@pytest.fixture
def editor(client, survey):
    person = staff(Role.EDITOR, survey.organisation)
    client.force_login(person, backend=BACKEND)
    return person


def address(name, *args, **query):
    with override("en"):
        found = reverse(f"admin:surveys_{name}", args=args)
    return found + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def words(field, *values):
    return {f"{field}_{code}": value for code, value in zip(CODES, values, strict=True)}


def empty(*prefixes):
    found = {}
    for prefix in prefixes:
        found |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return found


def question(survey, code):
    return survey.questions.get(code=code)


def survey_form(survey, **fields):
    form = {"audience": "everyone", "mode": "anonymous", "languages": ["ar", "en", "zh-hans"], "languages_reason": ""}
    for field in ("title", "summary", "intro", "consent", "thanks"):
        for code in CODES:
            form[f"{field}_{code}"] = getattr(survey, f"{field}_{code}") or ""
    return form | fields


class TestBeginning:
    def test_templates_of_the_ministry_are_offered_and_copied_into_the_body(self, client, editor, survey):
        OrganisationFactory(kind=OrganisationKind.MINISTRY)
        load_templates()
        page = client.get(address("survey_add")).content.decode()
        assert "Satisfaction with a system or service" in page
        template = Survey.objects.get(starter="satisfaction")
        sent = {"organisation": survey.organisation.pk, "template": template.pk}
        response = client.post(address("survey_add"), sent)
        made = Survey.objects.latest("id")
        assert response["Location"] == address("survey_change", made.pk)
        assert (made.organisation, made.questions.count()) == (survey.organisation, template.questions.count())

    def test_an_empty_one_has_a_page(self, client, editor, survey):
        client.post(address("survey_add"), {"organisation": survey.organisation.pk, "template": ""})
        assert Survey.objects.latest("id").pages.count() == 1

    def test_into_another_body_nothing_is_copied(self, client, editor):
        count = Survey.objects.count()
        client.post(address("survey_add"), {"organisation": OrganisationFactory().pk, "template": ""})
        assert Survey.objects.count() == count

    def test_others_are_turned_away(self, client, survey):
        client.force_login(staff(Role.MANAGER, survey.organisation), backend=BACKEND)
        assert client.get(address("survey_add")).status_code == 404


class TestTheList:
    def test_surveys_and_templates_are_told_apart(self, client, editor, survey):
        template = keep_as_template(survey, by=editor)
        Survey.objects.filter(pk=template.pk).update(title_en="A template of ours")
        assert "A template of ours" not in client.get(address("survey_changelist")).content.decode()
        page = client.get(address("survey_changelist", which="templates")).content.decode()
        assert "A template of ours" in page

    def test_of_other_bodies_nothing_is_shown(self, client, survey):
        client.force_login(staff(Role.EDITOR, OrganisationFactory()), backend=BACKEND)
        assert "Satisfaction" not in client.get(address("survey_changelist")).content.decode()
        assert client.get(address("survey_preview", survey.pk)).status_code == 404
        asked = question(survey, "ease")
        for name, args in (
            ("survey_act", (survey.pk, "publish")),
            ("survey_copy", (survey.pk, "copy")),
            ("survey_changes", (survey.pk,)),
            ("survey_page", (survey.pk, survey.pages.first().pk, "up")),
            ("survey_question", (survey.pk, asked.pk, "remove")),
        ):
            assert client.post(address(name, *args)).status_code == 404
        assert survey.questions.count() == 6


class TestTheSurvey:
    def test_it_is_saved_through_the_service(self, client, editor, survey):
        assert client.post(address("survey_change", survey.pk), survey_form(survey, title_en="New")).status_code == 302
        survey.refresh_from_db()
        assert survey.title_en == "New"
        assert Entry.objects.filter(action="survey.saved", actor_id=editor.pk).count() == 1

    def test_what_is_refused_is_said_and_what_was_typed_stays(self, client, editor, survey):
        form = survey_form(survey, title_en="Typed with care", mode="identified")
        response = client.post(address("survey_change", survey.pk), form)
        page = response.content.decode()
        assert response.status_code == 200
        assert "nobody is known by name" in page
        assert "Typed with care" in page
        assert Survey.objects.get(pk=survey.pk).title_en == "Satisfaction"

    def test_the_check_list_leads_to_what_is_missing(self, client, editor, survey):
        asked = question(survey, "ease")
        Question.objects.filter(pk=asked.pk).update(title_zh_hans="")
        page = client.get(address("survey_change", survey.pk)).content.decode()
        assert "1 thing must be mended before it is published" in page
        assert f'href="{address("question_change", asked.pk)}"' in page

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_same_of_the_database_for_one_question_and_for_many(
        self, client, count, django_assert_max_num_queries
    ):
        survey = make_survey()
        client.force_login(staff(Role.EDITOR, survey.organisation), backend=BACKEND)
        for number in range(count):
            page = make_page(survey, f"p{number}")
            for place in range(count):
                make_question(page, f"q{number}{place}", "matrix", rows=("r",))
        client.get(address("survey_change", survey.pk))
        with django_assert_max_num_queries(26):
            assert client.get(address("survey_change", survey.pk)).status_code == 200

    def test_hostile_texts_stay_texts(self, client, editor, survey):
        Question.objects.filter(survey=survey, code="ease").update(title_en="<script>alert(1)</script>")
        for name in ("survey_change", "survey_preview"):
            page = client.get(address(name, survey.pk)).content.decode()
            assert "<script>alert(1)" not in page
            assert "&lt;script&gt;alert(1)" in page

    def test_the_history_tells_what_was_done_to_its_questions(self, client, editor, survey):
        client.post(address("survey_question", survey.pk, question(survey, "ideas").pk, "remove"))
        page = client.get(address("survey_history", survey.pk)).content.decode()
        assert "Removed" in page


class TestActs:
    def test_publishing_opens_it(self, client, editor, survey):
        client.post(address("survey_act", survey.pk, "publish"))
        assert Survey.objects.get(pk=survey.pk).status == Status.LIVE

    def test_what_is_not_ready_is_not_published(self, client, editor, survey):
        Question.objects.filter(survey=survey, code="ease").update(title_en="")
        response = client.post(address("survey_act", survey.pk, "publish"), follow=True)
        assert "The question is missing." in response.content.decode()
        assert Survey.objects.get(pk=survey.pk).status == Status.DRAFT

    def test_an_act_that_is_none_is_not_found(self, client, editor, survey):
        assert client.post(address("survey_act", survey.pk, "destroy")).status_code == 404
        assert client.get(address("survey_act", survey.pk, "publish")).status_code == 405

    def test_managers_look_and_do_nothing(self, client, survey):
        client.force_login(staff(Role.MANAGER, survey.organisation), backend=BACKEND)
        page = client.get(address("survey_change", survey.pk)).content.decode()
        assert "Publish</button>" not in page
        client.post(address("survey_act", survey.pk, "publish"))
        assert Survey.objects.get(pk=survey.pk).status == Status.DRAFT

    def test_changes_wait_until_they_are_published(self, client, editor, survey):
        published(survey, by=editor)
        Survey.objects.filter(pk=survey.pk).update(answer_count=1)
        Question.objects.filter(survey=survey, code="ease").update(title_en="How easy is it?")
        page = client.get(address("survey_change", survey.pk)).content.decode()
        assert "Every question still means the same" in page
        client.post(address("survey_changes", survey.pk), {"same_meaning": "on"})
        assert [str(version) for version in Version.objects.all()] == ["1.1", "1.2"]

    def test_one_with_published_results_is_only_read(self, client, editor, survey):
        past(published(survey, by=editor))
        client.post(address("survey_act", survey.pk, "publish_results"))
        page = client.get(address("survey_change", survey.pk)).content.decode()
        assert "Withdraw the results" in page
        assert "Add a page" not in page
        assert client.get(address("question_add", page=survey.pages.first().pk, kind="short")).status_code == 404

    @pytest.mark.parametrize(("what", "is_template", "is_round"), [("copy", 0, 0), ("round", 0, 1), ("template", 1, 0)])
    def test_copies(self, client, editor, survey, what, is_template, is_round):
        client.post(address("survey_copy", survey.pk, what))
        copy = Survey.objects.latest("id")
        assert (copy.is_template, copy.previous_id) == (bool(is_template), survey.pk if is_round else None)


class TestQuestions:
    @pytest.mark.parametrize("kind", QuestionKind.values)
    def test_each_kind_has_its_form_and_can_be_added(self, client, editor, survey, kind):
        place = address("question_add", page=survey.pages.first().pk, kind=kind)
        assert client.get(place).status_code == 200
        form = words("title", "سؤال", "Question", "问题") | words("help", "", "", "") | empty("options", "rows")
        form |= {"scale": "quality", "decimals": "1", "code": "mine"}
        assert client.post(place, form).status_code == 302
        made = Question.objects.get(code="mine")
        assert (made.kind, made.title_ar, made.survey) == (kind, "سؤال", survey)
        assert client.get(address("question_change", made.pk)).status_code == 200

    def test_a_new_one_comes_with_its_choices_in_their_order(self, client, editor, survey):
        form = words("title", "سؤال", "Question", "问题") | words("help", "", "", "")
        form |= {"code": "", "options-TOTAL_FORMS": "3", "options-INITIAL_FORMS": "0"}
        for place, label in enumerate(("First", "Second")):
            form |= words(f"options-{place}-label", "أ", label, "甲") | {f"options-{place}-position": ""}
        form |= words("options-2-label", "", "", "") | {"options-2-position": ""}
        client.post(address("question_add", page=survey.pages.first().pk, kind="single"), form)
        made = Question.objects.latest("id")
        assert [option.label_en for option in made.options.all()] == ["First", "Second"]

    def test_a_code_that_is_taken_is_refused_and_the_text_stays(self, client, editor, survey):
        form = words("title", "سؤال", "Typed with care", "问题") | words("help", "", "", "") | {"code": "ease"}
        response = client.post(address("question_add", page=survey.pages.first().pk, kind="short"), form)
        page = response.content.decode()
        assert response.status_code == 200
        assert "Another question has or had this code" in page
        assert "Typed with care" in page

    @pytest.mark.parametrize("query", [{}, {"kind": "short"}, {"page": "x", "kind": "short"}, {"page": "1" * 30}])
    def test_an_address_that_names_nothing_is_not_found(self, client, editor, survey, query):
        assert client.get(address("question_add", **query)).status_code == 404
        assert client.get(address("page_add", survey="elsewhere")).status_code == 404

    def test_a_question_of_another_body_is_out_of_reach(self, client, editor):
        other = standard()
        asked = question(other, "ease")
        assert client.get(address("question_change", asked.pk)).status_code in (302, 403)
        assert client.get(address("question_add", page=other.pages.first().pk, kind="short")).status_code == 404
        mine = client.get(address("survey_changelist")).status_code
        assert mine == 200

    def test_buttons_move_copy_and_remove(self, client, editor, survey):
        asked = question(survey, "features")

        def act(name, **sent):
            return client.post(address("survey_question", survey.pk, asked.pk, name), sent)

        act("down")
        assert question(survey, "features").page == survey.pages.last()
        act("place", page=survey.pages.first().pk, position="0")
        assert survey.pages.first().questions.first().code == "features"
        assert act("duplicate")["Location"].endswith(f"#question-{Question.objects.latest('id').pk}")
        act("remove")
        assert not Question.objects.filter(pk=asked.pk).exists()
        assert act("up").status_code == 404
        assert (
            client.post(address("survey_question", survey.pk, question(survey, "ease").pk, "burn")).status_code == 404
        )

    def test_a_place_that_is_none_is_not_found(self, client, editor, survey):
        asked = question(survey, "features")
        place = address("survey_question", survey.pk, asked.pk, "place")
        for sent in ({}, {"page": "x", "position": "0"}, {"page": make_page(make_survey()).pk, "position": "0"}):
            assert client.post(place, sent).status_code == 404

    def test_what_a_rule_looks_at_is_not_removed_and_it_is_said(self, client, editor, survey):
        place = address("survey_question", survey.pk, question(survey, "ease").pk, "remove")
        assert "is not there" in client.post(place, follow=True).content.decode()


class TestRules:
    def form(self, survey, code, **condition):
        asked = question(survey, code)
        form = {"kind": asked.kind, "conditions-TOTAL_FORMS": "1", "conditions-INITIAL_FORMS": "0"}
        for field in ("title", "help"):
            form |= {f"{field}_{each}": getattr(asked, f"{field}_{each}") or "" for each in CODES}
        fields = {"alternative": "1", "source": "", "operator": "", "choice": "", "value": ""} | condition
        return asked, form | {f"conditions-0-{name}": value for name, value in fields.items()}

    def test_a_rule_is_chosen_from_earlier_questions_and_their_answers(self, client, editor, survey):
        asked, form = self.form(survey, "ideas", source="parts", operator="equal", choice="parts.speed.bad")
        page = client.get(address("question_change", asked.pk)).content.decode()
        assert 'value="parts.speed.bad"' in page
        assert 'value="ideas"' not in page
        assert client.post(address("question_change", asked.pk), form).status_code == 302
        kept = Condition.objects.get(question=asked)
        assert (kept.source, kept.row, kept.operator, kept.value) == ("parts", "speed", "equal", "bad")
        shown = client.get(address("survey_change", survey.pk)).content.decode()
        assert "The answer to “parts”, line “speed”, is “bad”" in shown

    def test_numbers_are_taken_in_any_digits(self, client, editor, survey):
        asked, form = self.form(survey, "ideas", source="hours", operator="greater", value="١٢٫٥")
        client.post(address("question_change", asked.pk), form)
        assert Condition.objects.get(question=asked).value == "12.5"

    @pytest.mark.parametrize(
        ("condition", "told"),
        [
            ({"source": "ease", "operator": "equal"}, "Choose one of the answers to this question."),
            ({"source": "ease", "operator": "equal", "choice": "features..send"}, "Choose one of the answers"),
            ({"source": "ease", "operator": "greater", "choice": "ease..easy"}, "cannot be compared so"),
            ({"source": "hours", "operator": "greater", "value": "many"}, "Write what the answer is compared with."),
            ({"source": "hours", "operator": "greater", "value": "24"}, "Nobody can reach this"),
            ({"source": "ideas", "operator": "contains", "value": "x"}, "Select a valid choice"),
        ],
    )
    def test_what_cannot_hold_is_refused_and_stays_in_the_form(self, client, editor, survey, condition, told):
        asked, form = self.form(survey, "ideas", **condition)
        response = client.post(address("question_change", asked.pk), form | {"title_en": "Typed with care"})
        page = response.content.decode()
        assert response.status_code == 200
        assert told in page
        assert "Typed with care" in page
        assert Condition.objects.filter(question=asked).count() == 0
        assert question(survey, "ideas").title_en == "ideas"

    def test_a_rule_is_taken_away(self, client, editor, survey):
        asked, form = self.form(survey, "why")
        kept = asked.conditions.get()
        form |= {
            "conditions-INITIAL_FORMS": "1",
            "conditions-0-id": kept.pk,
            "conditions-0-source": "ease",
            "conditions-0-operator": "equal",
            "conditions-0-choice": "ease..hard",
            "conditions-0-DELETE": "on",
        }
        assert client.post(address("question_change", asked.pk), form).status_code == 302
        assert asked.conditions.count() == 0

    def test_choices_are_renamed_in_place(self, client, editor, survey):
        asked, form = self.form(survey, "ease")
        form |= {"options-TOTAL_FORMS": "2", "options-INITIAL_FORMS": "2", "is_required": "on"}
        for place, option in enumerate(asked.options.all()):
            form |= {f"options-{place}-id": option.pk, f"options-{place}-position": option.position}
            form |= words(f"options-{place}-label", option.label_ar, f"{option.label_en} now", option.label_zh_hans)
        assert client.post(address("question_change", asked.pk), form).status_code == 302
        assert list(Option.objects.filter(question=asked).values_list("code", "label_en")) == [
            ("easy", "easy now"),
            ("hard", "hard now"),
        ]


class TestThePreview:
    def test_it_shows_what_the_chosen_answers_open(self, client, editor, survey):
        place = address("survey_preview", survey.pk)
        closed = client.get(place, {"language": "en"}).content.decode()
        assert 'name="why"' not in closed
        assert "1 question is not shown on this path" in closed
        opened = client.get(place, {"language": "en", "ease": "hard"}).content.decode()
        assert 'name="why"' in opened
        assert "not shown on this path" not in opened

    @pytest.mark.parametrize(("language", "word"), [("ar", "ease ع"), ("en", "ease"), ("zh-hans", "ease中")])
    def test_it_is_in_the_language_asked_for(self, client, editor, survey, language, word):
        response = client.get(address("survey_preview", survey.pk), {"language": language})
        assert f"<legend>{word}\n" in response.content.decode()
        assert "no-store" in response["Cache-Control"]

    def test_nonsense_in_the_address_harms_nothing(self, client, editor, survey):
        nonsense = {"language": "xx", "ease": ["zz", "easy"], "hours": "NaN", "parts.speed": "zz", "ideas": "x" * 9000}
        assert client.get(address("survey_preview", survey.pk), nonsense).status_code == 200

    def test_what_is_not_written_yet_is_shown_in_another_language(self, client, editor, survey):
        Question.objects.filter(survey=survey, code="ease").update(title_en="")
        page = client.get(address("survey_preview", survey.pk), {"language": "en"}).content.decode()
        assert '<span class="foreign" lang="ar" dir="rtl">ease ع</span>' in page

    def test_nobody_else_looks(self, client, survey):
        client.force_login(PersonFactory(), backend=BACKEND)
        assert client.get(address("survey_preview", survey.pk)).status_code == 302


def test_a_page_is_added_and_shown_only_if(client, editor, survey):
    form = words("title", "صفحة", "More", "更多") | words("text", "", "", "")
    assert client.post(address("page_add", survey=survey.code), form).status_code == 302
    page = survey.pages.last()
    assert page.title_en == "More"
    form |= {"conditions-TOTAL_FORMS": "1", "conditions-INITIAL_FORMS": "0", "conditions-0-alternative": "1"}
    form |= {"conditions-0-source": "ease", "conditions-0-operator": "equal", "conditions-0-choice": "ease..hard"}
    assert client.post(address("page_change", page.pk), form).status_code == 302
    assert page.conditions.get().value == "hard"
    moved = client.post(address("survey_page", survey.pk, page.pk, "up"))
    assert moved["Location"].endswith(f"#page-{page.pk}")
    assert list(survey.pages.all())[1] == page


@pytest.mark.parametrize(("mode", "audience"), [("anonymous", "everyone"), ("identified", "signed_in")])
def test_one_whose_last_answers_were_mixed_is_not_offered_to_be_opened_again(client, editor, survey, mode, audience):
    Survey.objects.update(mode=mode, audience=audience)
    survey.refresh_from_db()
    past(published(survey))
    urns.accept(URN, survey.code, b"{}")
    page = address("survey_change", survey.pk)
    assert "/act/reopen/" in client.get(page).content.decode()
    urns.close(URN, survey.code)
    told = client.get(page).content.decode()
    is_anonymous = mode == "anonymous"
    assert ("/act/reopen/" not in told) is is_anonymous
    assert ("Its last anonymous answers have been mixed" in told) is is_anonymous
