"""Which texts are behind: the rule, at each of its edges."""

import pytest

from portal.languages import (
    MEANING,
    Revision,
    behind_in,
    languages_of,
    missing_in,
    missing_texts,
    revise,
    text_columns,
)
from portal.pages.models import Page, Topic
from tests.factories import TopicFactory

WORDING = Revision(wording_only=True)
NAMES = ("name_ar", "name_en", "name_zh_hans")
SINCE = "2026-01-01T00:00:00+00:00"


def after(old, new, behind=(), revision=MEANING):
    """Return which names of a topic are behind once they changed from these to those."""
    before = {**dict(zip(NAMES, old, strict=True)), "behind": dict.fromkeys(behind, SINCE)}
    topic = Topic(**dict(zip(NAMES, new, strict=True)))
    revise(topic, before, revision)
    return topic.behind


@pytest.mark.parametrize(
    ("old", "new", "behind", "revision", "expected"),
    [
        (("a", "e", "z"), ("a", "e", "z"), (), MEANING, set()),
        (("a", "e", "z"), ("a", "E", "z"), (), MEANING, {"name_ar", "name_zh_hans"}),
        (("a", "e", "z"), ("A", "E", "z"), (), MEANING, {"name_zh_hans"}),
        (("a", "e", "z"), ("A", "E", "Z"), (), MEANING, set()),
        (("a", "e", "z"), ("a", "E", "z"), (), WORDING, set()),
        (("a", "e", "z"), ("a", "E", "z"), (), Revision(checked=frozenset({"name_ar"})), {"name_zh_hans"}),
        # What is behind catches up, and pulls nobody behind.
        (("a", "e", "z"), ("a", "e", "Z"), ("name_zh_hans",), MEANING, set()),
        (("a", "e", "z"), ("a", "e", "Z"), ("name_zh_hans",), WORDING, {"name_zh_hans"}),
        (("a", "e", "z"), ("a", "e", "z"), ("name_zh_hans",), Revision(checked=frozenset({"name_zh_hans"})), set()),
        (("a", "e", "z"), ("a", "E", "Z"), ("name_zh_hans",), MEANING, {"name_ar"}),
        (("a", "e", "z"), ("a", "E", "z"), ("name_zh_hans",), WORDING, {"name_zh_hans"}),
        # What was not there is new; what is taken away is missing, not behind.
        (("a", "", "z"), ("a", "e", "z"), (), MEANING, set()),
        (("a", "", "z"), ("a", "e", "z"), (), WORDING, set()),
        (("a", "", ""), ("A", "", ""), (), MEANING, set()),
        (("a", "e", "z"), ("a", "", "z"), ("name_en",), MEANING, set()),
        (("a", "e", "z"), ("a", None, "z"), (), MEANING, set()),
        # How a browser ends lines is no change.
        (("a\nb", "e", "z"), ("a\r\nb", "e", "z"), (), MEANING, set()),
    ],
)
def test_the_rule(old, new, behind, revision, expected):
    assert set(after(old, new, behind, revision)) == expected


def test_the_moment_stays_that_of_the_first_change():
    assert after(("a", "e", "z"), ("a", "E", "z"), ("name_zh_hans",))["name_zh_hans"] == SINCE


def test_fields_are_judged_one_by_one():
    before = dict.fromkeys((*NAMES, "description_ar", "description_en"), "old")
    topic = Topic(**dict.fromkeys(NAMES, "new"), description_ar="new", description_en="old")
    revise(topic, before)
    assert set(topic.behind) == {"description_en"}


def test_a_new_thing_has_nothing_behind():
    topic = Topic(name_ar="a", name_en="e", behind={"name_ar": SINCE})
    revise(topic, {})
    assert topic.behind == {}


def test_facts_for_the_trail():
    assert MEANING.facts == {}
    assert Revision(True, frozenset({"b", "a"})).facts == {"wording_only": True, "checked": ["a", "b"]}


def test_columns_stand_in_the_portals_order():
    assert list(text_columns(Page)) == ["title", "summary", "body", "approver", "change_note"]
    assert text_columns(Topic)["name"] == {"ar": "name_ar", "en": "name_en", "zh-hans": "name_zh_hans"}


@pytest.mark.django_db
def test_lists_find_what_is_missing_and_what_is_behind():
    whole = TopicFactory()
    no_english = TopicFactory(name_en="")
    half = TopicFactory(description_ar="وصف", name_zh_hans=None)
    late = TopicFactory(behind={"name_zh_hans": SINCE})

    def found(condition):
        return set(Topic.objects.filter(condition))

    assert found(missing_in(Topic, "en")) == {no_english, half}
    assert found(missing_in(Topic, "zh-hans")) == {half}
    assert found(missing_in(Topic, "ar")) == set()
    assert (found(behind_in(Topic, "zh-hans")), found(behind_in(Topic, "en"))) == ({late}, set())
    assert missing_texts(whole) == set()
    assert missing_texts(half) == {"description_en", "description_zh_hans", "name_zh_hans"}
    assert list(languages_of(Topic, missing_texts(half))) == ["en", "zh-hans"]
