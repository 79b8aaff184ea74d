"""Counters are what sheets and answers say; what is not is found, mended and written down."""

import pytest

from portal.audit.models import Entry
from portal.urns import services as urns
from surveys.choices import Audience, Channel, Mode, QuestionKind
from surveys.models import PageCount, Rollup, Sheet, Survey
from surveys.selectors.structure import questionnaire_in
from surveys.services.answering import PageSent, save_page
from surveys.services.drafts import begin
from surveys.services.handing_in import hand_in
from surveys.services.looking import look
from surveys.services.recounting import drifts
from tests.factories import PersonFactory
from tests.surveys.factories import editor_of, make_question, published, standard

pytestmark = pytest.mark.django_db

FIRST = {"ease": ["hard"], "why": ["slow"], "features": ["send", "other"], "features.other": ["signing"]}
SECOND = {"parts.speed": ["good"], "hours": ["7.5"], "ideas": ["less paper"], "likely": ["9"]}


def a_survey(**fields):
    survey = standard(**fields)
    make_question(survey.pages.last(), "likely", QuestionKind.NPS)
    return published(survey)


def answer(survey, second=SECOND, **more):
    """Answer everything, by somebody new."""
    person = PersonFactory()
    begun = begin(survey, user=person, language="en", **more)
    asked = questionnaire_in(begun.draft.version)
    for code, fields in (("p1", FIRST), ("p2", second)):
        shown = frozenset(one.code for one in asked.page(code).questions)
        assert not save_page(
            begun.draft, begun.key, asked.page(code), PageSent(fields, shown, {}), language="en"
        ).problems
    return hand_in(begun.draft, begun.key, user=person, language="en")


def identified():
    return a_survey(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN, one_each=True)


def told(repair=False):
    return {(one.name.split(" en ")[0], one.stored, one.found) for one in drifts(repair)}


def test_what_services_counted_is_what_is_recounted():
    survey = identified()
    answer(survey)
    answer(survey, {"parts.look": ["bad"], "likely": ["10"]})
    editor, second = editor_of(survey), editor_of(survey)
    for _paper in range(2):
        answer(survey, channel=Channel.PAPER, entered_by=editor)
    Sheet.objects.filter(channel=Channel.PAPER).update(state="looked_for")
    look(Sheet.objects.filter(channel=Channel.PAPER).first(), by=second, is_right=False)
    assert Rollup.objects.filter(count__gt=0).count() > 20
    assert told(repair=True) == set()
    assert not Entry.objects.filter(action="counter.mended").exists()


def test_anonymous_answers_agree_in_the_urn_and_out_of_it():
    survey = a_survey()
    for _number in range(41):
        answer(survey)
    assert told() == set()
    urns.mix_all()
    assert Sheet.objects.count() >= 20
    assert told() == set()


def test_a_falsified_counter_is_told_mended_and_recorded():
    survey = identified()
    answer(survey)
    answer(survey)
    Rollup.objects.filter(question="ease", option="hard").update(count=7)
    Rollup.objects.filter(question="hours").update(total=1, squares=1)
    Rollup.objects.filter(question="likely", option="9").delete()
    stray = Rollup.objects.get(question="ease", option="")
    stray.pk, stray.option, stray.count = None, "easy", 3
    stray.save()
    PageCount.objects.filter(page="=").update(count=1)
    Survey.objects.filter(pk=survey.pk).update(answer_count=9)
    wrong = {
        ("1 ease hard", 7, 2),
        ("1 hours", 2, 2),
        ("1 likely 9", 0, 2),
        ("1 ease easy", 3, 0),
        ("1 =", 1, 2),
        ("answer_count", 9, 2),
    }
    assert told() == wrong
    assert Rollup.objects.get(question="ease", option="hard").count == 7
    assert told(repair=True) == wrong
    assert told() == set()
    hours = Rollup.objects.get(question="hours")
    assert (hours.total, hours.squares) == (15, 112.5)
    survey.refresh_from_db()
    assert (survey.answer_count, PageCount.objects.get(page="=").count) == (2, 2)
    entry = Entry.objects.get(action="counter.mended")
    assert (entry.data["counters"], entry.data["answer_count"]) == (6, [9, 2])


def test_the_trail_keeps_no_cell_of_an_anonymous_survey():
    survey = a_survey()
    Survey.objects.filter(pk=survey.pk).update(answer_count=4)
    assert told(repair=True) == {("answer_count", 4, 0)}
    assert Entry.objects.get(action="counter.mended").data == {"counters": 1}


def test_surveys_never_published_are_not_looked_at():
    standard()
    assert told() == set()
