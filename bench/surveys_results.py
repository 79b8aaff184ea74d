"""Results of a survey of 50,000 submissions to 20 questions: the first view, its queries, and the page from the cache.

``python -m bench.surveys_results`` measures this part alone, on the database that ``SAWT_BENCH_DATABASE`` names beside
``DATABASE_URL``; it has to be migrated and to have people.
"""

import os
import sys
import time
from statistics import median

from bench import load
from bench.measures import Measure
from bench.surveys_exports import CODE, fill

FIRST_VIEWS = 5


def prepare() -> None:
    """Make the survey with its answers and counters, its results published."""
    from surveys.choices import Status
    from surveys.models import Survey
    from surveys.services.recounting import drifts

    fill()
    if not Survey.objects.get(code=CODE).rollups.exists():
        # What the nightly recount finds missing it writes.
        list(drifts(repair=True))
    Survey.objects.filter(code=CODE).update(status=Status.RESULTS)


def first_view() -> tuple[float, int]:
    """Return the seconds of the staff's page while nothing is kept, and its queries."""
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse
    from django.utils import translation

    from portal.accounts.choices import Role
    from portal.accounts.models import Membership, Person
    from surveys.models import Survey

    survey = Survey.objects.get(code=CODE)
    person = Person.objects.order_by("pk").first()
    Membership.objects.get_or_create(person=person, organisation=survey.organisation, role=Role.EDITOR)
    client = Client()
    client.force_login(person)
    with translation.override("en"):
        url = reverse("surveys:staff_results", args=[CODE])
    # The process reads templates and versions once.
    client.get(url)
    seconds = []
    for _ in range(FIRST_VIEWS):
        cache.clear()
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        seconds.append(time.perf_counter() - began)
        # Read here: the next request forgets them.
        queries = len(captured)
        assert response.status_code == 200, response.status_code
    began = time.perf_counter()
    client.get(url)
    print(f"staff's page of results: first {median(seconds):.2f} s, kept {time.perf_counter() - began:.3f} s")
    return median(seconds), queries


def showing(address: tuple[str, int]) -> list[Measure]:
    """Measure the first view, and what everybody sees from the cache beside a bare view."""
    from django.urls import reverse
    from django.utils import translation

    from bench import speed

    prepare()
    seconds, queries = first_view()
    with translation.override("en"):
        url = reverse("surveys:results", args=[CODE])
    asked = {"bare": (lambda: load.get("/bench/bare"), 200), "results": (lambda: load.get(url), 200)}
    found = speed.rates(address, asked)
    told = "Results of 50,000 × 20 answers"
    return [
        Measure(f"{told}: seconds of the first view", seconds, 2, "at_most"),
        Measure(f"{told}: SQL queries of the first view", queries, 25, "at_most"),
        Measure(
            f"{told}, public, from cache ÷ bare 20 kB view", speed.ratio(found, "results", "bare"), 0.5, "at_least"
        ),
    ]


def main() -> int:
    """Measure this part alone."""
    from bench import processes
    from bench.run import print_table

    os.environ.update(processes.environment())
    processes.manage("collectstatic --no-input --verbosity 0", processes.environment())
    import django

    django.setup()
    with processes.web() as (address, _server):
        found = showing(address)
    print_table(found)
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
