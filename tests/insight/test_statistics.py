"""The public statistics: what is published, what is withheld, and that no page measures anything."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from portal import registry
from portal.accounts.choices import OrganisationKind, Role
from portal.insight.choices import Unit
from portal.insight.models import KpiDefinition, Snapshot
from portal.insight.selectors.charts import Point, chart
from portal.insight.selectors.published import published, small_words
from portal.insight.services import load_definitions, publish_marked, take_month
from portal.registry import kpis
from portal.web import pagecache
from portal.web.pagecache import next_turn
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.insight import records
from tests.insight.records import bounds, month_ago

pytestmark = pytest.mark.django_db
MONTH = month_ago(1)


@pytest.fixture(autouse=True)
def in_english():
    """Take addresses in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def ministry():
    """The ministry, with its indicators."""
    made = OrganisationFactory(code="ministry", kind=OrganisationKind.MINISTRY, name_en="Ministry")
    load_definitions()
    return made


def keep(code, value, part="", body=None, month=MONTH, **numbers):
    """Store a figure as it was taken."""
    return Snapshot.objects.create(month=month, code=code, organisation=body, dimension=part, value=value, **numbers)


def page(client, code=""):
    """Return the words of a page."""
    address = reverse("insight:indicator", args=[code]) if code else reverse("insight:statistics")
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def rows(client, code="", ending="csv"):
    """Return the rows of a download."""
    name = f"insight:{'indicator' if code else 'data'}_{ending}"
    response = client.get(reverse(name, args=[code] if code else []))
    assert response.status_code == 200
    text = response.content.decode("utf-8-sig")
    return json.loads(text) if ending == "json" else list(csv.DictReader(io.StringIO(text)))


# What is published


def test_only_what_staff_have_published_is_public(client, ministry):
    keep("comments", 1234)
    assert "Comments" in page(client, "comments")
    KpiDefinition.objects.filter(code="comments").update(is_public=False)
    for name in ("indicator", "indicator_csv", "indicator_json"):
        assert client.get(reverse(f"insight:{name}", args=["comments"])).status_code == 404
    assert "1,234" not in page(client)
    assert [row for row in rows(client) if row["indicator"] == "comments"] == []
    assert [each for each in rows(client, ending="json")["indicators"] if each["code"] == "comments"] == []


def test_at_first_some_are_for_staff_alone(ministry):
    assert set(KpiDefinition.objects.filter(is_public=False).values_list("code", flat=True)) == {
        "verified_share",
        "reports",
        "searches_without_result",
        "survey_nps",
        "survey_ces",
    }


def test_publishing_what_is_marked_leaves_the_rest(ministry):
    KpiDefinition.objects.update(is_public=False)
    publish_marked()
    assert KpiDefinition.objects.filter(is_public=True).count() == KpiDefinition.objects.count() - 5


def test_an_unknown_indicator_is_not_found(client, ministry):
    for address in ("nothing/", "nothing/data.csv", "nothing/data.json", "nothing/data.xml"):
        assert client.get(f"/en/statistics/{address}").status_code == 404


def test_pages_are_read_only(client, ministry):
    for name in ("statistics", "data_csv", "data_json"):
        assert client.post(reverse(f"insight:{name}")).status_code == 405


def test_the_page_says_all_that_is_to_be_known(client, ministry):
    KpiDefinition.objects.filter(code="response_share").update(target=95, review_on=date(2031, 5, 6))
    keep("response_share", 83.3333, numerator=5, denominator=6)
    words = page(client, "response_share")
    for text in ("Responses published in time", "83.3%", "5 / 6", "Target: 95%", "6 May 2031", "Ministry", "per cent"):
        assert text in words
    for name in ("definition", "formula", "method"):
        assert getattr(KpiDefinition.objects.get(code="response_share"), f"{name}_en") in words
    assert "CC BY 4.0" in words


def test_what_is_not_measured_yet_says_so(client, ministry):
    words = page(client, "mim_01")
    assert "Not measured yet" in words
    assert "data.csv" not in words
    assert "Use of services designed for everyone" in page(client)


def test_without_a_figure_the_pages_say_no_data(client, ministry):
    assert "No data" in page(client, "comments")
    assert "No data" in page(client)
    KpiDefinition.objects.all().delete()
    assert "No figures are published yet" in page(client)


def test_the_running_month_is_marked(client, ministry):
    keep("comments", 7, month=month_ago(0))
    assert "so far" in page(client, "comments")
    assert [row["status"] for row in rows(client, "comments")] == ["provisional"]


def test_a_page_in_another_language_has_its_words(client, ministry):
    keep("comment_languages", 3, "ar")
    words = client.get("/ar/statistics/comment_languages/").content.decode()
    assert "التعليقات بحسب اللغة" in words and "العربية" in words
    assert 'dir="rtl"' in words


def test_navigation_and_footer_lead_here(client, ministry):
    words = page(client)
    assert '<a href="/en/statistics/" aria-current="page"' in words or 'href="/en/statistics/"' in words
    assert 'href="/en/statistics/#data"' in words
    assert 'href="/en/statistics/"' in client.get("/en/").content.decode()


def test_a_hostile_name_is_inert(client, ministry):
    body = OrganisationFactory(parent=ministry, name_en="<b>Roads</b>")
    KpiDefinition.objects.filter(code="comments").update(name_en="<script>x</script>", definition_en="<i>y</i>")
    keep("comments", 3, body=body), keep("comments", 4, body=ministry)
    words = page(client, "comments")
    for mark in ("<script>x", "<b>Roads", "<i>y"):
        assert mark not in words
    assert "&lt;b&gt;Roads" in words


# What is withheld


def shown(code="participants_by_kind", body=None, month=MONTH):
    """Return the parts that are published with their numbers."""
    found = published(KpiDefinition.objects.filter(code="participants"))
    return {
        key[2]: found.figure(key, month).value
        for key in found.figures
        if key[0] == code and key[1] == body and not found.is_small(key, month)
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, 6, 0], [5, 6, 0]),
        # One alone could be worked out from the sum: the next smallest goes with it.
        ([4, 6, 9], [None, None, 9]),
        ([4, 1, 9], [None, None, 9]),
        # Two ones: together fewer than five, so their sum would tell of each.
        ([1, 1, 9], [None, None, None]),
        ([2, 0, 0], [None, 0, 0]),
        ([2, 7, 0], [None, None, 0]),
        ([2, 3, 0], [None, None, 0]),
    ],
)
def test_small_numbers_of_people_and_what_would_give_them_away(ministry, values, expected):
    parts = ["individual", "entity", "expert"]
    for part, value in zip(parts, values, strict=True):
        keep("participants_by_kind", float(value), part)
    assert shown() == {p: v for p, v in zip(parts, expected, strict=True) if v is not None}


def test_a_small_whole_is_withheld_everywhere(client, ministry):
    keep("participants", 4)
    keep("participants", 5, month=month_ago(2))
    words = page(client, "participants")
    assert "fewer than 5" in words
    (earlier, later) = rows(client, "participants")
    assert (earlier["value"], earlier["status"]) == ("5", "")
    assert (later["value"], later["status"]) == ("", "suppressed")
    figures = rows(client, "participants", "json")["figures"]
    assert [each["value"] for each in figures] == [5, None]


def test_numbers_behind_a_share_of_people_are_withheld_with_it(client, ministry):
    keep("service_participation", 97.0, numerator=97, denominator=100)
    keep("service_participation", 50.0, month=month_ago(2), numerator=50, denominator=100)
    found = rows(client, "mim_05")
    assert [(row["value"], row["numerator"], row["denominator"]) for row in found] == [
        ("50", "50", "100"),
        ("", "", ""),
    ]
    assert "97 / 100" not in page(client, "mim_05")


def test_what_does_not_count_people_is_never_withheld(client, ministry):
    keep("comments", 1)
    assert rows(client, "comments")[0]["value"] == "1"


def test_people_of_one_body_by_part_are_too_fine_to_be_published(client, ministry):
    keep("participants_by_kind", 60.0, "expert", body=ministry)
    keep("participants", 60.0, body=ministry)
    assert [row["part"] for row in rows(client, "participants")] == [""]


def test_a_small_body_is_not_worked_out_from_the_others(ministry):
    others = [OrganisationFactory(parent=ministry) for _ in range(2)]
    for body, value in zip([ministry, *others], (3.0, 20.0, 30.0), strict=True):
        keep("participants", value, body=body)
    found = published(KpiDefinition.objects.filter(code="participants"))
    values = [found.figure(("participants", body.pk, ""), MONTH).value for body in (ministry, *others)]
    assert values == [None, None, 30]


def test_the_smallest_number_is_a_setting(ministry, settings):
    keep("participants_by_kind", 4.0, "expert"), keep("participants_by_kind", 4.0, "entity")
    settings.STATISTICS_SMALLEST_CELL = 3
    assert shown() == {"expert": 4, "entity": 4}
    assert small_words() == "fewer than 3"


def test_everything_that_counts_people_is_marked_as_such():
    counting = {code for code, entry in kpis.items() if getattr(entry, "about_people", False)}
    assert counting == {
        *("sign_ups", "sign_ups_by_kind", "sign_ups_by_language", "sign_ups_by_channel"),
        *("participants", "participants_by_history", "participants_by_kind", "participants_by_language"),
        *("participants_by_channel", "verified_share", "service_participation"),
        *("newsletter_subscribers", "newsletter_subscribers_by_language", "newsletter_subscribers_by_kind"),
        *("survey_satisfaction", "survey_satisfaction_by_language", "survey_satisfaction_by_channel"),
        *("survey_completion", "survey_completion_by_language", "survey_completion_by_channel"),
        *("survey_response", "survey_response_by_language"),
    }


# Data


def test_the_file_has_every_month_and_body_with_names(client, ministry):
    body = OrganisationFactory(parent=ministry, code="roads", name_en="Roads")
    keep("comment_languages", 2.0, "zh-hans", body=body)
    keep("comments", 30.5, month=month_ago(30), numerator=61, denominator=2)
    found = rows(client, "comments")
    assert [(row["month"], row["body"], row["value"], row["numerator"]) for row in found] == [
        (f"{month_ago(30):%Y-%m}", "", "30.5", "61"),
        (f"{MONTH:%Y-%m}", "roads", "2", ""),
    ]
    assert (
        found[1] | {"body_name": "Roads", "divided_by": "Language", "part": "zh-hans", "part_name": "Chinese"}
        == found[1]
    )
    assert found[0]["body_name"] == "All bodies"


def test_the_file_says_where_licence_and_meaning_are_told(client, ministry):
    response = client.get(reverse("insight:indicator_csv", args=["comments"]))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="sawt-statistics-comments-en.csv"' in response["Content-Disposition"]
    assert response["Link"] == (
        '<http://testserver/en/statistics/comments/data.json>; rel="describedby", '
        '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    )


def test_json_tells_what_the_figures_mean(client, ministry):
    keep("comments", 3)
    data = rows(client, "comments", "json")
    assert data["licence"] == {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
    assert (data["publisher"], data["language"], data["is_demonstration"]) == ("Ministry", "en", True)
    assert [(each["code"], each["unit"], each["is_measured"]) for each in data["indicators"]] == [
        ("comments", "count", True)
    ]
    assert data["figures"][0]["value"] == 3


def test_a_name_is_no_formula(client, ministry):
    made = records.consultation(ministry, bounds(MONTH)[0], bounds(MONTH)[1])
    made.title_en = "=HYPERLINK(1)"
    made.save()
    keep("consultation_comments", 3.0, made.code)
    (row,) = rows(client, "comments_per_consultation")
    assert row["part_name"] == "'=HYPERLINK(1)"


def test_a_new_figure_is_in_the_next_file(client, ministry, django_capture_on_commit_callbacks):
    body = OrganisationFactory(parent=ministry)
    with django_capture_on_commit_callbacks(execute=True):
        take_month(MONTH)
    before = [row["value"] for row in rows(client, "comments") if row["body"] == "" and not row["part"]]
    records.comment(body, bounds(MONTH)[0])
    with django_capture_on_commit_callbacks(execute=True):
        take_month(MONTH)
    after = [row["value"] for row in rows(client, "comments") if row["body"] == "" and not row["part"]]
    assert (before, after) == (["0"], ["1"])


# Cost


def test_pages_measure_nothing_and_cost_the_same_with_more(client, ministry, monkeypatch):
    def refuse(period, scope):
        raise AssertionError("measured for a visitor")

    for code, entry in kpis.items():
        measured = entry.__class__(**{**vars(entry), "measure": refuse}) if hasattr(entry, "measure") else refuse
        monkeypatch.setitem(kpis._entries, code, measured)
    costs = []
    for count in (1, 3):
        for _ in range(count):
            body = OrganisationFactory(parent=ministry)
            made = records.consultation(body, bounds(MONTH)[0], bounds(MONTH)[1])
            for month in (MONTH, month_ago(2), month_ago(4)):
                keep("comments_per_consultation", 20.0, body=body, month=month)
                keep("consultation_comments", 20.0, made.code, month=month)
        for address in (
            reverse("insight:statistics"),
            reverse("insight:indicator", args=["comments_per_consultation"]),
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            costs.append(len(queries))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 6


def test_visitors_are_given_the_same_page_until_something_changes(client, ministry, settings, monkeypatch):
    settings.PAGE_CACHE_SECONDS = 60
    # Made right after a change, the page lives for a second only; on a busy machine the next visitor comes later.
    monkeypatch.setattr(pagecache, "BUSY_LIFE", 60.0)
    keep("comments", 3)
    first = client.get("/en/statistics/")
    with CaptureQueriesContext(connection) as queries:
        again = client.get("/en/statistics/")
    assert (again.content, len(queries)) == (first.content, 0)


def test_a_new_month_is_a_turn():
    moment = bounds(month_ago(0))[1] - timedelta(hours=1)
    assert registry.turns["insight"](moment) == bounds(month_ago(0))[1]
    assert next_turn(moment) <= bounds(month_ago(0))[1]


# Charts


def points(*values):
    """Return a month for each value, the last one running."""
    return [
        Point(month_ago(len(values) - 1 - n), v, f"{v}", is_running=n == len(values) - 1) for n, v in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("values", "unit", "target", "top"),
    [
        ((3, 7), Unit.COUNT, None, "10"),
        ((3, 50), Unit.COUNT, None, "50"),
        ((51,), Unit.COUNT, None, "100"),
        ((1, 1284), Unit.COUNT, None, "2,000"),
        ((0.4,), Unit.DAYS, None, "0.5"),
        ((60,), Unit.PERCENT, None, "100%"),
        ((40,), Unit.PERCENT, None, "50%"),
        ((40,), Unit.PERCENT, 95, "100%"),
        ((None,), Unit.COUNT, None, "1"),
        ((0,), Unit.COUNT, 0, "1"),
    ],
)
def test_the_scale_ends_at_a_round_number(values, unit, target, top):
    assert chart("x", unit, points(*values), target).top == top


def test_columns_stand_in_order_and_a_small_value_is_seen():
    drawn = chart("x", Unit.COUNT, points(1, None, 1000, 500))
    assert [column.x for column in drawn.columns] == ["4", "24", "44", "64"]
    assert [column.height for column in drawn.columns] == ["1", "0", "100", "50"]
    assert [column.y for column in drawn.columns] == ["99", "100", "0", "50"]
    assert (drawn.box, drawn.target_y) == ("0 0 80 100", "")


def test_in_arabic_time_runs_to_the_left():
    with translation.override("ar"):
        drawn = chart("x", Unit.COUNT, points(1, 2, 3))
    assert [column.x for column in drawn.columns] == ["44", "24", "4"]


def test_a_chart_is_told_in_a_sentence():
    drawn = chart("Comments", Unit.COUNT, points(3, None, 9, 4))
    names = [f"{month_ago(n):%B %Y}" for n in (3, 0, 3, 1)]
    assert drawn.summary == (
        f"Comments by month, {names[0]} to {names[1]}. Lowest: 3 in {names[2]}. Highest: 9 in {names[3]}."
    )
    assert chart("Comments", Unit.COUNT, points(None)).summary == "Comments: no data yet"
    assert [point.value for point in drawn.points] == [4, 9, None, 3]


def test_reviews_that_are_due_wait_for_the_ministrys_managers(ministry):
    entry = registry.inbox["insight"]
    KpiDefinition.objects.filter(code="comments").update(review_on=timezone.localdate())
    KpiDefinition.objects.filter(code="reports").update(review_on=timezone.localdate() + timedelta(days=1))
    assert entry.count(staff(Role.MANAGER, ministry)) == 1
    assert entry.count(staff(Role.MANAGER, OrganisationFactory(parent=ministry))) is None
    assert entry.count(PersonFactory()) is None
