"""Saving and copying surveys; pages, questions, choices and rules; what is refused."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.accounts.choices import Role
from portal.audit.models import Entry
from surveys.choices import Audience, Mode, Operator, QuestionKind
from surveys.models import Condition, Option, Page, Question, Survey
from surveys.selectors.structure import questionnaire_of
from surveys.services import building, structure
from surveys.services.refusals import SurveyRefused
from tests.factories import OrganisationFactory, PersonFactory, days, staff
from tests.surveys.factories import (
    condition,
    editor_of,
    make_page,
    make_question,
    make_survey,
    published,
    standard,
    texts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    return standard()


@pytest.fixture
def editor(survey):
    return editor_of(survey)


def order(survey):
    return [question.code for page in survey.pages.all() for question in page.questions.all()]


def question(survey, code):
    return survey.questions.get(code=code)


# Saving


def test_saving_leaves_a_trace_with_old_and_new_and_marks_what_is_behind(survey, editor):
    survey.title_en = "Other"
    building.save_survey(survey, by=editor)
    entry = Entry.objects.get(action="survey.saved")
    assert (entry.actor_id, entry.data["changes"]["title_en"]) == (editor.pk, ["Satisfaction", "Other"])
    assert set(Survey.objects.get(pk=survey.pk).behind) == {"title_ar", "title_zh_hans"}


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.MODERATOR, Role.CONTACT])
def test_only_editors_of_the_body_save(survey, role):
    for person in (staff(role, survey.organisation), staff(Role.EDITOR, OrganisationFactory())):
        with pytest.raises(SurveyRefused):
            building.save_survey(survey, by=person)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mode": Mode.IDENTIFIED}, "nobody is known by name"),
        ({"one_each": True}, "told apart"),
        ({"opens_at": timezone.now(), "closes_at": timezone.now() - days(1)}, "close after it opens"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_by_the_database(survey, editor, change, told):
    for name, value in change.items():
        setattr(survey, name, value)
    with pytest.raises(SurveyRefused, match=told):
        building.save_survey(survey, by=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(**change)


def test_what_people_were_promised_stays(survey, editor):
    survey.audience = Audience.SIGNED_IN
    building.save_survey(survey, by=editor)
    survey = published(survey, by=editor)
    for change in ({"audience": Audience.VERIFIED}, {"mode": Mode.IDENTIFIED}, {"one_each": True}):
        with pytest.raises(SurveyRefused, match="no longer be changed"):
            building.save_survey(_with(survey, **change), by=editor)
    with pytest.raises(SurveyRefused, match="has opened"):
        building.save_survey(_with(survey, opens_at=survey.opens_at - days(1)), by=editor)
    with pytest.raises(SurveyRefused, match="Close now"):
        building.save_survey(_with(survey, closes_at=timezone.now() + days(-0.001)), by=editor)
    later = timezone.now() + days(9)
    assert building.save_survey(_with(survey, closes_at=later), by=editor).closes_at == later


def test_the_quota_never_falls_below_what_came_in(survey, editor):
    survey = published(survey, by=editor)
    Survey.objects.filter(pk=survey.pk).update(answer_count=5)
    with pytest.raises(SurveyRefused, match="More answers"):
        building.save_survey(_with(survey, quota=4), by=editor)
    assert building.save_survey(_with(survey, quota=5), by=editor).is_full


def test_saving_never_takes_a_state_back(survey, editor):
    stale = Survey.objects.get(pk=survey.pk)
    opened = published(survey, by=editor)
    stale.opens_at, stale.summary_en = opened.opens_at, "Short"
    building.save_survey(stale, by=editor)
    assert Survey.objects.get(pk=survey.pk).status == "live"


def _with(survey, **fields):
    found = Survey.objects.select_related("organisation").get(pk=survey.pk)
    for name, value in fields.items():
        setattr(found, name, value)
    return found


# Copies


def test_a_copy_has_everything_but_answers_and_dates(survey, editor):
    Survey.objects.filter(pk=survey.pk).update(answer_count=3)
    survey = published(survey, by=editor)
    copy = building.duplicate(survey, by=editor)
    assert questionnaire_of(copy) == questionnaire_of(survey)
    assert (copy.status, copy.answer_count, copy.opens_at, copy.version, copy.previous) == (
        "draft",
        0,
        None,
        None,
        None,
    )
    assert copy.code != survey.code
    assert order(survey) == order(copy) == ["ease", "why", "features", "parts", "hours", "ideas"]


def test_the_next_round_knows_the_last(survey, editor):
    assert building.duplicate(survey, by=editor, is_next_round=True).previous == survey


def test_a_template_is_for_every_editor_and_a_survey_for_its_own(survey, editor):
    body = OrganisationFactory()
    other = staff(Role.EDITOR, body)
    with pytest.raises(SurveyRefused):
        building.duplicate(survey, by=other, organisation=body)
    template = building.keep_as_template(survey, by=editor)
    made = building.duplicate(template, by=other, organisation=body)
    assert (made.organisation, made.is_template, template.is_template) == (body, False, True)
    with pytest.raises(SurveyRefused):
        building.duplicate(template, by=other, organisation=survey.organisation)


# Pages and questions


def test_new_things_come_last_with_codes_of_their_own(survey, editor):
    page = structure.save_page(Page(survey=survey, **texts("title", "More")), by=editor)
    first = structure.save_question(Question(page=page, kind="short", **texts("title", "One")), by=editor)
    second = structure.save_question(Question(page=page, kind="short", **texts("title", "Two")), by=editor)
    assert order(survey)[-2:] == [first.code, second.code]
    assert len({page.code, first.code, second.code}) == 3
    assert Entry.objects.filter(action="question.added", data__survey=survey.code).count() == 2


def test_a_code_is_never_given_twice(survey, editor):
    page = survey.pages.first()
    made = structure.save_question(Question(page=page, kind="short"), by=editor)
    structure.remove_question(made, by=editor)
    assert structure.save_question(Question(page=page, kind="short"), by=editor).code != made.code
    with pytest.raises(SurveyRefused, match="this code"):
        structure.save_question(Question(page=page, kind="short", code="ease"), by=editor)


def test_a_published_code_stays_taken_after_its_question_went(survey, editor):
    published(survey, by=editor)
    structure.remove_question(question(survey, "ideas"), by=editor)
    with pytest.raises(SurveyRefused, match="this code"):
        structure.save_question(Question(page=survey.pages.first(), kind="short", code="ideas"), by=editor)


@pytest.mark.parametrize("table", ["page", "question", "option", "row"])
def test_the_database_refuses_to_change_a_code(survey, table):
    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE surveys_{table} SET code = 'zz'")


def test_a_published_question_keeps_its_kind(survey, editor):
    asked = question(survey, "ideas")
    asked.kind = QuestionKind.SHORT
    structure.save_question(asked, by=editor)
    published(survey, by=editor)
    asked.kind = QuestionKind.LONG
    with pytest.raises(SurveyRefused, match="keeps its kind"):
        structure.save_question(asked, by=editor)


def test_questions_change_places_and_go_over_to_the_next_page(survey, editor):
    structure.move_question(question(survey, "features"), by=editor, is_up=False)
    assert [q.code for q in survey.pages.last().questions.all()][:2] == ["features", "parts"]
    structure.move_question(question(survey, "features"), by=editor, is_up=True)
    assert order(survey)[:3] == ["ease", "why", "features"]
    structure.move_question(question(survey, "ease"), by=editor, is_up=True)
    assert order(survey)[0] == "ease"


def test_a_question_can_be_put_anywhere_but_before_what_it_asks_about(survey, editor):
    first, second = survey.pages.all()
    structure.place_question(question(survey, "ideas"), page=first, position=0, by=editor)
    assert order(survey)[0] == "ideas"
    with pytest.raises(SurveyRefused, match="comes later"):
        structure.place_question(question(survey, "ease"), page=second, position=0, by=editor)
    assert order(survey)[:2] == ["ideas", "ease"]
    with pytest.raises(SurveyRefused, match="another survey"):
        structure.place_question(question(survey, "ideas"), page=make_page(make_survey()), position=0, by=editor)


def test_a_page_cannot_be_moved_before_what_it_asks_about(survey, editor):
    first, second = survey.pages.all()
    structure.set_rules(second, [condition("ease", "easy")], by=editor)
    with pytest.raises(SurveyRefused, match="comes later"):
        structure.move_page(second, by=editor, is_up=True)
    structure.set_rules(second, [], by=editor)
    structure.move_page(second, by=editor, is_up=True)
    assert list(survey.pages.all()) == [second, first]


def test_a_copy_of_a_question_stands_behind_it_with_its_choices_and_rules(survey, editor):
    copy = structure.duplicate_question(question(survey, "why"), by=editor)
    assert order(survey)[1:3] == ["why", copy.code]
    assert copy.conditions.get().value == "hard"
    table = structure.duplicate_question(question(survey, "parts"), by=editor)
    assert [row.code for row in table.rows.all()] == ["speed", "look"]
    assert table.options.count() == 2


def test_what_a_rule_looks_at_cannot_go(survey, editor):
    asked = question(survey, "ease")
    with pytest.raises(SurveyRefused, match="“why”: A condition looks at a question that is not there"):
        structure.remove_question(asked, by=editor)
    with pytest.raises(SurveyRefused, match="cannot be answered"):
        structure.save_parts(asked, kept=[], gone=[asked.options.get(code="hard")], by=editor)
    with pytest.raises(SurveyRefused, match="not there"):
        structure.remove_page(make_it_alone(survey, editor), by=editor)
    assert Option.objects.filter(code="hard").count() == 1
    assert Entry.objects.filter(action="question.removed").count() == 0


def make_it_alone(survey, editor):
    """Put the question that asks why on the second page, so that the first holds its source."""
    structure.place_question(question(survey, "why"), page=survey.pages.last(), position=0, by=editor)
    return survey.pages.first()


def test_choices_get_codes_and_keep_them(survey, editor):
    asked = question(survey, "ease")
    made = Option(position=5, **texts("label", "So so"))
    structure.save_parts(asked, kept=[(made, building.MEANING)], gone=[], by=editor)
    assert made.code.startswith("o")
    assert [option.code for option in asked.options.all()] == ["easy", "hard", made.code]


# Rules


def test_rules_are_kept_by_alternatives(survey, editor):
    rules = [
        condition("ease", "hard", alternative=1),
        condition("features", "send", Operator.CONTAINS, alternative=2),
        condition("ease", "easy", alternative=2),
    ]
    structure.set_rules(question(survey, "ideas"), rules, by=editor)
    shown = questionnaire_of(survey).questions["ideas"].show_if
    assert [[one.source for one in alternative] for alternative in shown] == [["ease"], ["features", "ease"]]
    assert Entry.objects.get(action="question.rules_changed").data["conditions"] == 3


@pytest.mark.parametrize(
    ("source", "value", "operator", "told"),
    [
        ("ideas", "x", Operator.CONTAINS, "comes later"),
        ("gone", "x", Operator.EQUAL, "not there"),
        ("ease", "elsewhere", Operator.EQUAL, "cannot be answered"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_and_the_old_one_stays(survey, editor, source, value, operator, told):
    asked = question(survey, "why")
    with pytest.raises(SurveyRefused, match=told):
        structure.set_rules(asked, [condition(source, value, operator)], by=editor)
    assert Condition.objects.get(question=asked).value == "hard"


def test_a_limit_that_cuts_off_a_later_question_is_refused(survey, editor):
    structure.set_rules(question(survey, "ideas"), [condition("hours", "20", Operator.GREATER)], by=editor)
    hours = question(survey, "hours")
    hours.maximum = 20
    with pytest.raises(SurveyRefused, match="Nobody can reach"):
        structure.save_question(hours, by=editor)


def test_nothing_is_written_by_those_who_may_not(survey):
    stranger = PersonFactory()
    page = survey.pages.first()
    asked = question(survey, "why")
    for attempt in (
        lambda: structure.save_page(page, by=stranger),
        lambda: structure.save_question(asked, by=stranger),
        lambda: structure.save_parts(asked, kept=[], gone=[], by=stranger),
        lambda: structure.set_rules(asked, [], by=stranger),
        lambda: structure.move_page(page, by=stranger, is_up=True),
        lambda: structure.move_question(asked, by=stranger, is_up=True),
        lambda: structure.place_question(asked, page=page, position=0, by=stranger),
        lambda: structure.duplicate_question(asked, by=stranger),
        lambda: structure.remove_question(asked, by=stranger),
        lambda: structure.remove_page(page, by=stranger),
    ):
        with pytest.raises(SurveyRefused, match="cannot change"):
            attempt()
    assert order(survey) == ["ease", "why", "features", "parts", "hours", "ideas"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_questionnaire_is_read_in_a_fixed_number_of_queries(count, django_assert_num_queries):
    survey = make_survey()
    for number in range(count):
        page = make_page(survey, f"p{number}")
        for place in range(count):
            make_question(page, f"q{number}{place}", "matrix", rows=("r",))
    with django_assert_num_queries(6):
        assert len(questionnaire_of(survey).questions) == count * count
