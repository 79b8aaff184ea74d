"""What happens is handed round to those who follow it or took part, once to each."""

import pytest

from portal.messaging.models import Message
from portal.notifications.models import Follow, Happening, Notice
from portal.notifications.selectors import is_following
from portal.notifications.services import FollowRefused, follow, happened, set_preference, telling, unfollow
from portal.registry.notices import took_part
from tests.factories import PersonFactory
from tests.notifications.conftest import PARTICIPANTS, subjects, tick

pytestmark = pytest.mark.django_db


def notices():
    return set(Notice.objects.values_list("person_id", "subject", "follow_kind", "follow_key"))


class TestFollowing:
    def test_it_is_done_once_and_undone(self):
        person, other = PersonFactory(), PersonFactory()
        assert follow(person, kind="thing", key="a").pk == follow(person, kind="thing", key="a").pk
        assert is_following(person, "thing", "a")
        assert not is_following(other, "thing", "a") and not is_following(person, "thing", "b")
        assert [unfollow(person, kind="thing", key="a"), unfollow(person, kind="thing", key="a")] == [True, False]
        assert not is_following(person, "thing", "a")

    @pytest.mark.parametrize(("kind", "key"), [("thing", "hidden"), ("nothing", "a"), ("topic", "a")])
    def test_what_is_not_public_cannot_be_followed(self, kind, key):
        with pytest.raises(FollowRefused) as refusal:
            follow(PersonFactory(), kind=kind, key=key)
        assert refusal.value.reason == "unknown"

    def test_nobody_follows_more_than_is_ever_read(self, monkeypatch):
        from portal.notifications.services import following

        monkeypatch.setattr(following, "MOST_FOLLOWS", 2)
        person = PersonFactory()
        follow(person, kind="thing", key="a")
        follow(person, kind="thing", key="b")
        with pytest.raises(FollowRefused) as refusal:
            follow(person, kind="thing", key="c")
        assert refusal.value.reason == "many"


class TestHappened:
    def test_followers_of_the_thing_its_topics_and_its_body_are_told_once(self, clock):
        one, two, three, nobody = PersonFactory.create_batch(4)
        follow(one, kind="thing", key="a")
        follow(one, kind="topic", key="roads")
        follow(two, kind="topic", key="roads")
        follow(three, kind="organisation", key="city")
        follow(nobody, kind="thing", key="b")
        happened("opened", kind="thing", key="a", once="opened-a")
        happened("opened", kind="thing", key="a", once="opened-a")
        assert (telling.hand_round(), telling.hand_round()) == (3, 0)
        assert notices() == {
            (one.pk, "followed", "thing", "a"),
            (two.pk, "followed", "topic", "roads"),
            (three.pk, "followed", "organisation", "city"),
        }

    def test_the_mail_names_what_is_followed_and_how_to_unfollow_it(self, clock):
        person = PersonFactory()
        follow(person, kind="topic", key="roads")
        set_preference(person, "followed", "email", "at_once")
        happened("opened", kind="thing", key="a", once="opened-a")
        tick()
        message = Message.objects.get()
        assert "because you follow “\u2068topic roads\u2069”." in message.text
        assert f"/stop/{person.code}-follow-topic-roads-" in message.headers["List-Unsubscribe"]

    def test_whoever_follows_afterwards_is_not_told(self, clock):
        happened("opened", kind="thing", key="a", once="opened-a")
        follow(PersonFactory(), kind="thing", key="a")
        Follow.objects.update(created_at=clock.set(24, 12, 1))
        assert telling.hand_round() == 0

    def test_whoever_took_part_and_follows_is_told_once_as_one_who_took_part(self, clock):
        both, part, follower = PersonFactory.create_batch(3)
        PARTICIPANTS["a"] = {both.pk, part.pk}
        follow(both, kind="thing", key="a")
        follow(follower, kind="topic", key="roads")
        happened("concluded", kind="thing", key="a", once="concluded-a")
        telling.hand_round()
        assert notices() == {
            (both.pk, "outcomes", "", ""),
            (part.pk, "outcomes", "", ""),
            (follower.pk, "followed", "topic", "roads"),
        }

    def test_whoever_wants_no_outcomes_sent_but_follows_is_told_as_a_follower(self, clock):
        person = PersonFactory()
        PARTICIPANTS["a"] = {person.pk}
        follow(person, kind="thing", key="a")
        set_preference(person, "outcomes", "web", "never")
        happened("concluded", kind="thing", key="a", once="concluded-a")
        telling.hand_round()
        assert notices() == {(person.pk, "followed", "thing", "a")}

    def test_those_who_took_part_are_not_told_of_all_that_happens(self, clock):
        PARTICIPANTS["a"] = {PersonFactory().pk}
        happened("opened", kind="thing", key="a", once="opened-a")
        assert telling.hand_round() == 0

    def test_erased_and_inactive_people_are_passed_over(self, clock):
        gone, present = PersonFactory(), PersonFactory()
        for person in (gone, present):
            follow(person, kind="thing", key="a")
        type(gone).objects.filter(pk=gone.pk).update(is_active=False)
        happened("opened", kind="thing", key="a", once="opened-a")
        telling.hand_round()
        assert list(Notice.objects.values_list("person_id", flat=True)) == [present.pk]

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
    def test_it_goes_round_in_claims(self, clock, monkeypatch, count):
        monkeypatch.setattr(telling, "CLAIM", 2)
        people = PersonFactory.create_batch(count)
        PARTICIPANTS["a"] = {person.pk for person in people[::2]}
        for person in people:
            follow(person, kind="thing", key="a")
            follow(person, kind="topic", key="roads")
        happened("concluded", kind="thing", key="a", once="concluded-a")
        telling.hand_round()
        assert sorted(Notice.objects.values_list("person_id", flat=True)) == [person.pk for person in people]
        assert Notice.objects.filter(subject="outcomes").count() == len(people[::2])
        assert Happening.objects.get().stage == "done"

    def test_what_nobody_knows_how_to_say_any_more_stops_nothing(self, clock):
        follow(PersonFactory(), kind="thing", key="a")
        happened("opened", kind="thing", key="a", once="1")
        Happening.objects.update(event="long-gone")
        happened("opened", kind="thing", key="a", once="2")
        telling.hand_round()
        assert list(Notice.objects.values_list("event", flat=True)) == ["opened"]

    def test_what_breaks_for_one_keeps_no_other_waiting_and_is_tried_again(self, clock, monkeypatch):
        person = PersonFactory()
        follow(person, kind="thing", key="a")
        happened("concluded", kind="thing", key="a", once="1")
        happened("opened", kind="thing", key="a", once="2")

        def gone(key, after, limit):
            raise LookupError

        real = took_part["thing"]
        monkeypatch.setitem(took_part._entries, "thing", gone)
        assert telling.hand_round() == 1
        assert list(Notice.objects.values_list("event", flat=True)) == ["opened"]
        monkeypatch.setitem(took_part._entries, "thing", real)
        assert telling.hand_round() == 1
        assert Notice.objects.count() == 2

    def test_an_unknown_event_is_refused_where_it_happens(self):
        with pytest.raises(KeyError):
            happened("nothing", kind="thing", key="a", once="1")

    def test_what_is_unfollowed_meanwhile_is_not_sent(self, clock):
        person = PersonFactory()
        follow(person, kind="topic", key="roads")
        happened("opened", kind="thing", key="a", once="1")
        telling.hand_round()
        unfollow(person, kind="topic", key="roads")
        clock.set(25, 8)
        assert tick() == 0
        assert Notice.objects.get().state == "site"

    def test_what_is_followed_comes_once_a_day(self, clock):
        person = PersonFactory()
        follow(person, kind="topic", key="roads")
        happened("opened", kind="thing", key="a", once="1")
        happened("opened", kind="thing", key="b", once="2")
        assert tick() == 0
        clock.set(25, 8)
        assert tick() == 1
        assert subjects() == ["2 new notifications for you"]
