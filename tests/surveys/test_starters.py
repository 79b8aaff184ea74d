"""The templates every installation begins with."""

import pytest

from portal.accounts.choices import OrganisationKind, Role
from surveys import content
from surveys.choices import Act, QuestionKind
from surveys.models import Survey
from surveys.rules.publishing import findings
from surveys.selectors.structure import questionnaire_of
from surveys.services.building import duplicate
from surveys.services.starters import load_templates
from surveys.services.states import move
from tests.factories import OrganisationFactory, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ministry(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


def test_all_six_are_loaded_once_and_nothing_of_theirs_is_changed(ministry):
    load_templates()
    assert list(Survey.objects.order_by("id").values_list("starter", flat=True)) == list(content.ORDER)
    Survey.objects.filter(starter="workshop").update(title_en="Ours")
    load_templates()
    assert Survey.objects.count() == 6
    assert Survey.objects.get(starter="workshop").title_en == "Ours"


def test_without_a_ministry_there_is_nobody_to_own_them(db):
    load_templates()
    assert Survey.objects.count() == 0


@pytest.mark.parametrize("code", content.ORDER)
def test_each_can_be_published_as_it_is_in_three_languages(ministry, code):
    load_templates()
    survey = Survey.objects.get(starter=code)
    assert findings(survey, questionnaire_of(survey)) == []
    editor = staff(Role.EDITOR, ministry)
    assert move(duplicate(survey, by=editor), Act.PUBLISH, by=editor).state == "open"


def test_the_first_asks_what_the_seed_measures(ministry):
    load_templates()
    asked = questionnaire_of(Survey.objects.get(starter="satisfaction")).questions
    assert list(asked["features"].row_codes)[:2] == ["create", "forward"]
    assert (asked["ease"].kind, asked["overall"].kind, asked["recommend"].kind) == ("scale", "scale", "nps")
    assert asked["workshop_way"].show_if[0][0].source == "attended"
    assert asked["wanted"].kind == QuestionKind.LONG
