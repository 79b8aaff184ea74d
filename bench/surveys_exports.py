"""Exports of a survey of 50,000 submissions to 20 questions: answers a second, and the memory they take.

``python -m bench.surveys_exports`` measures this part alone, on the database that ``SAWT_BENCH_DATABASE`` names beside
``DATABASE_URL``; it has to be migrated and to have people. Each file is made by a process of its own, whose largest
resident memory is read when it is done.
"""

import json
import os
import resource
import subprocess
import sys
import time

from bench.measures import Measure

SUBMISSIONS, QUESTIONS = 50_000, 20
CODE = "benchexport"
KINDS = ("csv", "json", "xlsx")


def fill() -> None:
    """Make the survey with its answers, unless it is there."""
    from django.db import connection
    from django.utils import timezone

    from portal.accounts.models import Organisation
    from surveys.choices import Audience, Mode, Status
    from surveys.models import Survey, Version
    from surveys.rules.shapes import to_json

    if Survey.objects.filter(code=CODE).exists():
        return
    body = Organisation.objects.first() or Organisation.objects.create(name_en="Bench", kind="ministry")
    now = timezone.now()
    survey = Survey.objects.create(
        code=CODE, organisation=body, title_en="Exported", mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN
    )
    version = Version.objects.create(survey=survey, number=1, edition=1, structure=to_json(_asked()))
    Survey.objects.filter(pk=survey.pk).update(
        version=version, status=Status.CLOSED, opens_at=now, answer_count=SUBMISSIONS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO surveys_sheet (id, survey_id, number, language, channel, week, consent_number, is_anonymous,"
            " submitted_at, minutes, dropped, organisation_kind, state, reference)"
            " SELECT gen_random_uuid(), %s, 1, (ARRAY['ar','en','zh-hans'])[1 + n %% 3], 'web', '2026-11-02', 0, false,"
            " now(), n %% 20, 0, '', 'counted', '' FROM generate_series(1, %s) n",
            [survey.pk, SUBMISSIONS],
        )
        cursor.execute(
            "INSERT INTO surveys_answer (id, sheet_id, question, row, option, number, text)"
            " SELECT gen_random_uuid(), sheet.id, 'q' || q, CASE q %% 5 WHEN 3 THEN 'r' ELSE '' END,"
            " CASE WHEN q %% 5 IN (0, 3) THEN substr('abc', 1 + (sheet.minutes + q) %% 3, 1) ELSE '' END,"
            " CASE q %% 5 WHEN 1 THEN 1 + (sheet.minutes + q) %% 5 WHEN 2 THEN sheet.minutes * 1.5 END,"
            " CASE q %% 5 WHEN 4 THEN 'الانتظار طويل عند الشباك رقم ' || sheet.minutes ELSE '' END"
            " FROM surveys_sheet sheet, generate_series(0, %s) q WHERE sheet.survey_id = %s",
            [QUESTIONS - 1, survey.pk],
        )
        cursor.execute("ANALYZE surveys_sheet, surveys_answer")


def _asked() -> object:
    from surveys.choices import QuestionKind
    from surveys.rules.shapes import Option, Page, Question, Questionnaire, Row

    kinds = [QuestionKind.SINGLE, QuestionKind.RATING, QuestionKind.NUMBER, QuestionKind.MATRIX, QuestionKind.LONG]
    options = tuple(Option(code, {"en": f"Choice {code}"}) for code in "abc")

    def question(number: int) -> Question:
        kind = kinds[number % len(kinds)]
        has_options = kind in (QuestionKind.SINGLE, QuestionKind.MATRIX)
        rows = (Row("r", {"en": "Line"}),) if kind == QuestionKind.MATRIX else ()
        title = {"en": f"Question {number}"}
        return Question(f"q{number}", kind, title, decimals=1, options=options if has_options else (), rows=rows)

    return Questionnaire(pages=(Page("p1", questions=tuple(map(question, range(QUESTIONS)))),), languages=("en",))


def make(kind: str) -> None:
    """Make one file and tell seconds and the largest memory in MB: in a process of its own."""
    import django

    django.setup()
    from surveys.models import Survey
    from surveys.selectors.exporting import Wanted, table_of
    from surveys.services.exporting import _content

    survey = Survey.objects.select_related("organisation").get(code=CODE)
    wanted = Wanted()
    began = time.perf_counter()
    content = _content(survey, table_of(survey, wanted), wanted, kind)
    for _piece in content:
        pass
    seconds, busy = time.perf_counter() - began, time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "busy": busy, "memory": memory}))


def exporting() -> list[Measure]:
    """Measure each kind of file."""
    fill()
    found = {}
    for kind in KINDS:
        command = [sys.executable, "-m", "bench.surveys_exports", kind]
        told = subprocess.run(command, capture_output=True, check=True, env=os.environ).stdout
        found[kind] = json.loads(told)
        print("{kind}: {seconds:.1f} s ({busy:.1f} s of them busy)".format(kind=kind, **found[kind]))
    return [line for kind, one in found.items() for line in _lines(kind, one)]


def _lines(kind: str, found: dict[str, float]) -> list[Measure]:
    told, rate = f"Export of 50,000 × 20 answers as {kind.upper()}", SUBMISSIONS * QUESTIONS / found["seconds"]
    return [
        Measure(f"{told}: answers a second", rate, 20_000, "at_least"),
        Measure(f"{told}: resident memory in MB", found["memory"], 200, "at_most"),
    ]


def main() -> int:
    """Measure this part alone, or make one file of it."""
    if len(sys.argv) > 1:
        make(sys.argv[1])
        return 0
    from bench import processes
    from bench.run import print_table

    os.environ.update(processes.environment())
    import django

    django.setup()
    found = exporting()
    print_table(found)
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
