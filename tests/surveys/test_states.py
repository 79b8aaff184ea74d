"""Publishing, moving from state to state, and versions."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.accounts.choices import Role, Verification
from portal.audit.models import Entry
from surveys.choices import MOVES, Act, Audience, Mode, Operator, State, Status
from surveys.models import Draft, Participation, Sheet, StateChange, Survey
from surveys.rules.access import acts_from, why_not
from surveys.rules.publishing import findings, what_changed
from surveys.selectors.structure import questionnaire_in, questionnaire_of
from surveys.services import structure
from surveys.services.refusals import SurveyRefused
from surveys.services.states import move, publish_changes
from tests.factories import MembershipFactory, OrganisationFactory, PersonFactory, days, staff
from tests.surveys.factories import (
    condition,
    editor_of,
    make_page,
    make_question,
    make_survey,
    past,
    published,
    standard,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    return standard()


@pytest.fixture
def editor(survey):
    return editor_of(survey)


def told(survey):
    return {(one.text, one.page or one.question, one.language) for one in findings(survey, questionnaire_of(survey))}


def fresh(survey):
    return Survey.objects.select_related("organisation", "version").get(pk=survey.pk)


# What is missing


def test_a_whole_one_lacks_nothing(survey):
    assert told(survey) == set()


def test_what_is_missing_in_a_language_is_named(survey):
    survey.title_en = ""
    survey.consent_ar = "أوافق"
    survey.questions.filter(code="ease").update(title_zh_hans=None)
    survey.questions.filter(code="why").update(help_ar="عون")
    survey.questions.get(code="ease").options.filter(code="easy").update(label_ar="")
    survey.questions.get(code="parts").rows.filter(code="look").update(label_en="")
    assert told(survey) == {
        ("The title is missing.", "", "en"),
        ("The consent is missing.", "", "en"),
        ("The consent is missing.", "", "zh-hans"),
        ("The question is missing.", "ease", "zh-hans"),
        ("The help is missing.", "why", "en"),
        ("The help is missing.", "why", "zh-hans"),
        ("The words of a choice are missing.", "ease", "ar"),
        ("The words of a line are missing.", "parts", "en"),
    }


def test_fewer_languages_are_a_recorded_choice(survey):
    survey.questions.filter(code="ease").update(title_zh_hans=None)
    survey.languages = ["ar", "en"]
    assert told(survey) == {("Say why it is not published in every language.", "", "")}
    survey.languages_reason = "Asked of bodies that work in these two."
    assert told(survey) == set()
    survey.languages = []
    assert told(survey) >= {("Choose at least one language.", "", "")}


def test_what_cannot_be_answered_is_named():
    survey = make_survey()
    page = make_page(survey)
    make_page(survey, "p2")
    make_question(page, "one", "single", options=("a",))
    make_question(page, "table", "matrix", options=("a", {"code": "o", "is_other": True}))
    make_question(page, "many", "multiple", options=("a", {"code": "n", "is_exclusive": True}), minimum=2)
    make_question(page, "scale", "scale", scale="")
    assert told(survey) == {
        ("There is nothing on this page.", "p2", ""),
        ("It needs at least two choices.", "one", ""),
        ("A table needs at least one line.", "table", ""),
        ("A table has no “other”.", "table", ""),
        ("It asks for more choices than there are.", "many", ""),
        ("Choose the words of the scale.", "scale", ""),
    }


@pytest.mark.parametrize("kind", ["email", "file"])
def test_an_anonymous_survey_asks_nothing_that_tells_who_answered(survey, kind):
    make_question(survey.pages.first(), "contact", kind)
    assert [place for _text, place, _code in told(survey)] == ["contact"]
    survey.mode, survey.audience = Mode.IDENTIFIED, Audience.SIGNED_IN
    assert told(survey) == set()


def test_one_that_asks_nothing_is_not_published(editor):
    survey = make_survey()
    make_question(make_page(survey), "text", "section")
    assert told(survey) == {("It asks nothing yet.", "", "")}
    with pytest.raises(SurveyRefused, match="asks nothing"):
        published(survey)


# Moving


def test_publishing_keeps_a_version_and_opens_now(survey, editor):
    survey = published(survey, by=editor)
    assert (survey.status, survey.state, survey.version.number, survey.version.edition) == ("live", "open", 1, 1)
    assert questionnaire_in(survey.version) == questionnaire_of(survey)
    assert [change.status for change in StateChange.objects.all()] == ["live"]
    assert Entry.objects.filter(action="survey.published", actor_id=editor.pk).count() == 1


@pytest.mark.parametrize(
    ("opens", "closes", "quota", "count", "state"),
    [
        (1, 2, None, 0, State.SCHEDULED),
        (-1, 1, None, 0, State.OPEN),
        (-1, None, None, 0, State.OPEN),
        (-2, -1, None, 0, State.CLOSED),
        (-1, 1, 5, 4, State.OPEN),
        (-1, 1, 5, 5, State.CLOSED),
    ],
)
def test_dates_and_quota_give_the_state_here_and_in_the_database(survey, opens, closes, quota, count, state):
    survey = published(survey)
    now = timezone.now()
    Survey.objects.filter(pk=survey.pk).update(
        opens_at=now + days(opens), closes_at=closes and now + days(closes), quota=quota, answer_count=count
    )
    survey = fresh(survey)
    assert survey.state == state
    assert {each for each in State if Survey.objects.in_state(each, now).exists()} == {state}
    assert Survey.objects.open_at(now).exists() is (state == State.OPEN)


def test_the_table_is_all_there_is(survey, editor):
    """Each act is refused from every state that the table does not name, and leads where it says from the others."""
    for act in Act:
        for state in State:
            made = in_state(state, editor)
            if state in MOVES[act].states:
                moved = move(made, act, by=editor, closes_at=timezone.now() + days(3))
                assert moved.status == MOVES[act].status
                assert acts_from(made).count(act) == 1
            else:
                with pytest.raises(SurveyRefused, match="another state"):
                    move(made, act, by=editor)


def in_state(state, editor):
    survey = standard(organisation=editor.memberships.get().organisation)
    if state == State.DRAFT:
        return survey
    if state == State.SCHEDULED:
        survey.opens_at = timezone.now() + days(1)
        survey.save()
    survey = published(survey, by=editor)
    if state == State.CLOSED:
        return past(survey)
    if state == State.PAUSED:
        return move(survey, Act.PAUSE, by=editor)
    if state == State.RESULTS:
        return move(past(survey), Act.PUBLISH_RESULTS, by=editor)
    return survey


def test_only_editors_of_the_body_move_and_templates_stay(survey, editor):
    for person in (
        staff(Role.MANAGER, survey.organisation),
        staff(Role.EDITOR, OrganisationFactory()),
        PersonFactory(),
    ):
        with pytest.raises(SurveyRefused, match="cannot change"):
            move(survey, Act.PUBLISH, by=person)
    Survey.objects.filter(pk=survey.pk).update(is_template=True)
    with pytest.raises(SurveyRefused):
        move(survey, Act.PUBLISH, by=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(status=Status.PAUSED)


def test_one_that_closed_by_its_date_has_closed_then(survey, editor):
    survey = past(published(survey, by=editor))
    assert move(survey, Act.PUBLISH_RESULTS, by=editor).closed_at == survey.closes_at
    assert fresh(survey).results_at is not None
    withdrawn = move(survey, Act.WITHDRAW_RESULTS, by=editor)
    assert (withdrawn.state, withdrawn.results_at) == (State.CLOSED, None)


def test_opening_again_needs_time_and_room(survey, editor):
    survey = past(published(survey, by=editor))
    with pytest.raises(SurveyRefused, match="has passed"):
        move(survey, Act.REOPEN, by=editor, closes_at=timezone.now() - timedelta(seconds=1))
    Survey.objects.filter(pk=survey.pk).update(quota=1, answer_count=1)
    with pytest.raises(SurveyRefused, match="were wanted"):
        move(survey, Act.REOPEN, by=editor)
    Survey.objects.filter(pk=survey.pk).update(quota=2)
    assert move(survey, Act.REOPEN, by=editor).state == State.OPEN


# Versions


def reword(survey, editor, **fields):
    question = survey.questions.get(code="ease")
    for name, value in fields.items():
        setattr(question, name, value)
    structure.save_question(question, by=editor)


def begin(survey):
    return Draft.objects.create(survey=survey, version=survey.version, key_hash="x" * 64)


def test_what_is_written_is_asked_once_it_is_published(survey, editor):
    survey = published(survey, by=editor)
    reword(survey, editor, title_en="How easy?")
    assert questionnaire_in(fresh(survey).version).questions["ease"].title["en"] == "ease"
    with pytest.raises(SurveyRefused, match="Nothing has changed"):
        published_again = publish_changes(survey, by=editor)
        assert questionnaire_in(published_again).questions["ease"].title["en"] == "How easy?"
        publish_changes(survey, by=editor)


def test_before_anybody_began_everything_is_the_same_version(survey, editor):
    survey = published(survey, by=editor)
    reword(survey, editor, is_required=False)
    version = publish_changes(survey, by=editor)
    assert (version.number, version.edition) == (1, 2)


@pytest.mark.parametrize(
    ("fields", "same_meaning", "number", "edition"),
    [
        ({"title_en": "Wording"}, True, 1, 2),
        ({"title_en": "Another question"}, False, 2, 1),
        ({"is_required": False}, True, 2, 1),
    ],
)
def test_after_the_first_answer_only_wording_is_harmless(survey, editor, fields, same_meaning, number, edition):
    survey = published(survey, by=editor)
    begun = begin(survey)
    reword(survey, editor, **fields)
    version = publish_changes(survey, by=editor, same_meaning=same_meaning)
    assert (version.number, version.edition) == (number, edition)
    begun.refresh_from_db()
    assert begun.version != version


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda s, e: None, "nothing"),
        (lambda s, e: s.questions.filter(code="ease").update(help_en="Think of last week"), "wording"),
        (lambda s, e: s.pages.filter(code="p1").update(title_ar="الأولى"), "wording"),
        (lambda s, e: s.questions.get(code="ease").options.filter(code="easy").update(label_en="Fine"), "wording"),
        (lambda s, e: s.questions.filter(code="hours").update(maximum=23), "meaning"),
        (lambda s, e: s.questions.get(code="ease").options.filter(code="easy").update(is_anchored=True), "meaning"),
        (lambda s, e: structure.set_rules(s.questions.get(code="why"), [], by=e), "meaning"),
        (lambda s, e: structure.move_question(s.questions.get(code="hours"), by=e, is_up=False), "meaning"),
    ],
)
def test_wording_and_meaning_are_told_apart(survey, editor, change, kind):
    before = questionnaire_of(survey)
    change(survey, editor)
    assert what_changed(before, questionnaire_of(survey)) == kind


def test_the_consent_counts_its_own_wordings(survey, editor):
    survey.consent_ar = survey.consent_en = survey.consent_zh_hans = "I agree"
    survey.save()
    survey = published(survey, by=editor)
    assert survey.version.consent_number == 1
    reword(survey, editor, title_en="Wording")
    assert publish_changes(survey, by=editor, same_meaning=True).consent_number == 1
    Survey.objects.filter(pk=survey.pk).update(consent_en="I agree to more")
    assert publish_changes(survey, by=editor, same_meaning=True).consent_number == 2


def test_what_is_not_whole_is_not_published_over_what_is(survey, editor):
    survey = published(survey, by=editor)
    reword(survey, editor, title_en="")
    with pytest.raises(SurveyRefused, match="question is missing"):
        publish_changes(survey, by=editor)
    assert fresh(survey).version == survey.version


def test_a_version_never_changes(survey):
    published(survey)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        connection.cursor().execute("UPDATE surveys_version SET structure = '{}'")


# Who may answer


def test_each_audience_lets_in_its_own(survey, rf):
    body = OrganisationFactory()
    guest = type("Guest", (), {"is_authenticated": False})()
    plain, verified = PersonFactory(), PersonFactory(verification=Verification.IDENTITY)
    member = PersonFactory()
    MembershipFactory(person=member, organisation=body, role=Role.CONTACT)
    people = {"guest": guest, "plain": plain, "verified": verified, "member": member}
    expected = {
        Audience.EVERYONE: {},
        Audience.SIGNED_IN: {"guest": "sign_in"},
        Audience.VERIFIED: {"guest": "sign_in", "plain": "verify", "member": "verify"},
        Audience.INVITED: dict.fromkeys(people, "invited"),
        Audience.MEMBERS: {"guest": "sign_in", "plain": "member", "verified": "member"},
    }
    survey = published(survey)
    for audience, refused in expected.items():
        survey.audience = audience
        assert {name: why for name, user in people.items() if (why := why_not(user, survey))} == refused
        assert why_not(guest, survey, is_invited=True) == ""
    survey.members_of.add(OrganisationFactory())
    survey.audience = Audience.MEMBERS
    assert why_not(member, survey) == "member"
    survey.members_of.add(body)
    assert why_not(member, survey) == ""


def test_nobody_answers_what_is_not_open(survey):
    assert why_not(PersonFactory(), survey) == "state"


def test_visitors_see_what_was_published_and_editors_their_drafts(survey, editor):
    secret = published(standard(audience=Audience.INVITED, organisation=survey.organisation), by=editor)
    guest = type("Guest", (), {"is_authenticated": False})()
    assert list(Survey.objects.visible_to(guest)) == [secret]
    assert list(Survey.objects.public()) == []
    assert set(Survey.objects.visible_to(editor)) == {survey, secret}
    assert set(Survey.objects.visible_to(staff(Role.EDITOR, OrganisationFactory()))) == {secret}


# What the tables refuse


def test_one_person_and_one_token_take_part_once(survey):
    person = PersonFactory()
    for fields in ({"person": person}, {"token_hash": "a" * 64}):
        Participation.objects.create(survey=survey, **fields)
        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.create(survey=survey, **fields)
    Participation.objects.create(survey=survey, person=person, is_only=False)


def test_an_anonymous_sheet_names_nobody_and_no_moment(survey):
    fields = {
        "survey": survey,
        "number": 1,
        "language": "ar",
        "week": timezone.localdate(),
        "is_anonymous": True,
    }
    part = Participation.objects.create(survey=survey, person=PersonFactory())
    for named in ({"participation": part}, {"submitted_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sheet.objects.create(**fields, **named)
    Sheet.objects.create(**fields)


def test_a_sealed_draft_names_nobody_and_holds_no_answers(survey):
    survey = published(survey)
    fields = {"survey": survey, "version": survey.version, "sealed": b"x"}
    for named in ({"person": PersonFactory()}, {"answers": {"ease": {"options": ["easy"]}}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Draft.objects.create(key_hash="a" * 64, **fields, **named)
    Draft.objects.create(key_hash="a" * 64, **fields)


def test_everyone_is_never_identified_in_the_database(survey):
    with pytest.raises(IntegrityError), transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(mode=Mode.IDENTIFIED)


def test_a_condition_belongs_to_one_thing(survey):
    one = condition("ease", "hard", Operator.EQUAL)
    one.page, one.question = survey.pages.first(), survey.questions.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save()
