"""How many questions a page puts to the database."""

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation


def of_page(path: str) -> int:
    """Return the queries of a page made for a visitor, past the cache; the second time, as in a server that runs."""
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            response = Client().get(path, headers={"Authorization": "Bench"})
    assert response.status_code == 200, response.status_code
    return len(captured)


def of_list(path: str) -> tuple[int, int]:
    """Return the queries of the list with 3 and with all consultations."""
    every = of_page(path)
    with transaction.atomic():
        shown = Consultation.objects.public().order_by("pk").values_list("pk", flat=True)[:3]
        Consultation.objects.exclude(pk__in=list(shown)).update(status=Status.DRAFT)
        few = of_page(path)
        transaction.set_rollback(True)
    return few, every
