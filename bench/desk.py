"""The desk's list over a million requests: how many questions it asks, and how it fares beside one over a thousand."""

import time
from statistics import median

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from portal.accounts.models import Person
from tickets.models import Ticket
from tickets.selectors.desk import PER_PAGE, VIEWS, queue

# Who answers for the ministry and all its bodies, and who for the largest of them.
AGENTS = ("agent@demo.example", "municipal1@desk.demo.example")
FEW = 1000
ROUNDS = 5
TRIES = 3


def most_queries() -> int:
    """Return the most queries that the first page of any view takes, the second time, as in a server that runs."""
    found = []
    for address in AGENTS:
        client = _client(address)
        for view in VIEWS:
            client.get(_path(view))
            with CaptureQueriesContext(connection) as captured:
                response = client.get(_path(view))
            assert response.status_code == 200, response.status_code
            found.append(len(captured))
    return max(found)


def by_size() -> tuple[float, dict[str, float]]:
    """Return how many times as long the slowest view takes over all requests as over a thousand, and each view.

    The thousand begin with those on the first pages, so that both times the same rows are drawn. In turn, in a
    transaction that empties the table and is undone.
    """
    found: dict[str, float] = {}
    for address in AGENTS:
        _choose_few(Person.objects.get(email=address))
        client = _client(address)
        rounds: dict[str, list[float]] = {view: [] for view in VIEWS}
        _times(client)
        for _round in range(ROUNDS):
            every = _times(client)
            few = _times_over_few(client)
            for view in VIEWS:
                rounds[view].append(every[view] / few[view])
        name = address.partition("@")[0]
        found |= {f"{name} {view}": median(ratios) for view, ratios in rounds.items()}
    return max(found.values()), found


def _client(address: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(email=address))
    return client


def _path(view: str) -> str:
    with translation.override("en"):
        return f"{reverse('admin:tickets_ticket_queue')}?view={view}"


def _times(client: Client) -> dict[str, float]:
    return {view: median(_seconds(client, view) for _try in range(TRIES)) for view in VIEWS}


def _seconds(client: Client, view: str) -> float:
    began = time.perf_counter()
    response = client.get(_path(view))
    assert response.status_code == 200, response.status_code
    return time.perf_counter() - began


def _choose_few(agent: Person) -> None:
    first = {pk for view in VIEWS for pk in queue(agent, view).values_list("pk", flat=True)[:PER_PAGE]}
    others = Ticket.objects.filter(merged_into=None).exclude(pk__in=first).order_by("-pk")
    keys = [*first, *others.values_list("pk", flat=True)[: FEW - len(first)]]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_few")
        cursor.execute(
            "CREATE TEMP TABLE bench_few AS SELECT * FROM tickets_ticket WHERE id = ANY (%s)"
            " OR id IN (SELECT merged_into_id FROM tickets_ticket WHERE id = ANY (%s))",
            [keys, keys],
        )


def _times_over_few(client: Client) -> dict[str, float]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE tickets_ticket CASCADE")
            cursor.execute("INSERT INTO tickets_ticket SELECT * FROM bench_few")
            cursor.execute("ANALYZE tickets_ticket")
        found = _times(client)
        transaction.set_rollback(True)
    return found
