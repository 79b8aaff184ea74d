"""Nothing but a code goes to a number before the code has come back."""

import re
from datetime import timedelta

import pytest

from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from portal.notifications.models import Preference, Wishes
from portal.notifications.selectors import choices_of, wishes_of
from portal.notifications.services import (
    ChoiceRefused,
    NumberRefused,
    ask_number,
    confirm_number,
    forget_number,
    set_preference,
    tell,
)
from tests.factories import PersonFactory
from tests.notifications.conftest import tick

pytestmark = pytest.mark.django_db
NUMBER = "+966512345678"


@pytest.fixture(autouse=True)
def ways(settings):
    settings.DEMO = True


@pytest.fixture
def person():
    return PersonFactory()


def code():
    return re.match(r"\d{6}", Message.objects.filter(template="notifications/code").latest("pk").text)[0]


def wrong():
    return f"{(int(code()) + 1) % 10**6:06}"


def refused(act, *args):
    with pytest.raises(NumberRefused) as refusal:
        act(*args)
    return refusal.value.reason


def confirmed(person, number=NUMBER):
    ask_number(person, number, "sms")
    return confirm_number(person, code())


class TestConfirming:
    def test_the_code_that_came_there_confirms_it(self, clock, person):
        ask_number(person, "٠٥١ ٢٣٤ ٥٦٧٨", "whatsapp")
        message = Message.objects.get()
        assert (message.way, message.phone, message.person) == ("whatsapp", NUMBER, person)
        assert wishes_of(person).phone == ""
        found = code()
        assert found not in str(Wishes.objects.values().get())
        eastern = found.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        assert confirm_number(person, f" {eastern[:3]} {eastern[3:]} ").phone == NUMBER
        assert (wishes_of(person).phone, wishes_of(person).new_phone) == (NUMBER, "")
        assert refused(confirm_number, person, found) == "none"

    def test_the_code_of_another_person_or_number_does_not(self, clock, person):
        other = PersonFactory()
        ask_number(other, NUMBER, "sms")
        first = code()
        ask_number(person, NUMBER, "sms")
        if first != code():
            assert refused(confirm_number, person, first) == "wrong"
        assert wishes_of(person).phone == wishes_of(other).phone == ""

    def test_five_wrong_codes_make_it_void(self, clock, person):
        ask_number(person, NUMBER, "sms")
        assert [refused(confirm_number, person, wrong()) for _ in range(6)] == ["wrong"] * 5 + ["old"]
        assert refused(confirm_number, person, code()) == "old"

    def test_four_wrong_ones_do_not(self, clock, person):
        ask_number(person, NUMBER, "sms")
        for _ in range(4):
            refused(confirm_number, person, wrong())
        assert confirm_number(person, code()).phone == NUMBER

    def test_it_is_void_after_a_quarter_of_an_hour(self, clock, person):
        ask_number(person, NUMBER, "sms")
        clock.set(24, 12, 15)
        assert refused(confirm_number, person, code()) == "old"
        clock.set(24, 12, 14, 59)
        assert confirm_number(person, code()).phone == NUMBER

    def test_the_number_before_stays_until_the_new_one_is_confirmed(self, clock, person):
        confirmed(person)
        ask_number(person, "+971501234567", "sms")
        assert (wishes_of(person).phone, wishes_of(person).new_phone) == (NUMBER, "+971501234567")
        assert confirm_number(person, code()).phone == "+971501234567"

    def test_one_that_is_confirmed_gets_no_second_code(self, clock, person):
        confirmed(person)
        ask_number(person, NUMBER, "sms")
        assert Message.objects.count() == 1

    def test_the_text_is_gone_once_it_is_sent(self, clock, person):
        ask_number(person, NUMBER, "sms")
        assert code() in Message.objects.get().text
        Message.objects.update(due_at=clock.now - timedelta(seconds=1))
        deliver_due()
        assert (Message.objects.get().state, Message.objects.get().text) == ("sent", "")

    @pytest.mark.parametrize("text", ["", "call me", "12", "+12345678901234567890"])
    def test_what_is_no_number_is_refused(self, person, text):
        assert refused(ask_number, person, text, "sms") == "number"

    @pytest.mark.parametrize("way", ["email", "web", "pigeon"])
    def test_so_is_another_way(self, person, way):
        assert refused(ask_number, person, NUMBER, way) == "off"

    def test_so_is_a_way_that_is_switched_off(self, person, settings):
        settings.DEMO = False
        assert refused(ask_number, person, NUMBER, "sms") == "off"


class TestLimits:
    def age(self, by):
        for message in Message.objects.all():
            Message.objects.filter(pk=message.pk).update(created_at=message.created_at - by)

    def test_five_messages_an_hour_to_one_number_whoever_asks(self):
        people = PersonFactory.create_batch(6)
        for person in people[:5]:
            ask_number(person, NUMBER, "sms")
        assert refused(ask_number, people[5], NUMBER, "sms") == "often"
        self.age(timedelta(hours=1))
        ask_number(people[5], NUMBER, "sms")

    def test_five_codes_an_hour_and_ten_a_day_for_one_person_whatever_the_number(self, person):
        for number in range(5):
            ask_number(person, f"+96651234567{number}", "sms")
        assert refused(ask_number, person, NUMBER, "sms") == "often"
        self.age(timedelta(hours=1))
        for number in range(5):
            ask_number(person, f"+96651234568{number}", "sms")
        self.age(timedelta(hours=1))
        assert refused(ask_number, person, NUMBER, "sms") == "often"
        self.age(timedelta(hours=22))
        ask_number(person, NUMBER, "sms")


class TestChoosing:
    def test_a_way_by_number_needs_a_confirmed_one(self, clock, person):
        ask_number(person, NUMBER, "sms")
        with pytest.raises(ChoiceRefused) as refusal:
            set_preference(person, "replies", "sms", "at_once")
        assert refusal.value.reason == "number"
        confirm_number(person, code())
        set_preference(person, "replies", "sms", "at_once")
        assert choices_of(person)["replies"].way == "sms"

    def test_notices_go_there(self, clock, person):
        confirmed(person)
        set_preference(person, "replies", "sms", "at_once")
        tell(person, "replied", kind="thing", key="a", once="1")
        assert tick() == 1
        message = Message.objects.latest("pk")
        assert (message.way, message.phone, message.address) == ("sms", NUMBER, "")
        assert message.text.startswith("en: replied a\n") and "/en/things/a/" in message.text
        assert f"/stop/{person.code}-replies-" in message.text

    def test_where_the_number_is_gone_they_come_by_mail(self, clock, person):
        confirmed(person)
        set_preference(person, "replies", "sms", "at_once")
        tell(person, "replied", kind="thing", key="a", once="1")
        forget_number(person)
        assert tick() == 1
        assert Message.objects.latest("pk").address == person.email

    def test_where_the_way_was_switched_off_they_come_by_mail(self, clock, person, settings):
        confirmed(person)
        set_preference(person, "replies", "sms", "at_once")
        settings.DEMO = False
        tell(person, "replied", kind="thing", key="a", once="1")
        assert tick() == 1
        assert Message.objects.latest("pk").way == "email"

    def test_two_ways_are_two_messages(self, clock, person):
        confirmed(person)
        set_preference(person, "replies", "sms", "at_once")
        tell(person, "replied", kind="thing", key="a", once="1")
        tell(person, "decided", kind="thing", key="b", once="2")
        assert tick() == 2
        assert sorted(Message.objects.exclude(template="notifications/code").values_list("way", flat=True)) == [
            "email",
            "sms",
        ]

    @pytest.mark.parametrize("subject", ["decisions", "requests"])
    @pytest.mark.parametrize(("way", "rhythm"), [("web", "never"), ("web", "daily"), ("email", "never")])
    def test_decisions_and_requests_always_reach_people(self, person, subject, way, rhythm):
        with pytest.raises(ChoiceRefused) as refusal:
            set_preference(person, subject, way, rhythm)
        assert refusal.value.reason == "always"
        assert not Preference.objects.exists()

    @pytest.mark.parametrize(("way", "rhythm"), [("web", "never"), ("web", "daily"), ("email", "never")])
    def test_on_the_portal_only_and_never_are_one(self, person, way, rhythm):
        row = set_preference(person, "replies", way, rhythm)
        assert (row.way, row.rhythm) == ("web", "never")

    def test_what_there_is_not_is_refused(self, person):
        for words in (("x", "email", "daily"), ("replies", "x", "daily"), ("replies", "email", "x")):
            with pytest.raises(ValueError):
                set_preference(person, *words)
