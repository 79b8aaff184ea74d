"""Counters of answers and pages: moved with what they count, in one order, so that nobody waits in a circle."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from psycopg2.extras import execute_values

from surveys.models import PageCount, Rollup
from surveys.rules.recording import Tally

# The page that stands for “handed in”; that of “begun” is empty.
BEGUN, HANDED_IN = "", "="


@dataclass(frozen=True, order=True)
class Group:
    """By what answers are counted; ``number`` is the version's."""

    survey: int
    number: int
    language: str
    channel: str
    week: date
    organisation_kind: str = ""


def this_week() -> date:
    """Return the Monday of this week: the finest that is known of anonymous answers."""
    return monday_of(timezone.localdate())


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def count_answers(counted: Iterable[tuple[Group, Tally]], *, by: int = 1) -> None:
    """Add answers to the counters, or with −1 take them out."""
    sums: dict[tuple[Group, str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for group, tally in counted:
        found = sums[group, tally.question, tally.row, tally.option]
        added = (Decimal(1), tally.number, tally.number**2)
        found[:] = [one + by * more for one, more in zip(found, added, strict=True)]
    if not sums:
        return
    rows = [
        (one.survey, one.number, *codes, one.language, one.channel, one.organisation_kind, one.week, *sums[one, *codes])
        for one, *codes in sorted(sums)
    ]
    table = Rollup._meta.db_table
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            f"INSERT INTO {table} (survey_id, number, question, row, option, language, channel, organisation_kind,"
            " week, count, total, squares) VALUES %s"
            " ON CONFLICT (survey_id, number, question, row, option, language, channel, organisation_kind, week)"
            f" DO UPDATE SET count = {table}.count + excluded.count, total = {table}.total + excluded.total,"
            f" squares = {table}.squares + excluded.squares",
            rows,
        )


def count_page(group: Group, page: str, *, by: int = 1) -> None:
    """Count somebody who saved a page for the first time, began, or handed in."""
    table = PageCount._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (survey_id, number, page, language, channel, week, count)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (survey_id, number, page, language, channel, week)"
            f" DO UPDATE SET count = {table}.count + excluded.count",
            [group.survey, group.number, page, group.language, group.channel, group.week, by],
        )


def count_pages(counted: Mapping[tuple[Group, str], int]) -> None:
    """Count many at once, by group and page."""
    sums: dict[tuple[Group, str], int] = defaultdict(int)
    for (group, page), more in counted.items():
        # Pages are not counted by kind of organisation.
        sums[replace(group, organisation_kind=""), page] += more
    if not sums:
        return
    rows = [
        (one.survey, one.number, page, one.language, one.channel, one.week, sums[one, page])
        for one, page in sorted(sums)
    ]
    table = PageCount._meta.db_table
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            f"INSERT INTO {table} (survey_id, number, page, language, channel, week, count) VALUES %s"
            " ON CONFLICT (survey_id, number, page, language, channel, week)"
            f" DO UPDATE SET count = {table}.count + excluded.count",
            rows,
        )
