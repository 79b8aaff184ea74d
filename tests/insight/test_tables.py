"""The monthly table, what it says of targets and changes, and the live figures of the home page."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db.models import F
from django.utils import timezone, translation

from moderation.choices import Outcome
from portal.insight.choices import Unit
from portal.insight.models import KpiDefinition, Snapshot
from portal.insight.selectors import (
    live_figures,
    month_period,
    monthly_table,
    months_up_to,
    parse_month,
    report_content,
)
from portal.insight.selectors.figures import month_figures, whole
from portal.insight.selectors.tables import Row
from portal.insight.services import load_definitions, take_month
from portal.registry import Figure
from tests.factories import OrganisationFactory
from tests.insight import records
from tests.insight.records import bounds, month_ago

HOUR = timedelta(hours=1)


def row(unit, value, previous=None, *, target=None, direction="none", **figure):
    """Return a row of the table."""
    definition = KpiDefinition(code="x", unit=unit, target=target, direction=direction)
    return Row(definition, Figure(value=value, **figure), previous, date(2026, 9, 1))


@pytest.fixture
def ministry(db):
    """The owner of the indicators."""
    return OrganisationFactory(code="ministry", kind="ministry")


@pytest.fixture(autouse=True)
def in_english():
    """Read in English."""
    with translation.override("en"):
        yield


# Months


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-10", date(2026, 10, 1)), (" ٢٠٢٦-٠١ ", date(2026, 1, 1)), ("2026-12", date(2026, 12, 1))],
)
def test_a_month_is_read(text, expected):
    assert parse_month(text) == expected


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "26-10", "2026-10-01", "1999-12", "2026-1", "x\0"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_month(text or " ")


def test_a_month_runs_from_midnight_to_midnight_in_riyadh():
    period = month_period(date(2026, 12, 17))
    assert period.start.isoformat() == "2026-12-01T00:00:00+03:00"
    assert period.end.isoformat() == "2027-01-01T00:00:00+03:00"


def test_months_go_back_over_the_new_year():
    assert months_up_to(date(2026, 2, 1), 4) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


# Words


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [
        (Unit.COUNT, 1284.0, "1,284"),
        (Unit.COUNT, 0.0, "0"),
        (Unit.PERCENT, 83.333, "83.3%"),
        (Unit.PERCENT, 99.96, "100%"),
        (Unit.DAYS, 1.0, "1 day"),
        (Unit.DAYS, 41.5, "41.5 days"),
        (Unit.HOURS, 3.45, "3.5 hours"),
        (Unit.HOURS, None, "No data"),
    ],
)
def test_values_with_their_unit(unit, value, shown):
    assert unit.show(value) == shown


def test_a_percentage_stays_in_one_piece_in_arabic():
    with translation.override("ar"):
        assert Unit.PERCENT.show(83) == "\u206683٪\u2069"


@pytest.mark.parametrize(
    ("made", "change", "movement"),
    [
        (row("count", 112, 100), "Up by 12% from September 2026", "up"),
        (row("count", 5, 0), "Up by 5 from September 2026", "up"),
        (row("count", 50, 100), "Down by 50% from September 2026", "down"),
        (row("percent", 83, 88), "Down by 5 points from September 2026", "down"),
        (row("hours", 3.4, 4.3), "Down by 0.9 hours from September 2026", "down"),
        (row("days", 41, 41), "Unchanged from September 2026", "same"),
        (row("percent", 74.17, 74.24), "Unchanged from September 2026", "same"),
        (row("percent", None, 88), "", ""),
        (row("percent", 88, None), "", ""),
    ],
)
def test_the_change_to_last_month(made, change, movement):
    assert (made.change, made.movement) == (change, movement)


@pytest.mark.parametrize(
    ("made", "attainment", "is_better"),
    [
        (row("percent", 83, 88, target=95, direction="up"), 87, False),
        (row("percent", 94.99, 90, target=95, direction="up"), 99, True),
        (row("percent", 96, 90, target=95, direction="up"), 100, True),
        (row("days", 41, 44, target=60, direction="down"), 100, True),
        (row("days", 120, 44, target=60, direction="down"), 50, False),
        (row("days", None, 44, target=60, direction="down"), None, None),
        (row("count", 41, 44, target=None), None, None),
    ],
)
def test_the_target(made, attainment, is_better):
    assert (made.attainment, made.is_met, made.is_better) == (attainment, attainment == 100, is_better)


def test_what_stands_behind_shares_and_medians():
    assert row("percent", 83, numerator=5, denominator=6).fraction == "5 / 6"
    assert row("hours", 3, n=1).cases == "1 case"
    assert (row("count", 3).fraction, row("count", 3).cases) == ("", "")


# The table


def test_the_table_has_this_month_last_month_and_the_trend(ministry):
    load_definitions()
    month, body = month_ago(1), OrganisationFactory()
    for back, count in ((1, 3), (2, 2)):
        for _ in range(count):
            records.comment(body, bounds(month_ago(back))[0])
    Snapshot.objects.create(month=month_ago(3), code="comments", value=17)
    # What was taken of this month is not believed: it is measured again.
    Snapshot.objects.create(month=month, code="comments", value=99)
    table = {each.definition.code: each for each in monthly_table(month, None)}
    comments = table["comments"]
    assert (comments.figure.value, comments.previous) == (3, 2)
    assert [value for _, value in comments.trend] == [*[0] * 10, 17, 2, 3]
    assert comments.trend[0][0] == month_ago(13)
    assert [bar.height for bar in comments.bars][-3:] == [100, 12, 18]
    assert "comment_languages" not in table
    assert "mim_01" not in table


def test_a_month_never_taken_is_measured_for_the_trend(ministry):
    load_definitions()
    records.comment(OrganisationFactory(), bounds(month_ago(5))[0])
    table = {each.definition.code: each for each in monthly_table(month_ago(1), None)}
    assert [value for _, value in table["comments"].trend][8] == 1


def test_a_month_without_activity_is_empty(ministry):
    load_definitions()
    records.comment(ministry, bounds(month_ago(2))[0])
    assert report_content(month_ago(1), None).is_empty
    assert not report_content(month_ago(2), None).is_empty
    assert report_content(month_ago(2), OrganisationFactory()).is_empty


def test_an_overdue_response_keeps_a_month_from_being_empty(ministry):
    load_definitions()
    start, _ = bounds(month_ago(1))
    late = records.consultation(ministry, start - 60 * 24 * HOUR, start - 30 * 24 * HOUR, due=start - 24 * HOUR)
    content = report_content(month_ago(1), None)
    assert not content.is_empty
    assert [(each.title, each.days) for each in content.overdue] == [
        (late.title_en, f"{(bounds(month_ago(0))[0] - start).days} days")
    ]


def test_parts_have_words_and_shares(ministry):
    load_definitions()
    start, _ = bounds(month_ago(1))
    for language in ("ar", "ar", "ar", "en"):
        records.comment(ministry, start, language=language)
    records.decide(records.case(ministry, start, "a"), start + HOUR, Outcome.HIDE)
    content = report_content(month_ago(1), None)
    assert [(each.label, each.shown, each.percent, each.width) for each in content.languages] == [
        ("Arabic", "3", "75%", 100),
        ("English", "1", "25%", 33),
        ("Chinese", "0", "0%", 0),
    ]
    assert [(each.label, each.shown) for each in content.grounds] == [("Ground 2", "1")]
    assert [each.label for each in content.states] == ["Upcoming", "Open", "Analysing", "Concluded", "Withdrawn"]


# The home page


@pytest.mark.django_db
def test_live_figures_are_measured_once_a_minute_for_all_languages(django_assert_num_queries):
    records.comment(OrganisationFactory(), timezone.now())
    first = live_figures()
    assert [each["value"] for each in first] == ["1", "1", "No data", "No data"]
    assert [set(each) for each in first] == [{"label", "value", "note"}] * 4
    records.comment(OrganisationFactory(), timezone.now())
    assert live_figures() == first
    with translation.override("zh-hans"), django_assert_num_queries(0):
        in_chinese = live_figures()
    assert [each["value"] for each in in_chinese][:2] == ["1", "1"]
    assert "月" in in_chinese[1]["note"]
    cache.delete(f"insight.live.{timezone.localdate()}")
    assert [each["value"] for each in live_figures()][:2] == ["2", "2"]


# Months as they were taken


def languages(month):
    """Return what the report says of comments by language, in its order, with the moment of the data."""
    found, taken_at = month_figures(month, None)
    return [(each.dimension, each.value) for each in found["comment_languages"]], taken_at


def test_a_finished_month_is_told_as_it_was_taken(ministry):
    month = month_ago(2)
    for language, count in (("en", 1), ("ar", 2), ("zh-hans", 3)):
        for _number in range(count):
            records.comment(ministry, bounds(month)[0], language=language)
    measured, _now = languages(month)
    take_month(month)
    taken = Snapshot.objects.filter(month=month).earliest("taken_at").taken_at
    records.comment(ministry, bounds(month)[0])
    assert languages(month) == (measured, taken)
    Snapshot.objects.filter(code="comment_languages").update(position=9 - F("position"))
    assert languages(month)[0] == measured[::-1]
    assert report_content(month, None).taken_at == taken
    # What this version measures in addition is measured now.
    Snapshot.objects.filter(code="comments").delete()
    assert whole(month_figures(month, None)[0], "comments").value == 7


def test_a_month_whose_last_turn_came_too_early_is_measured_now(ministry):
    month = month_ago(2)
    take_month(month)
    Snapshot.objects.update(taken_at=bounds(month)[1] - timedelta(microseconds=1))
    records.comment(ministry, bounds(month)[0])
    assert whole(month_figures(month, None)[0], "comments").value == 1
    Snapshot.objects.update(taken_at=bounds(month)[1])
    assert whole(month_figures(month, None)[0], "comments").value == 0


def test_a_month_that_is_not_final_is_measured_now(ministry):
    month = month_ago(0)
    take_month(month)
    records.comment(ministry, bounds(month)[0])
    assert whole(month_figures(month, None)[0], "comments").value == 1
