"""Notices of progress: whoever asked hears of it each week, in their language, and once whatever the ticks do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from portal.messaging.models import Message
from tickets.choices import TicketState
from tickets.models import Ticket
from tickets.services import asking, desk, reminders
from tickets.services.asking import Sender

pytestmark = pytest.mark.django_db


def notices():
    return Message.objects.filter(template="tickets/progress").order_by("pk")


def test_a_week_without_a_word_is_followed_by_one_each_week(clock, ask, agent):
    ticket = ask()
    desk.reply(ticket, "We are looking into it.", by=agent)
    clock.add(days=7, seconds=-1)
    assert reminders.tell_how_it_stands() == 0
    clock.add(seconds=1)
    assert (reminders.tell_how_it_stands(), reminders.tell_how_it_stands()) == (1, 0)
    clock.add(days=7)
    # A late tick tells once, not once for each week.
    clock.add(days=7)
    assert (reminders.tell_how_it_stands(), reminders.tell_how_it_stands()) == (1, 0)
    assert notices().count() == 2
    told = notices()[0]
    assert (told.contact, told.language) == (ticket.contact, "en")
    assert "Somebody is working on your request." in told.text
    assert ticket.reference in told.text
    assert "We are sorry" not in told.text


@pytest.mark.parametrize("language", ["ar", "zh-hans", "en"])
def test_what_is_late_is_said_to_be_late_and_not_expected_in_the_past(clock, ask, language):
    ask(language=language)
    clock.add(days=7)
    reminders.tell_how_it_stands()
    (told,) = notices()
    assert (told.language, told.text.count("2026")) == (language, 1)
    if language == "en":
        assert "We promised an answer by 7 April 2026" in told.text
        assert "Expected reply" not in told.text


@pytest.mark.parametrize("then", [TicketState.WAITING, TicketState.SOLVED])
def test_who_was_asked_or_answered_is_not_told(clock, ask, agent, then):
    desk.reply(ask(), "Which street?", by=agent, then=then)
    clock.add(days=8)
    assert reminders.tell_how_it_stands() == 0


def test_who_answers_or_takes_it_up_again_hears_nothing_for_a_week(clock, ask, agent):
    waiting, solved = ask(), ask()
    desk.reply(waiting, "Which street?", by=agent, then=TicketState.WAITING)
    desk.reply(solved, "Done.", by=agent, then=TicketState.SOLVED)
    clock.add(days=10)
    for ticket in (waiting, solved):
        asking.add_message(ticket, "Palm Street.", person=None)
    assert reminders.tell_how_it_stands() == 0
    clock.add(days=7)
    assert reminders.tell_how_it_stands() == 2


def test_an_extension_and_another_body_are_news_too(clock, ask, agent):
    from tests.factories import OrganisationFactory

    extended, handed_over = ask(), ask()
    clock.add(days=1)
    desk.extend(extended, days=9, reason="A part is missing.", by=agent)
    desk.hand_over(handed_over, OrganisationFactory(), by=agent, reason="Roads look after lights.")
    clock.add(days=6)
    assert reminders.tell_how_it_stands() == 0
    clock.add(days=1)
    assert reminders.tell_how_it_stands() == 2


def test_a_caller_without_an_address_costs_nothing(clock, ask):
    ask(sender=Sender(phone="+966500000001", name="Huda"))
    clock.add(days=7)
    assert (reminders.tell_how_it_stands(), reminders.tell_how_it_stands()) == (1, 0)
    assert not notices().exists()


@pytest.mark.django_db(transaction=True)
def test_many_ticks_at_once_tell_once(clock, ask):
    ask()
    clock.add(days=7)

    def tick(_number):
        try:
            reminders.tell_how_it_stands()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tick, range(16)))
    assert (notices().count(), Ticket.objects.get().told_at) == (1, clock.moment)
