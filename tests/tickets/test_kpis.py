"""Indicators of requests: exact, at the borders of months and of promises."""

import pytest

from portal.calendars.services import record_breaches
from portal.insight.models import KpiDefinition
from portal.insight.services.definitions import load_definitions
from portal.registry import Period, kpis
from tests.calendars import riyadh
from tests.factories import OrganisationFactory
from tickets.choices import Channel, TicketKind, TicketState
from tickets.models import Rating, Ticket
from tickets.services import asking, desk
from tickets.services.rating import rate

pytestmark = pytest.mark.django_db
APRIL = Period(riyadh("04-01 00:00"), riyadh("05-01 00:00"))
MAY = Period(riyadh("05-01 00:00"), riyadh("06-01 00:00"))


def figure(code, period=APRIL, scope=None):
    (found,) = kpis[code](period, scope)
    return found


def value(code, period=APRIL, scope=None):
    return figure(code, period, scope).value


def kept(period=APRIL, code="first_promises_kept"):
    """Return how many promises were kept, and of how many."""
    found = figure(code, period)
    return found.numerator, found.denominator


def parts(code):
    return {each.dimension: each.value for each in kpis[code](APRIL, None) if each.value}


@pytest.fixture
def solve(agent):
    def answer(ticket, then=TicketState.SOLVED):
        desk.reply(ticket, "We have seen to it.", by=agent, then=then)
        ticket.refresh_from_db()

    return answer


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("03-31 23:59:59.999999", None),
        ("04-01 00:00", APRIL),
        ("04-30 23:59:59.999999", APRIL),
        ("05-01 00:00", MAY),
        ("05-01 02:59", MAY),
    ],
)
def test_months_begin_at_midnight_in_riyadh(clock, ask, moment, month):
    clock.at(moment)
    ask()
    clock.at("06-02 00:00")
    assert [value("requests_received", each) for each in (APRIL, MAY)] == [month is APRIL, month is MAY]


@pytest.mark.usefixtures("english")
def test_received_by_kind_channel_and_language(clock, ask, body):
    ask()
    ask(TicketKind.COMPLAINT, language="ar", channel=Channel.PHONE)
    ask(TicketKind.COMPLAINT, language="zh-hans", organisation=OrganisationFactory())
    clock.add(minutes=1)
    assert (value("requests_received"), value("requests_received", scope=body)) == (3, 2)
    assert parts("requests_by_kind") == {"enquiry": 1, "complaint": 2}
    assert parts("requests_by_channel") == {"web": 2, "phone": 1}
    assert parts("requests_by_language") == {"en": 1, "ar": 1, "zh-hans": 1}
    assert kpis["requests_by_kind"].labels(["praise"]) == {"praise": "Praise"}


def test_spam_is_no_request_until_it_is_one_again(clock, ask, agent):
    ticket = ask()
    clock.add(minutes=1)
    desk.set_state(ticket, TicketState.SPAM, by=agent)
    clock.add(minutes=1)
    assert value("requests_received") == 0
    clock.at("05-03 09:00")
    desk.set_state(ticket, TicketState.OPEN, by=agent)
    # What stood when April ended stays so.
    assert value("requests_received") == 0
    clock.at("04-05 09:30")
    kept_as_request = ask()
    clock.at("05-03 10:00")
    desk.set_state(kept_as_request, TicketState.SPAM, by=agent)
    assert value("requests_received") == 1


def test_of_two_that_were_joined_one_counts(clock, ask, agent, solve):
    first, second = ask(), ask()
    clock.add(hours=1)
    desk.merge(second, first, by=agent)
    solve(first)
    clock.at("05-01 00:00")
    assert (value("requests_received"), value("requests_solved"), kept()) == (1, 1, (1, 1))


def test_first_reply_in_working_hours(clock, ask, body, solve):
    assert (value("first_reply_hours"), value("first_reply_hours_p90")) == (None, None)
    # Thursday 15:00 to Sunday 9:00: an hour before the rest, an hour after.
    clock.at("04-09 15:00")
    over_weekend = ask(TicketKind.SUGGESTION)
    clock.at("04-12 09:00")
    solve(over_weekend, then=TicketState.OPEN)
    clock.at("04-13 08:00")
    quick = ask()
    clock.at("04-13 08:30")
    solve(quick)
    clock.at("04-13 10:00")
    slow = ask()
    clock.at("04-14 14:00")
    solve(slow)
    # A second answer, and a later solution, are not the first.
    solve(over_weekend)
    clock.at("04-15 10:00")
    assert (value("first_reply_hours"), figure("first_reply_hours").n) == (2, 3)
    assert value("first_reply_hours_p90") == pytest.approx(2 + 0.8 * 10)
    assert value("first_reply_hours", scope=OrganisationFactory()) is None
    # Half an hour, twelve, and 1 + 8 + 8 + 6 with the weekend left out.
    assert (value("solution_hours"), figure("solution_hours").n, value("requests_solved")) == (12, 3, 3)
    assert value("solution_hours_p90") == pytest.approx(12 + 0.8 * 11)


def test_an_answer_belongs_to_its_month(clock, ask, solve):
    clock.at("04-30 15:00")
    ticket = ask()
    clock.at("05-03 09:00")
    solve(ticket)
    clock.at("05-03 09:01")
    assert (value("first_reply_hours"), value("first_reply_hours", MAY)) == (None, 2)
    assert (value("requests_solved"), value("requests_solved", MAY)) == (0, 1)
    # Due in May, and answered in it: once.
    assert (kept(), kept(MAY)) == ((0, 0), (1, 1))


@pytest.mark.parametrize(("moment", "expected"), [("04-07 16:00", (1, 1)), ("04-07 16:00:01", (0, 1))])
def test_the_due_second_is_in_time(clock, ask, solve, moment, expected):
    ticket = ask()
    clock.at(moment)
    solve(ticket)
    clock.at("05-01 00:00")
    assert kept() == kept(code="digital_requests_in_time") == expected


def test_open_and_overdue_is_missed_and_a_late_answer_too(clock, ask, solve):
    ticket = ask()
    clock.at("04-07 16:00")
    assert kept() == (0, 0)
    clock.at("04-07 16:00:01")
    assert kept() == (0, 1)
    clock.at("05-03 10:00")
    solve(ticket)
    clock.at("05-03 11:00")
    assert (kept(), kept(MAY)) == ((0, 1), (0, 1))
    assert kept(MAY, "digital_requests_in_time") == (0, 0)


def test_a_breach_stays_missed_whatever_is_given_later(clock, ask, agent, solve):
    ticket = ask()
    clock.at("04-08 09:00")
    record_breaches()
    desk.extend(ticket, days=5, reason="The part has to be ordered.", by=agent)
    clock.at("04-09 09:00")
    solve(ticket)
    clock.at("05-01 00:00")
    assert kept() == kept(code="digital_requests_in_time") == (0, 1)


def test_an_extension_in_time_moves_the_promise(clock, ask, agent, solve):
    ticket = ask()
    desk.extend(ticket, days=5, reason="The part has to be ordered.", by=agent)
    clock.at("04-08 09:00")
    assert kept() == (0, 0)
    solve(ticket)
    clock.at("05-01 00:00")
    assert kept() == (1, 1)


def test_what_its_sender_closed_is_neither_kept_nor_missed(clock, ask):
    ticket = ask()
    clock.add(hours=1)
    asking.close_by_sender(ticket, person=None)
    clock.at("05-01 00:00")
    assert kept() == kept(code="digital_requests_in_time") == (0, 0)
    # Reopened in May: April's figure stays.
    clock.at("05-03 09:00")
    asking.add_message(ticket, "It came back.", person=None)
    clock.at("05-10 09:00")
    assert kept() == (0, 0)


def test_what_is_reopened_has_kept_its_first_promise_but_was_no_useful_reply(clock, ask, solve):
    ticket = ask()
    clock.add(hours=1)
    solve(ticket)
    clock.add(hours=1)
    other = ask()
    solve(other)
    asking.add_message(ticket, "It is dark again.", person=None)
    clock.at("05-01 00:00")
    assert kept() == (2, 2)
    assert kept(code="digital_requests_in_time") == (1, 2)
    assert (value("requests_reopened"), kept(code="requests_reopened")) == (50, (1, 2))
    # Its later, missed promise is not the first one.
    record_breaches()
    assert kept() == (2, 2)


def test_requests_by_phone_are_not_digital(clock, ask, solve):
    solve(ask(channel=Channel.PHONE))
    clock.at("05-01 00:00")
    assert kept() == (1, 1)
    assert kept(code="digital_requests_in_time") == (0, 0)


def test_hours_waiting_for_the_person_are_summed_for_each_request(clock, ask, solve):
    assert value("requests_waiting_hours") is None
    often, once, never = ask(), ask(), ask()
    for _ in range(2):
        solve(often, then=TicketState.WAITING)
        clock.add(hours=3)
        asking.add_message(often, "Here it is.", person=None)
    solve(once, then=TicketState.WAITING)
    solve(never)
    clock.add(hours=1)
    assert value("requests_waiting_hours") == 6
    clock.add(hours=1)
    asking.add_message(once, "Here it is.", person=None)
    clock.add(hours=1)
    found = figure("requests_waiting_hours")
    assert (found.value, found.n) == (4, 2)


def test_satisfaction_is_the_mean_of_what_was_said(clock, ask, solve):
    assert (value("requests_satisfaction"), figure("requests_satisfaction").n) == (None, 0)
    for score in (5, 2, 4):
        ticket = ask()
        solve(ticket)
        rate(ticket, 1)
        rate(ticket, score)
    late = Rating.objects.get(score=4)
    late.created_at = riyadh("05-01 00:00")
    late.save()
    found = figure("requests_satisfaction")
    assert (found.value, found.n) == (3.5, 2)
    assert value("requests_satisfaction", MAY) == 4
    assert value("requests_satisfaction", scope=OrganisationFactory()) is None


def test_each_body_has_its_own(clock, ask, body, solve):
    solve(ask())
    clock.at("05-01 00:00")
    other = OrganisationFactory()
    for code in ("requests_received", "requests_solved"):
        assert (value(code, scope=body), value(code, scope=other)) == (1, 0)
    assert value("first_promises_kept", scope=other) is None
    Ticket.objects.update(organisation=other)
    assert value("first_promises_kept", scope=other) == 100


def test_answered_in_time_is_measured_from_now_on(body):
    OrganisationFactory(code="ministry", kind="ministry")
    load_definitions()
    assert KpiDefinition.objects.get(code="mim_03").source == "digital_requests_in_time"
    assert KpiDefinition.objects.get(code="mim_02").source == "survey_satisfaction"
