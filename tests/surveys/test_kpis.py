"""Indicators of surveys: what counts for which month, and what is withheld."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.insight.selectors import month_period
from portal.insight.selectors.figures import measure_some
from portal.registry import Period, kpis
from surveys.kpis import INDICATORS
from surveys.selectors.measuring import parts_of, total_of
from tests.factories import OrganisationFactory
from tests.insight import records
from tests.insight.records import bounds, month_ago

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def monday(day):
    return day - timedelta(days=day.weekday())


def one(code, period, scope=None):
    (figure,) = kpis[code](period, scope)
    return figure


@pytest.fixture
def survey():
    return records.survey(OrganisationFactory())


def a_week(survey, counts, *, question="overall", week=None, **fields):
    week = week or monday(month_ago(1) + timedelta(days=14))
    records.answers(survey, week, question, counts, **fields)


MIDDLE = month_period(month_ago(1))


class TestFigures:
    def test_satisfied_are_four_and_five_of_the_last_question(self, survey):
        a_week(survey, {1: 5, 3: 5, 4: 20, 5: 10})
        # An earlier question of satisfaction is a part and not the whole.
        a_week(survey, {1: 90}, question="first")
        found = one("survey_satisfaction", MIDDLE)
        assert (found.value, found.numerator, found.denominator) == (75, 30, 40)

    def test_recommending_is_promoters_less_detractors(self, survey):
        a_week(survey, {0: 5, 6: 5, 8: 10, 9: 10, 10: 20}, question="likely")
        found = one("survey_nps", MIDDLE)
        assert (found.value, found.n) == (40, 50)

    def test_ease_is_a_mean(self, survey):
        a_week(survey, {1: 10, 7: 30}, question="effort")
        found = one("survey_ces", MIDDLE)
        assert (found.value, found.n) == (5.5, 40)

    def test_completion_leaves_out_what_staff_enter(self, survey):
        week = monday(month_ago(1) + timedelta(days=14))
        records.pages(survey, week, begun=40, done=30)
        records.pages(survey, week, begun=10, done=10, channel="paper")
        found = one("survey_completion", MIDDLE)
        assert (found.value, found.numerator, found.denominator) == (75, 30, 40)

    def test_nobody_completes_more_than_was_begun(self, survey):
        records.pages(survey, monday(month_ago(1) + timedelta(days=14)), begun=20, done=25)
        assert one("survey_completion", MIDDLE).value == 100

    def test_response_is_of_what_arrived(self, survey):
        at = bounds(month_ago(1))[0]
        records.invitations(survey, at, sent=40, bounced=9, answered=16)
        found = one("survey_response", MIDDLE)
        assert (found.value, found.numerator, found.denominator) == (40, 16, 40)
        assert one("survey_response", month_period(month_ago(2))).value is None

    def test_nothing_is_no_value(self):
        assert {code: one(code, MIDDLE).value for code in [each.code for each in INDICATORS]} == dict.fromkeys(
            [each.code for each in INDICATORS]
        )

    def test_parts_have_their_names(self, survey):
        a_week(survey, {5: 20}, language="ar", channel="paper")
        (by_language,) = kpis["survey_satisfaction_by_language"](MIDDLE, None)
        (by_channel,) = kpis["survey_satisfaction_by_channel"](MIDDLE, None)
        assert (by_language.dimension, by_language.value) == ("ar", 100)
        assert kpis["survey_satisfaction_by_channel"].labels([by_channel.dimension]) == {"paper": "On paper"}


class TestWeeks:
    def test_a_week_counts_for_the_month_in_which_it_ends(self, survey):
        """The week of the first of a month begins in the month before, unless that is a Monday."""
        first = month_ago(1)
        a_week(survey, {5: 20}, week=monday(first))
        assert one("survey_satisfaction", month_period(month_ago(1))).denominator == 20
        assert one("survey_satisfaction", month_period(month_ago(2))).value is None

    def test_one_that_ends_in_the_next_month_waits(self, survey):
        last = month_ago(0) - timedelta(days=1)
        week = monday(last)
        a_week(survey, {5: 20}, week=week)
        ends_in_time = week + timedelta(days=6) == last
        assert (one("survey_satisfaction", MIDDLE).value is not None) == ends_in_time

    def test_this_week_is_not_told_before_it_is_over(self, survey):
        today = timezone.localdate()
        a_week(survey, {5: 20}, week=monday(today))
        now = timezone.now()
        so_far = Period(now - timedelta(days=20), now + timedelta(days=20))
        assert one("survey_satisfaction", so_far).value is None
        a_week(survey, {5: 30}, week=monday(today) - WEEK)
        assert one("survey_satisfaction", so_far).denominator == 30


def people(counted):
    return sum(counted.values())


def cells(*rows):
    return {(body, language, "web"): Counter({5: count}) for body, language, count in rows}


class Body:
    def __init__(self, pk):
        self.pk = pk


class TestWithholding:
    def test_nine_are_withheld_and_ten_are_told(self):
        assert total_of(cells((1, "ar", 9)), None, people) is None
        assert total_of(cells((1, "ar", 10)), None, people) == Counter({5: 10})

    def test_a_small_body_takes_the_next_smallest_with_it(self):
        found = cells((1, "ar", 90), (2, "ar", 30), (3, "ar", 4))
        told = [total_of(found, Body(pk), people) for pk in (1, 2, 3)]
        assert told == [Counter({5: 90}), None, None]
        assert total_of(found, None, people) == Counter({5: 124})

    def test_a_small_part_takes_the_next_smallest_with_it(self):
        found = cells((1, "ar", 90), (1, "en", 30), (1, "zh-hans", 4))
        assert parts_of(found, None, "language", people) == {"ar": Counter({5: 90}), "en": None, "zh-hans": None}

    def test_a_part_of_a_body_is_not_what_remains_of_the_others(self):
        """Without care the second body's Chinese would be the whole's less the first body's."""
        found = cells((1, "ar", 90), (1, "zh-hans", 30), (2, "ar", 50), (2, "zh-hans", 4))
        of_bodies = [parts_of(found, Body(pk), "language", people) for pk in (1, 2)]
        assert [of_bodies[1]["zh-hans"], of_bodies[0]["zh-hans"]] == [None, None]

    def test_bodies_without_answers_have_no_parts(self):
        assert parts_of(cells((1, "ar", 90)), Body(7), "language", people) == {}

    def test_a_whole_that_is_withheld_has_no_value(self, survey):
        a_week(survey, {5: 9})
        assert one("survey_satisfaction", MIDDLE).value is None
        assert [each.value for each in kpis["survey_satisfaction_by_language"](MIDDLE, None)] == [None]


def test_the_queries_are_as_many_however_many_surveys_there_are(django_assert_num_queries, survey):
    for other in (survey, records.survey(OrganisationFactory()), records.survey(OrganisationFactory())):
        a_week(other, {4: 20})
        a_week(other, {9: 20}, question="likely")
    codes = [code for code in kpis if code.startswith("survey_")]
    assert len(codes) == 14
    measure_some(codes, MIDDLE, None)
    # Rows, versions, pages and invitations, once for all parts; rows and versions for each of three sorts.
    with django_assert_num_queries(8):
        measure_some(codes, MIDDLE, None)
