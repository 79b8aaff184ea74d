"""Counters of surveys, compared with the sheets and answers that they count."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from portal.audit.services import record
from portal.registry import Drift, no_progress
from surveys.choices import POINTS, SheetState
from surveys.models import PageCount, Rollup, Survey
from surveys.rules.publishing import kinds_in
from surveys.services.counting import HANDED_IN

# What moved of one survey and is written to the trail at once; the rest is told as a number.
MOST_TRACED = 20

_GROUP = "number, language, channel, organisation_kind, week"
# Each question of a sheet counts once; its rows are the choices made in it, or the lines answered.
_TALLIES = f"""
WITH given AS (
    SELECT s.id AS sheet, s.number, s.language, s.channel, s.organisation_kind, s.week,
           a.question, a.row, a.option, a.number AS value
      FROM surveys_sheet s JOIN surveys_answer a ON a.sheet_id = s.id
     WHERE s.survey_id = %(survey)s AND s.state <> %(refused)s
), tallies AS (
    SELECT {_GROUP}, question, '' AS row, '' AS option,
           count(DISTINCT sheet) AS count, coalesce(sum(value), 0) AS total, coalesce(sum(value * value), 0) AS squares
      FROM given GROUP BY {_GROUP}, question
    UNION ALL
    SELECT {_GROUP}, question, row, '', count(*), 0, 0 FROM given WHERE row <> '' GROUP BY {_GROUP}, question, row
    UNION ALL
    SELECT {_GROUP}, question, row, option, count(*), 0, 0
      FROM given WHERE option <> '' GROUP BY {_GROUP}, question, row, option
    UNION ALL
    SELECT {_GROUP}, question, '', trunc(value)::bigint::text, count(*), 0, 0
      FROM given WHERE value IS NOT NULL AND question = ANY(%(points)s)
     GROUP BY {_GROUP}, question, trunc(value)
), stored AS (
    SELECT {_GROUP}, question, row, option, count, total, squares FROM surveys_rollup WHERE survey_id = %(survey)s
)
SELECT number, question, row, option, language, channel, organisation_kind, week,
       coalesce(stored.count, 0), coalesce(tallies.count, 0),
       coalesce(tallies.count, 0) - coalesce(stored.count, 0),
       coalesce(tallies.total, 0) - coalesce(stored.total, 0),
       coalesce(tallies.squares, 0) - coalesce(stored.squares, 0)
  FROM tallies FULL JOIN stored USING ({_GROUP}, question, row, option)
 WHERE coalesce(tallies.count, 0) <> coalesce(stored.count, 0)
    OR coalesce(tallies.total, 0) <> coalesce(stored.total, 0)
    OR coalesce(tallies.squares, 0) <> coalesce(stored.squares, 0)
 ORDER BY number, question, row, option, language, channel, organisation_kind, week
"""
# Those who began and those who saved a page are known by their counters alone: drafts are swept.
_HANDED_IN = """
SELECT number, language, channel, week, coalesce(stored.count, 0), coalesce(found.count, 0)
  FROM (SELECT number, language, channel, week, count(*) AS count FROM surveys_sheet
         WHERE survey_id = %(survey)s AND state <> %(refused)s GROUP BY number, language, channel, week) found
  FULL JOIN (SELECT number, language, channel, week, count FROM surveys_pagecount
              WHERE survey_id = %(survey)s AND page = %(page)s) stored USING (number, language, channel, week)
 WHERE coalesce(stored.count, 0) <> coalesce(found.count, 0)
 ORDER BY number, language, channel, week
"""
# Whoever took part has handed in, whether or not an urn holds it still; what a second look refused counts no more.
_ANSWERS = """
SELECT (SELECT count(*) FROM surveys_participation WHERE survey_id = %(survey)s)
     - (SELECT count(*) FROM surveys_sheet WHERE survey_id = %(survey)s AND state = %(refused)s),
       (SELECT answer_count FROM surveys_survey WHERE id = %(survey)s)
"""


@dataclass(frozen=True)
class _Move:
    """A counter, what it says, what it should, and what it is moved by."""

    model: type[Rollup | PageCount]
    key: dict[str, Any]
    stored: int
    found: int
    by: dict[str, Decimal | int]

    @property
    def name(self) -> str:
        return " ".join(str(part) for part in self.key.values() if part != "")


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare the counters of one survey at a time; give what differs, mended it leaves a trace.

    Counters move in the transaction that writes what they count, and each comparison is one statement: what is on its
    way is seen on both sides or on neither. They are mended by the difference, so that nothing counted since is lost.
    """
    surveys = list(Survey.objects.exclude(version=None).order_by("pk"))
    for done, survey in enumerate(surveys, start=1):
        yield from _settle(survey, repair)
        progress(done, len(surveys))


@transaction.atomic
def _settle(survey: Survey, repair: bool) -> list[Drift]:
    # One recount at a time: two would add the same difference twice.
    survey = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    moves = [*_rollups(survey), *_pages(survey)]
    result = [Drift(_place(survey), move.name, move.stored, move.found) for move in moves]
    found, stored = _one(_ANSWERS, _values(survey))
    if found != stored:
        result.append(Drift(_place(survey), "answer_count", stored, found))
    if result and repair:
        for move in moves:
            _mend(survey, move)
        # Under lock: whoever hands in waits for this row.
        Survey.objects.filter(pk=survey.pk).update(answer_count=found)
        record("counter.mended", survey, by=None, data=_trace(survey, result))
    return result


def _place(survey: Survey) -> str:
    return f"survey {survey.code}"


def _values(survey: Survey, **more: Any) -> dict[str, Any]:
    return {"survey": survey.pk, "refused": SheetState.REFUSED, **more}


def _rollups(survey: Survey) -> Iterator[_Move]:
    names = ("number", "question", "row", "option", "language", "channel", "organisation_kind", "week")
    for row in _all(_TALLIES, _values(survey, points=_points_in(survey))):
        key, (stored, found, count, total, squares) = dict(zip(names, row, strict=False)), row[len(names) :]
        yield _Move(Rollup, key, stored, found, {"count": count, "total": total, "squares": squares})


def _pages(survey: Survey) -> Iterator[_Move]:
    for number, language, channel, week, stored, found in _all(_HANDED_IN, _values(survey, page=HANDED_IN)):
        key = {"number": number, "page": HANDED_IN, "language": language, "channel": channel, "week": week}
        yield _Move(PageCount, key, stored, found, {"count": found - stored})


def _points_in(survey: Survey) -> list[str]:
    """Return the questions that are answered with points: what a code asks for never changes."""
    kinds: dict[str, str] = {}
    for structure in survey.versions.values_list("structure", flat=True):
        kinds |= kinds_in(structure)
    return [code for code, kind in kinds.items() if kind in POINTS]


def _mend(survey: Survey, move: _Move) -> None:
    table, columns = move.model._meta.db_table, [*move.key, *move.by]
    moved = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in move.by)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (survey_id, {', '.join(columns)})"
            f" VALUES (%s{', %s' * len(columns)})"
            f" ON CONFLICT (survey_id, {', '.join(move.key)}) DO UPDATE SET {moved}",
            [survey.pk, *move.key.values(), *move.by.values()],
        )


def _trace(survey: Survey, found: list[Drift]) -> dict[str, Any]:
    # The trail is kept for good: small counts of an anonymous survey are not to be read there.
    told = [] if survey.is_anonymous else found[:MOST_TRACED]
    return {"counters": len(found)} | {one.name: [one.stored, one.found] for one in told}


def _all(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _one(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    return _all(statement, values)[0]
