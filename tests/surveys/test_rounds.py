"""Rounds come once for each period, however often and late the clock ticks."""

from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.mailings.models import Delivery
from portal.messaging.models import Message
from surveys.choices import Every, RoundState, SendingState, SeriesState, State, Status
from surveys.models import Invitee, Question, Round, Sending, Series, Survey
from surveys.rules.rounds import is_due, next_start, period_of
from surveys.services import inviting, rounds
from surveys.services.refusals import SurveyRefused
from tests.factories import OrganisationFactory, staff
from tests.surveys.factories import editor_of, published, standard
from tests.surveys.test_inviting import confirmed, earlier, everybody, invited_only, people

__all__ = ["everybody"]
pytestmark = pytest.mark.django_db


def at(year, month, day):
    return timezone.make_aware(datetime(year, month, day, 12))


def series(**fields):
    survey = invited_only()
    wanted = {"every": Every.MONTH, "day": 5, "begins_on": date(2027, 1, 1), "open_days": 10, "audience": "readers"}
    return rounds.begin_series(survey, by=editor_of(survey), **{**wanted, "parameters": {}, **fields})


@pytest.mark.parametrize(
    ("day", "every", "period", "due"),
    [
        (date(2027, 1, 4), Every.MONTH, "2027-01", False),
        (date(2027, 1, 5), Every.MONTH, "2027-01", True),
        (date(2027, 12, 31), Every.MONTH, "2027-12", True),
        (date(2027, 4, 4), Every.QUARTER, "2027-Q2", False),
        (date(2027, 6, 30), Every.QUARTER, "2027-Q2", True),
        (date(2026, 12, 31), Every.MONTH, "2026-12", False),
    ],
)
def test_which_period_and_whether_its_round_is_due(day, every, period, due):
    assert period_of(day, every) == period
    assert is_due(day, every, 5, date(2027, 1, 1)) is due


@pytest.mark.parametrize(
    ("today", "every", "expected"),
    [
        (date(2026, 11, 22), Every.MONTH, date(2027, 1, 5)),
        (date(2027, 1, 5), Every.MONTH, date(2027, 2, 5)),
        (date(2027, 12, 6), Every.MONTH, date(2028, 1, 5)),
        (date(2027, 11, 6), Every.QUARTER, date(2028, 1, 5)),
    ],
)
def test_when_the_next_one_comes(today, every, expected):
    assert next_start(today, every, 5, date(2027, 1, 1)) == expected


class TestTick:
    def test_makes_publishes_and_invites_once(self, everybody):
        people(2)
        made = series()
        assert rounds.tick(at(2027, 1, 4)) == 0
        assert [rounds.tick(at(2027, 1, day)) for day in (5, 5, 20, 31)] == [1, 0, 0, 0]
        found = made.rounds.get()
        assert (found.period, found.state) == ("2027-01", RoundState.PUBLISHED)
        assert (found.survey.status, found.survey.previous) == (Status.LIVE, made.survey)
        assert found.survey.closes_at - found.survey.opens_at == timedelta(days=10)
        sending = Sending.objects.get(survey=found.survey)
        inviting.draw(sending.pk)
        sending.refresh_from_db()
        assert (sending.state, sending.frozen_count) == (SendingState.SENT, 2)
        assert Delivery.objects.count() == 2

    def test_down_for_months_it_makes_one_and_not_those_that_were_missed(self, everybody):
        made = series()
        rounds.tick(at(2027, 1, 6))
        assert rounds.tick(at(2027, 5, 20)) == 1
        assert list(made.rounds.order_by("pk").values_list("period", flat=True)) == ["2027-01", "2027-05"]

    def test_each_follows_the_last_and_closes_it(self, everybody):
        made = series()
        rounds.tick(at(2027, 1, 6))
        rounds.tick(at(2027, 2, 6))
        second, first = made.rounds.all()
        assert second.survey.previous == first.survey
        assert (first.survey.state, second.survey.state) == (State.CLOSED, State.OPEN)
        made.survey.refresh_from_db()
        assert made.survey.state == State.CLOSED
        assert second.survey.version.structure["pages"] == first.survey.version.structure["pages"]

    def test_what_is_not_whole_is_held_and_those_responsible_are_told_once(self, everybody):
        made = series()
        manager = staff(Role.MANAGER, made.survey.organisation)
        Question.objects.filter(survey=made.survey, code="ease").update(title_ar="")
        rounds.tick(at(2027, 1, 6))
        rounds.tick(at(2027, 1, 7))
        held = made.rounds.get()
        assert (held.state, held.survey.status, bool(held.problems)) == (RoundState.HELD, Status.DRAFT, True)
        assert Sending.objects.count() == 0
        told = Message.objects.filter(template="surveys/round_held")
        assert {message.person_id for message in told} >= {manager.pk, made.by_id}
        assert told.count() == len({message.person_id for message in told})
        made.survey.refresh_from_db()
        assert made.survey.state == State.OPEN

    def test_paused_and_ended_ones_make_none(self, everybody):
        made = series()
        by = made.by
        rounds.move_series(made, SeriesState.PAUSED, by=by)
        assert rounds.tick(at(2027, 1, 6)) == 0
        rounds.move_series(made, SeriesState.ACTIVE, by=by)
        assert rounds.tick(at(2027, 1, 6)) == 1
        rounds.move_series(made, SeriesState.ENDED, by=by)
        assert rounds.tick(at(2027, 2, 6)) == 0
        with pytest.raises(SurveyRefused):
            rounds.move_series(made, SeriesState.ACTIVE, by=by)

    def test_the_rule_of_seven_days_holds_for_rounds_too(self, everybody):
        people(1)
        made = series()
        confirmed(invited_only())
        rounds.tick(at(2027, 1, 6))
        sending = Sending.objects.get(survey=made.rounds.get().survey)
        inviting.draw(sending.pk)
        sending.refresh_from_db()
        assert (sending.state, sending.frozen_count) == (SendingState.DRAWN, 0)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_make_one_round(everybody):
    people(3)
    made = series()
    barrier, counts = Barrier(2), []

    def run():
        barrier.wait()
        try:
            counts.append(rounds.tick(at(2027, 1, 6)))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(counts) == [0, 1]
    assert (Round.objects.count(), Survey.objects.count(), Delivery.objects.count()) == (1, 2, 3)
    assert Invitee.objects.filter(survey=made.rounds.get().survey).count() == 3


def test_only_editors_begin_one_and_a_survey_has_one(everybody):
    made = series()
    wanted = {"every": Every.MONTH, "day": 1, "begins_on": date(2027, 1, 1), "audience": "readers", "parameters": {}}
    with pytest.raises(SurveyRefused):
        rounds.begin_series(made.survey, by=made.by, **wanted)
    other = invited_only()
    with pytest.raises(SurveyRefused):
        rounds.begin_series(other, by=staff(Role.EDITOR, OrganisationFactory()), **wanted)
    with pytest.raises(SurveyRefused):
        rounds.begin_series(other, by=editor_of(other), **{**wanted, "audience": "nobody"})
    with pytest.raises(SurveyRefused):
        rounds.begin_series(standard(), by=made.by, **wanted)
    assert Series.objects.count() == 1


class TestStaffPage:
    @pytest.fixture
    def desk(self, client, everybody):
        survey = published(standard())
        client.force_login(editor_of(survey))
        with override("en"):
            return survey, reverse("admin:surveys_survey_rounds", args=[survey.pk])

    def test_begin_pause_and_end(self, client, desk):
        survey, url = desk
        typed = {"every": "month", "day": "29", "begins_on": "2027-01-01", "open_days": "14"}
        refused = client.post(f"{url}?audience=readers", typed)
        assert (refused.status_code, Series.objects.count()) == (200, 0)
        assert 'value="29"' in refused.content.decode()
        client.post(f"{url}?audience=readers", typed | {"day": "28"})
        assert Series.objects.get().survey == survey
        for state in ("paused", "active", "ended"):
            client.post(f"{url}{state}/")
            assert Series.objects.get().state == state
        assert client.post(f"{url}nonsense/").status_code == 404
        assert client.get(url).status_code == 200

    def test_a_later_round_shows_its_series(self, client, everybody):
        people(1)
        made = series()
        rounds.tick(at(2027, 1, 6))
        later = made.rounds.get().survey
        client.force_login(made.by)
        with override("en"):
            page = client.get(reverse("admin:surveys_survey_rounds", args=[later.pk])).content.decode()
        assert "2027-01" in page

    def test_is_closed_to_others(self, client, desk):
        _survey, url = desk
        client.force_login(editor_of(invited_only()))
        assert client.get(url).status_code == 404
        assert client.post(f"{url}follow/", {"trigger": "event_over"}).status_code == 404


def test_reminders_of_last_rounds_are_no_matter_of_this_one(everybody):
    people(1)
    first = confirmed(invited_only())
    earlier(first, 8)
    assert Invitee.objects.filter(survey=first.survey).count() == 1
