"""Alarms: at the agreed moments, to the right people, once whatever the ticks do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from portal.accounts.choices import Role
from portal.accounts.models import Team
from portal.calendars.selectors.book import Book
from portal.calendars.services import record_breaches
from portal.messaging.models import Message
from surveys.choices import Audience, Mode, QuestionKind
from surveys.models import Survey
from surveys.services.asking import follow
from tests.calendars import riyadh
from tests.factories import MembershipFactory, staff
from tests.surveys.factories import editor_of, make_page, make_question, make_survey, published
from tickets.choices import Stage, TicketKind, TicketState
from tickets.models import Alarm, Ticket
from tickets.services import asking, desk, reminders
from tickets.services.rating import rate

pytestmark = pytest.mark.django_db


def alarms(ticket):
    return reminders.alarms_for(ticket.first_reply, Book())


def told():
    return list(Message.objects.filter(template="tickets/staff_alarm").order_by("pk").values_list("address", "subject"))


def test_two_working_days_are_told_of_in_working_time(clock, ask):
    found = alarms(ask())
    assert found == {
        # 6.5 + 8 + 8 working hours; half of them, and four before the end.
        Stage.HALF: riyadh("04-06 12:45"),
        Stage.NEAR: riyadh("04-07 12:00"),
        # Due at closing: told when the desk opens again, and eight working hours after it was due.
        Stage.BREACH: riyadh("04-08 08:00"),
        Stage.AFTER: riyadh("04-08 16:00"),
    }


def test_72_hours_are_told_of_while_people_work(clock, ask):
    """Case 3: due on Friday 20:00; the last reminder in working time before it, the breach when the desk opens."""
    clock.at("04-07 20:00")
    ticket = ask(TicketKind.PRAISE)
    assert ticket.first_reply.due_at == riyadh("04-10 20:00")
    assert alarms(ticket) == {
        Stage.HALF: riyadh("04-08 16:00"),
        Stage.NEAR: riyadh("04-09 12:00"),
        Stage.BREACH: riyadh("04-12 08:00"),
        Stage.AFTER: riyadh("04-12 16:00"),
    }


def test_an_emergency_is_told_at_once_and_around_the_clock(clock, ask, agent):
    """Case 18: Sunday 23:30 and one hour."""
    clock.at("04-05 23:30")
    ticket = ask(TicketKind.EMERGENCY)
    found = alarms(ticket)
    assert found[Stage.ARRIVED] == riyadh("04-05 23:30")
    assert found[Stage.HALF] == riyadh("04-06 00:00")
    assert found[Stage.BREACH] == riyadh("04-06 00:30:01")
    assert Stage.NEAR not in found
    reminders.set_alarms()
    assert reminders.tell_due() == 1
    assert told() == [(agent.email, f"Urgent: Technical emergency, {ticket.reference}")]


def test_each_stage_goes_once_to_those_it_concerns(clock, body, ask, agent):
    lead, manager, colleague = (staff(role, body) for role in (Role.AGENT, Role.MANAGER, Role.AGENT))
    team = Team.objects.create(organisation=body, name_en="First line", lead=lead)
    MembershipFactory(person=colleague, organisation=body, role=Role.MODERATOR, team=team)
    ticket = ask()
    desk.assign(ticket, to=agent, team=team, by=agent)
    expected = {
        "04-06 12:45": {agent},
        "04-07 12:00": {agent, colleague},
        "04-08 08:00": {agent, colleague, lead},
        "04-08 16:00": {agent, colleague, lead, manager},
    }
    for moment, people in expected.items():
        Message.objects.all().delete()
        clock.at(moment)
        reminders.set_alarms()
        assert reminders.tell_due() == 1
        assert reminders.tell_due() == 0
        assert {address for address, _subject in told()} == {person.email for person in people}


def test_a_late_tick_tells_once_and_stamps_the_breach_with_the_due_moment(clock, ask, agent):
    ticket = ask()
    reminders.set_alarms()
    clock.at("04-20 11:00")
    assert record_breaches() == 1
    assert record_breaches() == 0
    assert ticket.first_reply.breaches.get().due_at == riyadh("04-07 16:00")
    reminders.tell_due()
    reminders.tell_due()
    assert Alarm.objects.filter(told_at=None).count() == 0
    assert len(told()) == 4


def test_what_was_answered_or_moved_is_not_told_of(clock, ask, agent):
    answered, moved = ask(), ask()
    reminders.set_alarms()
    desk.reply(answered, "Here.", by=agent)
    desk.extend(moved, days=3, reason="A part is missing.", by=agent)
    clock.at("04-07 12:00")
    reminders.set_alarms()
    reminders.tell_due()
    assert told() == []


def test_reminders_that_lay_in_the_past_when_the_promise_moved_are_not_sent(clock, ask, agent):
    ticket = ask()
    clock.at("04-07 13:00")
    reminders.set_alarms()
    assert set(Alarm.objects.filter(told_at=None).values_list("stage", flat=True)) == {"breach", "after"}
    assert ticket.state == "new"


def test_a_person_is_reminded_once_and_then_the_request_is_closed(clock, ask, agent):
    ticket = ask()
    desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
    clock.add(days=7, seconds=-1)
    assert reminders.remind_waiting() == 0
    clock.add(seconds=1)
    assert (reminders.remind_waiting(), reminders.remind_waiting()) == (1, 0)
    clock.add(days=7)
    assert (reminders.close_resting(), reminders.close_resting()) == (1, 0)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at) == ("closed", None)
    sent = list(Message.objects.exclude(template="tickets/receipt").order_by("pk").values_list("template", flat=True))
    assert sent == ["tickets/reply", "tickets/waiting", "tickets/closed"]


def test_solved_without_a_word_of_doubt_is_closed_after_two_weeks(clock, ask, agent):
    ticket, other = ask(), ask()
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    desk.reply(other, "Done.", by=agent, then=TicketState.SOLVED)
    clock.add(days=13)
    asking.add_message(other, "It is not.", person=None)
    clock.add(days=1)
    assert reminders.close_resting() == 1
    assert dict(Ticket.objects.values_list("pk", "state")) == {ticket.pk: "closed", other.pk: "reopened"}


def follows_requests(body):
    """Publish a survey of the body's that follows closed requests."""
    survey = make_survey(organisation=body, audience=Audience.INVITED, mode=Mode.IDENTIFIED)
    make_question(make_page(survey), "stars", QuestionKind.RATING)
    survey = published(survey)
    follow(survey, "request_closed", by=editor_of(survey))
    Survey.objects.filter(pk=survey.pk).update(opens_at=riyadh("04-01 08:00"))


def rest(ticket, agent, clock):
    """Let a request be solved, and two weeks pass."""
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    clock.add(days=14)


def asked_in(*templates):
    sent = Message.objects.filter(template__in=templates).order_by("template")
    return [(one.template, "How did we do?" in one.text) for one in sent]


def test_a_survey_asks_how_it_went_instead_of_the_mail_that_closes_it(clock, ask, agent):
    ticket = ask(language="en")
    follows_requests(ticket.organisation)
    rest(ticket, agent, clock)
    assert (reminders.close_resting(), reminders.close_resting()) == (1, 0)
    assert asked_in("tickets/closed", "surveys/question") == [("surveys/question", False), ("tickets/closed", False)]


def test_without_a_survey_the_mail_asks(clock, ask, agent):
    rest(ask(language="en"), agent, clock)
    reminders.close_resting()
    assert asked_in("tickets/closed", "surveys/question") == [("tickets/closed", True)]


def test_whoever_has_said_it_is_asked_by_nobody(clock, ask, agent):
    ticket = ask(language="en")
    follows_requests(ticket.organisation)
    rest(ticket, agent, clock)
    rate(ticket, 4)
    reminders.close_resting()
    assert asked_in("tickets/closed", "surveys/question") == [("tickets/closed", False)]


def test_closing_ones_own_request_asks_once(clock, ask, agent):
    ticket = ask(language="en")
    follows_requests(ticket.organisation)
    for _ in range(2):
        asking.close_by_sender(ticket, person=ticket.person)
    assert asked_in("surveys/question") == [("surveys/question", False)]


@pytest.mark.django_db(transaction=True)
def test_many_ticks_at_once_tell_once(clock, ask, agent):
    ask()
    clock.at("04-08 09:00")

    def tick(_number):
        try:
            reminders.set_alarms()
            reminders.tell_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tick, range(16)))
    assert [stage for stage in Alarm.objects.exclude(told_at=None).values_list("stage", flat=True).order_by("at")] == [
        "half", "near", "breach",
    ]  # fmt: skip
    assert len(told()) == 3
