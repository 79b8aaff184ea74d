"""What surveys offer to the ground floor."""

import pytest

from portal import registry
from portal.files.services import PDF, store
from surveys.choices import Audience, Mode
from surveys.models import Answer, Draft, Participation, Sheet
from surveys.services import drafts
from tests.factories import PersonFactory
from tests.surveys.factories import published, standard

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    return published(standard(audience=Audience.SIGNED_IN, mode=Mode.IDENTIFIED))


def said(survey, person, **answer):
    part = Participation.objects.create(survey=survey, person=person, is_only=False)
    fields = {"survey": survey, "number": 1, "language": "ar", "week": "2026-11-16", "is_anonymous": False}
    return Answer.objects.create(sheet=Sheet.objects.create(participation=part, **fields), **answer)


def test_a_public_survey_is_of_a_kind_and_others_are_not(survey):
    kind = registry.kinds["survey"]
    assert kind.get(survey.code) == survey
    assert kind.url(survey).endswith(f"/surveys/{survey.code}/")
    assert kind.get(standard().code) is None
    assert kind.get(published(standard(audience=Audience.INVITED)).code) is None


def test_a_person_gets_what_they_said_and_nobody_elses(survey):
    person = PersonFactory()
    said(survey, person, question="ideas", text="Mine")
    said(survey, PersonFactory(), question="ideas", text="Not mine")
    drafts.begin(survey, user=person, language="en")
    told = registry.personal_data["surveys"].export(person)
    assert told[0]["answers"] == [{"question": "ideas", "text": "Mine"}]
    assert [one.get("unfinished") for one in told] == [None, {}]


def test_erasure_takes_words_files_and_what_was_not_finished_and_leaves_counts(survey):
    person, other = PersonFactory(), PersonFactory()
    stored = store(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "bill.pdf", content_type=PDF)
    words = said(survey, person, question="ideas", text="Mine")
    file = said(survey, person, question="proof", file=stored)
    choice = said(survey, person, question="ease", option="easy")
    kept = said(survey, other, question="ideas", text="Not mine")
    drafts.begin(survey, user=person, language="en")
    registry.personal_data["surveys"].erase(person)
    for one in (words, file, choice, kept):
        one.refresh_from_db()
    assert (words.text, file.file, choice.option, kept.text) == ("", None, "easy", "Not mine")
    assert not type(stored).objects.filter(pk=stored.pk).exists()
    assert Draft.objects.count() == 0
