"""``make bench``: measure on a whole city's data, print the table, write results.json."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from bench import processes
from bench.measures import Measure

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Measure everything; return 1 when a bound does not hold."""
    if not os.environ.get("DATABASE_URL") or not os.environ.get("REDIS_URL"):
        print("Start PostgreSQL and Valkey first (`make services`), or set DATABASE_URL and REDIS_URL.")
        return 2
    processes.prepare()
    os.environ.update(processes.environment())
    try:
        found = measure()
    finally:
        from django.db import connections

        connections.close_all()
        processes.remove_copy()
    print_table(found)
    write(found, RESULTS)
    return 0 if all(each.ok for each in found) else 1


def measure() -> list[Measure]:
    """Return every line of the table."""
    import django

    django.setup()
    from bench import (
        documents,
        freshness,
        mailings,
        memory,
        people,
        queries,
        speed,
        support,
        surveys,
        surveys_exports,
        surveys_results,
    )

    where, sessions = people.places(), people.sign_in()
    of_page, (of_few, of_all) = queries.of_page(where.large), queries.of_list(where.listed)
    # Before anything is sent to the city's requests, so that each run finds the same.
    of_support = support.without_server()
    with processes.web() as (address, server):
        rates = speed.rates(address, speed.pages(where, sessions))
        of_support += support.with_server(address, sessions)
        of_surveys = surveys.saving(address) + surveys_results.showing(address)
        seconds, waits = freshness.slowest(address, where, sessions)
        of_web = memory.of_web_worker(server.pid)
    print("seen after: " + ", ".join(f"{kind} {wait:.2f} s" for kind, wait in waits.items()))
    print(f"a night's figures of a month, all bodies together {documents.take_figures():.2f} s")
    times, report, minimal = documents.report_by_minimal()
    print(f"monthly report {report:.2f} s, minimal PDF {minimal:.2f} s")

    def speed_of(name: str, above: str, below: str, bound: float, kind: str = "at_least") -> Measure:
        return Measure(name, speed.ratio(rates, above, below), bound, kind)

    page, one = "Uncached page, 20 of 50,000 comments", "page with one query"
    return [
        speed_of("Anonymous consultation page from cache ÷ bare 20 kB view", "cached", "bare", 0.6),
        Measure(f"{page}: SQL queries", of_page, 12, "at_most"),
        speed_of(f"{page} ÷ {one} and a template", "uncached", "one query", 0.25),
        speed_of(f"Posting a comment, signed in ÷ {one}", "comment", "one query", 0.12),
        speed_of(f"Vote on a comment ÷ {one}", "vote", "one query", 0.2),
        speed_of("Page time with 50,000 comments ÷ with 50", "uncached, 50 comments", "uncached", 1.3, "at_most"),
        Measure("List of 200 consultations: SQL queries", of_all, 10, "at_most"),
        Measure("List of 200 consultations: SQL queries beyond those for 3", of_all - of_few, 0, "at_most"),
        Measure("Seconds until the next anonymous reader sees a change", seconds, 2, "at_most"),
        Measure("Monthly report ÷ minimal PDF, both by a warm worker", times, 4, "at_most"),
        Measure("Resident memory of one web worker in MB", of_web, 200, "at_most"),
        Measure("Resident memory of the mail sender in MB", memory.of_sender(), 200, "at_most"),
        Measure("Resident memory of the Celery worker at rest in MB", memory.of_worker(), 200, "at_most"),
        *of_support,
        *of_surveys,
        *surveys_exports.exporting(),
        *mailings.measure(),
    ]


def write(found: list[Measure], path: Path) -> None:
    """Write down what was found."""
    text = json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def print_table(found: list[Measure]) -> None:
    """Print what was found beside its bounds."""
    width = max(len(each.measure) for each in found)
    for each in found:
        words = "at least" if each.kind == "at_least" else "at most"
        print(f"{'✓' if each.ok else '✗'}  {each.measure:<{width}}  {each.value:>9,.3f}  {words} {each.bound:g}")


if __name__ == "__main__":
    sys.exit(main())
