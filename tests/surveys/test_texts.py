"""Texts for staff: searched as the house folds, filtered, tagged, exported, and alone where they are anonymous."""

import csv
import json
from io import StringIO
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.text import fold
from surveys.models import Answer, Sheet, Tag, TaggedText
from surveys.rules.values import Answer as Given
from surveys.selectors import texts
from surveys.selectors.texts import Chosen, text_page
from surveys.services.handing_in import record_sheets
from surveys.services.refusals import SurveyRefused
from surveys.services.tagging import tag_texts, untag_text
from tests.factories import staff
from tests.surveys.factories import published, standard
from tests.surveys.test_editor import BACKEND
from tests.surveys.test_exporting import content
from tests.surveys.voices import said

pytestmark = pytest.mark.django_db
LANGUAGES = ["ar", "en", "zh-hans"]


def with_texts(*written, fill=10):
    """Return an anonymous survey with these texts, as language and text, and sheets that say nothing."""
    survey = published(standard())
    made = [content(survey, {"ideas": Given(text=text)}, language=language) for language, text in written]
    record_sheets(survey, made + [content(survey, {}) for _sheet in range(fill)])
    return survey


@pytest.fixture
def survey():
    return with_texts(*((language, text) for language in LANGUAGES for text in said(language)))


@pytest.fixture
def editor(client, survey):
    person = staff(Role.EDITOR, survey.organisation)
    client.force_login(person, backend=BACKEND)
    return person


def address(survey, name="texts", **query):
    with override("en"):
        found = reverse(f"admin:surveys_survey_{name}", args=[survey.pk])
    return found + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def shown(survey, **chosen):
    return [one.text for one in text_page(survey, Chosen(**chosen)).texts]


# Search


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [
        ("ar", "إنّ الإنتظارَ طويلٌ", "الانتظار"),
        ("ar", "الإستجابـــة بطيئة", "استجابه بطيئه"),
        ("ar", "على مسؤولية الموظف", "مسوولية علي"),
        ("ar", "انتظرت ٤٥ دقيقة", "45"),
        ("en", "The Café was CLOSED", "cafe closed"),
        ("en", "ﬁle ① upload", "file 1"),
        ("zh-hans", "排队时间太长", "排队"),
    ],
)
def test_words_are_found_however_they_are_written(language, written, asked):
    survey = with_texts((language, written), (language, "؟؟"))
    assert shown(survey, words=asked) == [written]
    assert shown(survey, words="qqq") == []


letters = st.text(st.sampled_from("أإآٱىیةؤئکـكيهاوبَُّ٠٩۴é Ñç Aa ① ﬁ １２ 排队\u200f\u200d\u00ad\n\t٫"), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(letters)
def test_the_database_folds_as_the_portal_does(text):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {texts.Folded.template % {'expressions': '%s'}}", [text])
        assert cursor.fetchone()[0].strip() == fold(text)


def test_signs_of_patterns_mean_themselves():
    survey = with_texts(("en", "100% sure"), ("en", "a_b"), ("en", "axb"))
    assert shown(survey, words="%") == ["100% sure"]
    assert shown(survey, words="a_b") == ["a_b"]


# Filters and pages


def test_filters_narrow_what_is_shown(client, survey, editor):
    assert set(shown(survey, language="zh-hans")) == set(said("zh-hans"))
    assert shown(survey, question="why") == []
    page = client.get(address(survey, language="ar", words="مواقف")).content.decode()
    assert page.count('name="text"') == 6
    assert 'lang="ar" dir="auto"' in page


def test_pages_follow_each_other_without_a_gap(survey):
    seen, after = [], None
    while True:
        page = text_page(survey, Chosen(after=after))
        seen += [one.key for one in page.texts]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(Answer.objects.exclude(text="").values_list("pk", flat=True))
    assert len(seen) == len(set(seen)) > texts.PER_PAGE


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"tag": "9"}, {"tag": "x"}, {"theme": "9" * 30}, {"language": "xx"}, {"words": "x" * 101}]
)
def test_what_is_wrong_in_an_address_counts_for_nothing(client, survey, editor, query):
    assert client.get(address(survey, **query)).status_code == 200


def test_queries_do_not_grow_with_texts(client):
    counts = []
    for count in (1, 1, 3):
        survey = with_texts(*(("en", f"text {number}") for number in range(count)))
        person = staff(Role.EDITOR, survey.organisation)
        tag_texts(survey, Answer.objects.filter(sheet__survey=survey).values_list("pk", flat=True), name="t", by=person)
        client.force_login(person, backend=BACKEND)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(survey)).content.count(b'name="text"') == count
        counts.append(len(queries))
    assert counts[1] == counts[2]


# Secrecy


def test_fewer_than_ten_anonymous_sheets_show_no_text(client):
    survey = with_texts(("en", "me alone"), fill=8)
    client.force_login(staff(Role.EDITOR, survey.organisation), backend=BACKEND)
    page = client.get(address(survey)).content.decode()
    assert "me alone" not in page
    assert "fewer than 10" in page
    record_sheets(survey, [content(survey, {})])
    assert "me alone" in client.get(address(survey)).content.decode()


def test_an_anonymous_text_stands_beside_no_other_answer(client):
    survey = published(standard())
    given_ = {"ease": Given(options=("hard",)), "why": Given(text="my reason"), "hours": Given(number=7)}
    record_sheets(survey, [content(survey, given_), *(content(survey, {}) for _sheet in range(10))])
    client.force_login(staff(Role.EDITOR, survey.organisation), backend=BACKEND)
    page = client.get(address(survey)).content.decode()
    assert "my reason" in page
    assert not any(str(key) in page for key in Sheet.objects.values_list("pk", flat=True))


def test_texts_of_refused_sheets_and_erased_ones_are_gone(survey):
    keys = list(Answer.objects.exclude(text="").values_list("pk", "sheet"))
    Sheet.objects.filter(pk=keys[0][1]).update(state="refused")
    Answer.objects.filter(pk=keys[1][0]).update(text="")
    left = set(texts.texts_of(survey).values_list("pk", flat=True))
    assert left == {key for key, _sheet in keys[2:]}


def test_strangers_read_and_tag_nothing(client, survey):
    other = published(standard())
    client.force_login(staff(Role.MANAGER, other.organisation), backend=BACKEND)
    key = Answer.objects.exclude(text="").first().pk
    assert client.get(address(survey)).status_code == 404
    assert client.post(address(survey), {"text": [key], "name": "x"}).status_code == 404
    assert client.post(address(survey, "texts_export"), {"kind": "csv"}).status_code == 404
    # Nor through a survey of their own.
    client.post(address(other), {"text": [key], "name": "x"})
    assert not TaggedText.objects.exists()
    with pytest.raises(SurveyRefused):
        tag_texts(survey, [key], name="x", by=staff(Role.EDITOR, other.organisation))


# Tags


def test_marked_texts_are_tagged_once(client, survey, editor):
    keys = [str(key) for key in Answer.objects.exclude(text="").values_list("pk", flat=True)[:2]]
    response = client.post(address(survey, language="ar"), {"text": [*keys, str(uuid4()), "x"], "name": " Waiting "})
    assert response["Location"].endswith("?language=ar")
    client.post(address(survey), {"text": keys, "name": "WAITING"})
    assert Tag.objects.get().name == "Waiting"
    assert TaggedText.objects.count() == 2
    assert Entry.objects.filter(action="survey.texts_tagged").count() == 1
    assert len(shown(survey, tag=Tag.objects.get().pk)) == 2


def test_a_tag_without_texts_is_gone(client, survey, editor):
    key = Answer.objects.exclude(text="").first().pk
    tag_texts(survey, [key], name="x", by=editor)
    tag = Tag.objects.get()
    for wrong in ("x", f"{tag.pk}.x", f"x.{key}"):
        assert client.post(address(survey), {"untag": wrong}).status_code == 404
    client.post(address(survey), {"untag": f"{tag.pk}.{key}"})
    assert not Tag.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "\u200f", "x" * 41])
def test_a_tag_has_letters_and_not_too_many(survey, editor, name):
    with pytest.raises(SurveyRefused):
        tag_texts(survey, [Answer.objects.exclude(text="").first().pk], name=name, by=editor)
    assert not Tag.objects.exists()


def test_there_is_an_end_to_tags(survey, editor, monkeypatch):
    monkeypatch.setattr("surveys.services.tagging.MOST", 1)
    key = Answer.objects.exclude(text="").first().pk
    tag_texts(survey, [key], name="one", by=editor)
    with pytest.raises(SurveyRefused):
        tag_texts(survey, [key], name="two", by=editor)


def test_a_tag_of_another_survey_is_not_taken_off(survey, editor):
    other = with_texts(("en", "theirs"))
    person = staff(Role.EDITOR, other.organisation)
    key = Answer.objects.get(text="theirs").pk
    tag_texts(other, [key], name="x", by=person)
    untag_text(survey, key, Tag.objects.get(), by=editor)
    assert TaggedText.objects.count() == 1


# Export


def test_what_is_shown_is_exported_with_tags_and_without_formulas(client):
    survey = with_texts(("en", "=1+1"), ("ar", "سطر"))
    person = staff(Role.EDITOR, survey.organisation)
    client.force_login(person, backend=BACKEND)
    tag_texts(survey, [Answer.objects.get(text="=1+1").pk], name="b", by=person)
    tag_texts(survey, [Answer.objects.get(text="=1+1").pk], name="a", by=person)
    response = client.post(address(survey, "texts_export"), {"kind": "csv", "language": "en"})
    content_ = b"".join(response.streaming_content).decode()
    assert list(csv.reader(StringIO(content_[1:]))) == [
        ["question", "language", "text", "tags", "theme"],
        ["ideas", "en", "'=1+1", "a; b", ""],
    ]
    found = json.loads(b"".join(client.post(address(survey, "texts_export"), {"kind": "json"}).streaming_content))
    assert sorted(row["text"] for row in found["rows"]) == ["=1+1", "سطر"]
    assert client.post(address(survey, "texts_export"), {"kind": "exe"}).status_code == 404
    assert client.get(address(survey, "texts_export")).status_code == 405
    assert Entry.objects.filter(action="survey.texts_exported").count() == 2
