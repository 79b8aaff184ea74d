"""Promises: given, moved for a reason, held, met, missed, and told in words."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import override_settings
from django.utils import timezone, translation

from moderation import services as moderation
from moderation.models import Case
from portal.calendars import services
from portal.calendars.choices import Cause, Level, Pause, Target, Unit
from portal.calendars.models import Breach, Calendar, Deadline, Promise, ServiceLevel, Wait
from portal.calendars.selectors import Book, sentences
from portal.calendars.services import DeadlineRefused, adopt, drop, meet, promise, record_breaches, reopen, restart
from portal.messaging.models import Message
from tests.calendars import calendar_of, holiday, riyadh
from tests.factories import CommentFactory, DeadlineFactory, GroundFactory, OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def body():
    """A body with the agreed calendar."""
    found = OrganisationFactory()
    calendar_of(found)
    return found


@pytest.fixture
def complaint(body):
    """Two working days from Sunday 5 April 9:30: due on Tuesday at 16:00."""
    return promise(Level.COMPLAINT, body=body, start=riyadh("04-05 09:30"))


def history(deadline):
    return list(deadline.promises.order_by("number").values_list("cause", "due_at"))


# Whose terms hold


@pytest.mark.parametrize(
    ("level", "amount", "unit"),
    [
        (Level.ENQUIRY, 2, Unit.WORKING_DAYS),
        (Level.INFORMATION_REQUEST, 2, Unit.WORKING_DAYS),
        (Level.COMPLAINT, 2, Unit.WORKING_DAYS),
        (Level.FEEDBACK, 72, Unit.CLOCK_HOURS),
        (Level.SUGGESTION, 72, Unit.CLOCK_HOURS),
        (Level.PRAISE, 72, Unit.CLOCK_HOURS),
        (Level.REPORT_OF_CONTENT, 72, Unit.CLOCK_HOURS),
        (Level.TECHNICAL, 2, Unit.WORKING_DAYS),
        (Level.ACCESSIBILITY, 2, Unit.WORKING_DAYS),
        (Level.EMERGENCY, 1, Unit.CLOCK_HOURS),
        (Level.APPEAL, 5, Unit.WORKING_DAYS),
        (Level.CONSULTATION_RESPONSE, 12, Unit.WEEKS),
    ],
)
def test_what_holds_where_nobody_has_said_anything(level, amount, unit):
    assert Book().terms(OrganisationFactory().pk, level, Target.REPLY) == ((amount, unit), None)


def test_a_body_keeps_its_own_terms_then_those_above_it_then_the_ministrys():
    ministry = OrganisationFactory(kind="ministry")
    body, lone = OrganisationFactory(parent=ministry), OrganisationFactory()
    calendar = calendar_of(ministry)
    services.save_level(level_of(ministry, Level.ENQUIRY, 3), by=None)
    services.save_level(level_of(OrganisationFactory(), Level.ENQUIRY, 9), by=None)
    for asked in (ministry, body, lone):
        assert Book().terms(asked.pk, Level.ENQUIRY, Target.REPLY) == ((3, Unit.WORKING_DAYS), calendar.pk)
    own = calendar_of(body)
    services.save_level(level_of(body, Level.ENQUIRY, 1), by=None)
    assert Book().terms(body.pk, Level.ENQUIRY, Target.REPLY) == ((1, Unit.WORKING_DAYS), own.pk)
    assert Book().terms(lone.pk, Level.ENQUIRY, Target.REPLY) == ((3, Unit.WORKING_DAYS), calendar.pk)
    assert Book().terms(None, Level.ENQUIRY, Target.REPLY) == ((3, Unit.WORKING_DAYS), calendar.pk)


def level_of(body, level, days, **fields):
    return ServiceLevel(organisation=body, level=level, reply_amount=days, reply_unit=Unit.WORKING_DAYS, **fields)


def test_a_solution_has_its_own_time(body):
    services.save_level(level_of(body, Level.COMPLAINT, 2, solution_amount=30, solution_unit=Unit.CLOCK_HOURS), by=None)
    start = riyadh("04-05 09:30")
    assert promise(Level.COMPLAINT, body=body, start=start, target=Target.SOLUTION).due_at == start + timedelta(
        hours=30
    )
    assert promise(Level.COMPLAINT, body=body, start=start).due_at == riyadh("04-07 16:00")


@override_settings(TIME_ZONE="Europe/Berlin")
def test_weeks_keep_the_hour_of_the_day_by_the_portals_clock():
    start = datetime(2026, 10, 1, 14, tzinfo=UTC)
    found = promise(Level.CONSULTATION_RESPONSE, body=OrganisationFactory(), start=start)
    assert found.due_at == datetime(2026, 12, 24, 15, tzinfo=UTC)


# Moving


def test_a_promise_that_starts_anew_keeps_its_rule(body):
    deadline = promise(Level.CONSULTATION_RESPONSE, body=body, start=riyadh("01-01 16:00"))
    restart(deadline, start=riyadh("02-01 16:00"))
    deadline.refresh_from_db()
    assert deadline.due_at == riyadh("04-26 16:00")
    assert history(deadline) == [
        (Cause.GIVEN, riyadh("03-26 16:00")),
        (Cause.STARTED, riyadh("04-26 16:00")),
    ]


def test_a_calendar_moves_a_promise_earlier_but_later_only_with_a_reason(complaint):
    add_holiday(complaint, date(2026, 4, 6))
    services.recompute(complaint, cause=Cause.CALENDAR)
    assert (complaint.due_at, complaint.held_due_at) == (riyadh("04-07 16:00"), riyadh("04-07 16:00"))
    services.recompute(complaint, cause=Cause.CALENDAR, reason="The sixth is a holiday.")
    assert (complaint.due_at, complaint.held_due_at) == (riyadh("04-08 16:00"), None)
    Calendar.objects.get().holidays.filter(first_day=date(2026, 4, 6)).update(is_observed=False)
    services.recompute(complaint, cause=Cause.CALENDAR)
    assert complaint.due_at == riyadh("04-07 16:00")
    assert [due for _cause, due in history(complaint)] == [
        riyadh("04-07 16:00"),
        riyadh("04-07 16:00"),
        riyadh("04-08 16:00"),
        riyadh("04-07 16:00"),
    ]
    assert list(complaint.promises.filter(reason__isnull=False).values_list("number", "reason__text")) == [
        (3, "The sixth is a holiday.")
    ]


def add_holiday(deadline, day):
    services.save_holiday(holiday(day, day, calendar=deadline.calendar), by=None)


def test_what_nobody_changed_writes_no_row(complaint):
    services.recompute(complaint, cause=Cause.CALENDAR)
    services.wait(complaint, since=riyadh("04-05 17:00"))
    services.resume(complaint, at=riyadh("04-06 07:00"))
    assert history(complaint) == [(Cause.GIVEN, riyadh("04-07 16:00"))]
    assert list(complaint.waits.values_list("pause", flat=True)) == [Pause.PERSON]


def test_a_held_promise_moves_on_by_what_comes_after(complaint):
    add_holiday(complaint, date(2026, 4, 6))
    services.recompute(complaint, cause=Cause.CALENDAR)
    later = timezone.now() + timedelta(days=1)
    Deadline.objects.filter(pk=complaint.pk).update(held_since=riyadh("04-05 12:00"))
    services.wait(complaint, since=riyadh("04-05 13:00"))
    services.resume(complaint, at=riyadh("04-05 15:00"))
    # Two hours after the promise that stands, not after Wednesday's closing.
    assert complaint.due_at == riyadh("04-08 10:00")
    assert later > complaint.due_at


def test_the_end_of_a_wait_carries_in_no_change_of_the_calendar(complaint):
    services.wait(complaint, since=riyadh("04-05 11:00"))
    add_holiday(complaint, date(2026, 4, 6))
    services.resume(complaint, at=riyadh("04-05 13:00"))
    assert complaint.due_at == riyadh("04-08 10:00")


def test_a_change_of_kind_may_be_given_a_reason(complaint):
    services.change_kind(complaint, Level.APPEAL, reason="It is an appeal.", by=None)
    assert (complaint.level, complaint.due_at) == (Level.APPEAL, riyadh("04-12 16:00"))


def test_an_extension_holds_when_all_is_reckoned_anew(complaint):
    services.extend(complaint, amount=5, unit=Unit.WORKING_DAYS, reason="A survey is needed.", by=None)
    services.recompute(complaint, cause=Cause.CALENDAR)
    services.wait(complaint, since=riyadh("04-05 11:00"))
    services.resume(complaint, at=riyadh("04-05 13:00"))
    assert complaint.due_at == riyadh("04-15 10:00")


def test_waiting_twice_at_once_is_waiting_once(complaint):
    services.wait(complaint, since=riyadh("04-05 11:00"))
    services.wait(complaint, since=riyadh("04-05 12:00"))
    services.resume(complaint, at=riyadh("04-05 13:00"))
    services.resume(complaint, at=riyadh("04-05 14:00"))
    assert complaint.due_at == riyadh("04-08 10:00")
    assert Wait.objects.count() == 1


# Meeting and missing


def test_the_first_moment_counts_and_freezes(complaint):
    first = riyadh("04-06 12:00")
    meet(complaint, at=first)
    meet(complaint, at=first + timedelta(days=9))
    add_holiday(complaint, date(2026, 4, 7))
    services.recompute(complaint, cause=Cause.CALENDAR, reason="A holiday.")
    services.wait(complaint)
    with pytest.raises(DeadlineRefused) as refused:
        services.extend(complaint, amount=1, unit=Unit.WORKING_DAYS, reason="Why not?", by=None)
    complaint.refresh_from_db()
    assert (refused.value.why, complaint.met_at, complaint.due_at) == ("met", first, riyadh("04-07 16:00"))
    assert (complaint.waiting_since, history(complaint)) == (None, [(Cause.GIVEN, riyadh("04-07 16:00"))])


def test_only_what_was_met_is_opened_again(complaint):
    with pytest.raises(DeadlineRefused) as refused:
        services.reopen(complaint)
    assert refused.value.why == "running"


def test_what_was_solved_late_and_opened_again_is_late_all_the_same(complaint):
    meet(complaint, at=riyadh("04-08 09:00"))
    services.reopen(complaint, at=riyadh("04-09 09:00"))
    assert complaint.due_at == riyadh("04-07 16:00")
    assert record_breaches() == 0
    assert list(Breach.objects.values_list("due_at", flat=True)) == [riyadh("04-07 16:00")]


def test_solved_while_waiting_ends_the_wait(complaint):
    services.wait(complaint, since=riyadh("04-07 15:00"))
    meet(complaint, at=riyadh("04-08 09:00"))
    complaint.refresh_from_db()
    assert (complaint.due_at, complaint.was_kept) == (riyadh("04-08 10:00"), True)


def test_a_breach_is_one_row_for_the_moment_missed(complaint):
    due = complaint.due_at
    assert [record_breaches(due), record_breaches(due + timedelta(seconds=1)), record_breaches(due)] == [0, 1, 0]
    services.extend(complaint, amount=1, unit=Unit.WORKING_DAYS, reason="One day more.", by=None)
    assert record_breaches(complaint.due_at + timedelta(seconds=1)) == 1
    assert list(Breach.objects.values_list("due_at", flat=True)) == [due, complaint.due_at]


def test_no_breach_while_the_clock_stands_still_in_time(complaint):
    due = complaint.due_at
    services.wait(complaint, since=due)
    assert (record_breaches(due + timedelta(days=9)), complaint.is_overdue) == (0, False)
    Deadline.objects.update(waiting_since=due + timedelta(seconds=1))
    complaint.refresh_from_db()
    assert (record_breaches(due + timedelta(days=9)), complaint.is_overdue) == (1, True)


def test_a_breach_that_no_tick_saw_is_recorded_before_an_extension(complaint):
    services.extend(complaint, amount=900, unit=Unit.WORKING_DAYS, reason="Very long.", by=None)
    assert Breach.objects.get().due_at == riyadh("04-07 16:00")


def test_what_is_dropped_is_neither_overdue_nor_missed(complaint):
    drop(complaint, at=riyadh("04-06 10:00"))
    assert (list(Deadline.objects.overdue()), record_breaches(), complaint.is_overdue) == ([], 0, False)


def test_overdue_are_those_unmet_whose_moment_has_passed():
    now = timezone.now()
    late = DeadlineFactory(started_at=now - timedelta(days=9), due_at=now - timedelta(seconds=1))
    DeadlineFactory(started_at=now - timedelta(days=9), due_at=now - timedelta(days=1), met_at=now)
    DeadlineFactory(started_at=now, due_at=now + timedelta(minutes=5))
    assert list(Deadline.objects.overdue()) == [late]


def test_a_deadline_before_its_start_is_refused():
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.create(level=Level.REPORT_OF_CONTENT, started_at=now, due_at=now - timedelta(seconds=1))


@pytest.mark.parametrize("table", ["promise", "wait", "breach"])
def test_the_history_is_never_changed(complaint, table):
    services.wait(complaint, since=riyadh("04-05 11:00"))
    services.resume(complaint, at=riyadh("04-05 12:00"))
    record_breaches()
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(f"DELETE FROM calendars_{table}")


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_record_a_breach_once():
    for _number in range(5):
        DeadlineFactory(started_at=timezone.now() - timedelta(days=9), due_at=timezone.now() - timedelta(days=1))
    barrier, found = threading.Barrier(2), []

    def tick():
        barrier.wait()
        found.append(record_breaches())
        connections.close_all()

    threads = [threading.Thread(target=tick) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record_breaches()
    assert (Breach.objects.count(), sum(found) >= 5) == (5, True)


# Rows of earlier versions


def test_old_rows_are_given_their_body_and_the_first_row_of_their_history():
    comment = CommentFactory()
    case = moderation.report("comment", comment.code, ground=GroundFactory(), reporter=PersonFactory()).case
    due = timezone.now() + timedelta(hours=5)
    old = DeadlineFactory(level=Level.REPORT_OF_CONTENT, started_at=due - timedelta(hours=72), due_at=due)
    Case.objects.filter(pk=case.pk).update(deadline=old)
    lone = DeadlineFactory()
    assert (adopt(), adopt()) == (1, 0)
    old.refresh_from_db()
    lone.refresh_from_db()
    assert (old.organisation, lone.organisation) == (comment.thread.organisation, None)
    assert history(old) == [(Cause.GIVEN, due)]


def test_an_old_row_can_be_moved_before_it_was_completed():
    start = riyadh("04-09 15:00")
    old = DeadlineFactory(level=Level.REPORT_OF_CONTENT, started_at=start, due_at=start + timedelta(hours=72))
    services.extend(old, amount=24, unit=Unit.CLOCK_HOURS, reason="One day more.", by=None)
    assert history(old) == [(Cause.GIVEN, riyadh("04-12 15:00")), (Cause.EXTENDED, riyadh("04-13 15:00"))]


# Telling


def test_who_reported_is_told_of_a_later_promise_and_why():
    comment, reporter = CommentFactory(), PersonFactory()
    case = moderation.report("comment", comment.code, ground=GroundFactory(), reporter=reporter).case
    services.extend(case.deadline, amount=24, unit=Unit.CLOCK_HOURS, reason="We asked <b>the</b> author.", by=None)
    message = Message.objects.get(template="moderation/deadline_moved")
    assert (message.person, "We asked <b>the</b> author." in message.text) == (reporter, True)
    assert "We asked &lt;b&gt;the&lt;/b&gt; author." in message.html


@pytest.mark.parametrize("number", [1, 2])
def test_a_receipt_in_words(body, number):
    deadline = promise(Level.COMPLAINT, body=body, start=riyadh("03-18 17:00"))
    services.wait(deadline, since=riyadh("03-25 09:00"))
    services.resume(deadline, at=riyadh("03-25 10:00"))
    services.extend(deadline, amount=number, unit=Unit.WORKING_DAYS, reason="A survey.", by=None)
    with translation.override("en"):
        said = sentences(deadline)
    last = {1: "Tuesday 31 March 2026, 09:00", 2: "Wednesday 1 April 2026, 09:00"}[number]
    days = {1: "1 working day", 2: "2 working days"}[number]
    assert said == [
        "The time began on Wednesday 18 March 2026, 17:00.",
        "That was outside working hours, so it counts as received on Wednesday 25 March 2026, 08:00.",
        "There are 2 working days for it, up to the end of working hours on the last of them.",
        "Thursday 19 March 2026 to Tuesday 24 March 2026 do not count: \u2068Holiday\u2069.",
        "Friday 27 March 2026 to Saturday 28 March 2026 do not count: they are no working days.",
        "From Wednesday 25 March 2026, 09:00 to Wednesday 25 March 2026, 10:00 we waited for an answer, and the clock "
        "stood still.",
        f"It was extended by {days}. The reason: \u2068A survey.\u2069",
        f"It is due by {last}.",
    ]


def test_a_receipt_says_that_the_earlier_promise_stands(complaint):
    services.change_kind(complaint, Level.APPEAL, by=None)
    with translation.override("en"):
        assert sentences(complaint)[-2:] == [
            "Reckoned anew it would be due on Sunday 12 April 2026, 16:00, but the earlier promise stands.",
            "It is due by Tuesday 7 April 2026, 16:00.",
        ]


def test_the_receipt_of_an_old_row(body):
    start = riyadh("04-09 15:00")
    receipt = {"rule": "clock", "amount": 72, "unit": "hours"}
    old = DeadlineFactory(started_at=start, due_at=start + timedelta(hours=72), receipt=receipt)
    with translation.override("en"):
        assert sentences(old) == [
            "The time began on Thursday 9 April 2026, 15:00.",
            "There are 72 hours for it, counted around the clock.",
            "It is due by Sunday 12 April 2026, 15:00.",
        ]


def test_the_receipt_is_kept_with_each_promise(complaint):
    services.extend(complaint, amount=1, unit=Unit.WORKING_DAYS, reason="A day.", by=None)
    first, second = Promise.objects.order_by("number")
    assert (first.receipt["extensions"], first.receipt["deemed"]) == ([], "2026-04-05T06:30:00+00:00")
    assert [each["amount"] for each in second.receipt["extensions"]] == [1]


def test_what_was_given_up_goes_on_with_what_was_left(db):
    body = OrganisationFactory()
    calendar_of(body)
    deadline = promise(Level.ENQUIRY, body=body, start=riyadh("04-05 09:30"))
    drop(deadline, at=riyadh("04-05 12:00"))
    reopen(deadline, at=riyadh("04-06 12:00"))
    assert (deadline.dropped_at, deadline.due_at) == (None, riyadh("04-08 16:00"))
    with pytest.raises(DeadlineRefused, match="running"):
        reopen(deadline)
