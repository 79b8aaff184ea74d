"""What is kept of a person: given out, forgotten, and not for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal import registry
from portal.accounts.services import erase_person
from portal.messaging.models import Message
from portal.notifications.models import Digest, Follow, Happening, Notice, Preference, Wishes
from portal.notifications.services import follow, happened, set_preference, set_wishes, tell
from portal.notifications.services.retention import forget_old
from tests.factories import PersonFactory
from tests.notifications.conftest import tick

pytestmark = pytest.mark.django_db
MODELS = (Notice, Digest, Follow, Preference, Wishes)


def with_everything():
    person = PersonFactory()
    follow(person, kind="thing", key="a")
    set_preference(person, "replies", "email", "at_once")
    set_wishes(person, daily_hour=9)
    tell(person, "replied", kind="thing", key="a", once="1")
    tick()
    return person


def test_it_is_given_out_whole(clock):
    person = with_everything()
    PersonFactory()
    given = registry.personal_data["notifications"].export(person)
    assert given["choices"] == [{"subject": "replies", "way": "email", "rhythm": "at_once"}]
    assert [(one["kind"], one["key"]) for one in given["follows"]] == [("thing", "a")]
    assert given["wishes"][0]["daily_hour"] == 9 and "code_hash" not in given["wishes"][0]
    assert [(one["event"], one["state"], one["digest__way"]) for one in given["notices"]] == [
        ("replied", "sent", "email")
    ]


def test_erasure_leaves_nothing_of_one_and_all_of_others(clock):
    person, other = with_everything(), with_everything()
    erase_person(person, by=person)
    for model in MODELS:
        assert list(model.objects.values_list("person_id", flat=True)) == [other.pk], model
    assert not Message.objects.filter(address=person.email).exclude(text="").exists()


def test_what_was_read_goes_after_a_year_and_what_was_not_after_two(clock):
    person, now = PersonFactory(), clock.now
    ages = {"read, a year": (365, True), "read, over": (366, True), "unread, over": (366, False)}
    ages |= {"unread, two": (730, False), "unread, over two": (731, False)}
    for once, (days, is_read) in ages.items():
        tell(person, "replied", kind="thing", key="a", once=once, at=now - timedelta(days=days), is_told=True)
        if is_read:
            Notice.objects.filter(once=once).update(read_at=now)
    assert forget_old() == 2
    assert set(Notice.objects.values_list("once", flat=True)) == {"read, a year", "unread, over", "unread, two"}
    assert forget_old() == 0


def test_it_goes_in_claims_with_what_nothing_refers_to(clock, monkeypatch):
    from portal.notifications.services import retention

    monkeypatch.setattr(retention, "CLAIM", 2)
    person = with_everything()
    for number in range(4):
        tell(person, "replied", kind="thing", key="a", once=f"more-{number}", is_told=True)
    follow(person, kind="thing", key="b")
    happened("opened", kind="thing", key="b", once="old")
    tick()
    assert Notice.objects.count() == 6
    assert forget_old() == 0
    clock.now += timedelta(days=731)
    happened("opened", kind="thing", key="b", once="new")
    assert forget_old() == 6
    assert not Notice.objects.exists() and not Digest.objects.exists()
    assert list(Happening.objects.values_list("once", flat=True)) == ["new"]


def test_what_waits_to_be_handed_round_is_kept_however_old(clock):
    happened("opened", kind="thing", key="a", once="1", at=timezone.now() - timedelta(days=1000))
    forget_old()
    assert Happening.objects.count() == 1
