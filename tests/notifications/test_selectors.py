"""What people see of their notices and follows, in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from portal.notifications.models import Notice
from portal.notifications.selectors import (
    choices_of,
    follows_of,
    is_following,
    lateness,
    notices_of,
    unread_count,
    unread_words,
)
from portal.notifications.services import follow, mark_read, set_preference, tell
from tests.factories import PersonFactory
from tests.notifications.conftest import HIDDEN, PUBLIC

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return PersonFactory()


def told(person, count=1, event="replied"):
    return [tell(person, event, kind="thing", key=f"k{n}", once=f"{event}-{n}") for n in range(count)]


class TestList:
    def test_it_is_the_newest_first_in_the_active_language_and_ones_own_alone(self, person):
        told(PersonFactory(), 2)
        told(person, 2)
        with translation.override("ar"):
            page = notices_of(person)
        assert [(one.sentence, one.path, one.is_unread) for one in page.items] == [
            ("ar: replied k1", "/ar/things/k1/", True),
            ("ar: replied k0", "/ar/things/k0/", True),
        ]
        assert page.before is None

    def test_pages_follow_each_other_and_hold_each_once(self, person):
        told(person, 5)
        seen, before = [], None
        for _ in range(3):
            page = notices_of(person, before=before, limit=2)
            seen.append([one.notice.key for one in page.items])
            before = page.before
        assert seen == [["k4", "k3"], ["k2", "k1"], ["k0"]]
        assert before is None

    @pytest.mark.parametrize("count", [2, 4])
    def test_a_full_last_page_has_no_next(self, person, count):
        told(person, count)
        page = notices_of(person, limit=2)
        assert (len(page.items), page.before is None) == (2, count == 2)

    def test_what_is_hidden_is_left_out_and_the_page_filled_up(self, person):
        told(person, 6)
        HIDDEN.update({"k5", "k3"})
        page = notices_of(person, limit=2)
        assert [one.notice.key for one in page.items] == ["k4", "k2"]
        assert [one.notice.key for one in notices_of(person, before=page.before, limit=2).items] == ["k1", "k0"]

    def test_where_much_is_hidden_the_page_is_short_and_goes_on(self, person):
        told(person, 8)
        HIDDEN.update(f"k{n}" for n in range(1, 8))
        page = notices_of(person, limit=2)
        assert (page.items, page.before is not None) == ([], True)
        assert [one.notice.key for one in notices_of(person, before=page.before, limit=2).items] == ["k0"]

    def test_an_event_that_nobody_knows_any_more_is_not_shown(self, person):
        told(person)
        Notice.objects.update(event="long-gone")
        assert notices_of(person).items == []

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_takes_one_query_beside_those_of_the_events(self, person, count, django_assert_num_queries):
        told(person, count)
        with django_assert_num_queries(1):
            assert len(notices_of(person).items) == count


class TestReading:
    def test_all_or_some_are_marked_and_only_ones_own(self, person):
        first, *_others = told(person, 3)
        (strange,) = told(PersonFactory())
        assert mark_read(person, [first.pk, strange.pk]) == 1
        assert unread_count(person) == 2
        assert [one.is_unread for one in notices_of(person).items] == [True, True, False]
        assert (mark_read(person), mark_read(person)) == (2, 0)
        assert unread_count(person) == 0
        strange.refresh_from_db()
        assert strange.read_at is None

    def test_the_first_moment_of_reading_stays(self, person, clock):
        (notice,) = told(person)
        mark_read(person)
        clock.set(25, 12)
        mark_read(person)
        notice.refresh_from_db()
        assert notice.read_at == clock.set(24, 12)

    def test_the_count_ends_at_a_hundred(self, person, django_assert_num_queries):
        told(person, 98)
        assert unread_words(unread_count(person)) == "98"
        told(person, 1, "decided")
        assert unread_words(unread_count(person)) == "99"
        told(person, 5, "said")
        with django_assert_num_queries(1):
            assert unread_words(unread_count(person)) == "99+"

    def test_what_was_left_out_is_not_counted(self, person):
        told(person, 2)
        Notice.objects.filter(key="k0").update(state="left_out", due_at=None)
        assert unread_count(person) == 1


class TestFollows:
    def test_they_are_listed_with_what_is_public_of_them(self, person):
        follow(person, kind="thing", key="a")
        follow(person, kind="topic", key="roads")
        follow(PersonFactory(), kind="thing", key="b")
        PUBLIC["thing"].remove("a")
        try:
            found = [(one.label, one.follow.key, one.found and one.found.title) for one in follows_of(person)]
        finally:
            PUBLIC["thing"].add("a")
        assert found == [("thing", "a", None), ("topic", "roads", "topic roads")]

    @pytest.mark.parametrize("keys", ["a", "abc"])
    def test_they_take_one_query_beside_those_of_the_kinds(self, person, keys, django_assert_num_queries):
        for key in keys:
            follow(person, kind="thing", key=key)
        with django_assert_num_queries(1):
            assert len(follows_of(person)) == len(keys)

    def test_a_visitor_follows_nothing(self):
        assert is_following(AnonymousUser(), "thing", "a") is False


def test_a_choice_holds_for_its_subject_alone(person):
    set_preference(person, "followed", "email", "weekly")
    assert {subject: choice.rhythm for subject, choice in choices_of(person).items()} == {
        "replies": "at_once",
        "decisions": "at_once",
        "followed": "weekly",
        "outcomes": "at_once",
        "requests": "at_once",
    }


def test_lateness_is_that_of_the_oldest_due(person, clock):
    assert lateness() == 0
    told(person, 2)
    Notice.objects.filter(key="k0").update(due_at=clock.now - timedelta(seconds=90))
    Notice.objects.filter(key="k1").update(due_at=clock.now + timedelta(seconds=90))
    assert lateness() == 90
