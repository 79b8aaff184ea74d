"""Comparing what requests repeat of their promises with the promises themselves."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import F, Q

from portal.audit.services import record
from portal.registry import Drift, no_progress
from tickets.models import Ticket
from tickets.services.clock import next_due_now

# Requests compared at once.
CLAIM = 10_000


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Give each request whose ``next_due_at`` is not the earlier of its running promises; mended, it leaves a trace."""
    last = Ticket.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for start in range(0, last, CLAIM):
        for pk in _that_differ(start):
            yield from _settle(pk, repair)
        progress(min(start + CLAIM, last), last)


def _that_differ(start: int) -> list[int]:
    rows = Ticket.objects.filter(pk__gt=start, pk__lte=start + CLAIM).annotate(truth=next_due_now())
    one_only = Q(next_due_at=None, truth__isnull=False) | Q(next_due_at__isnull=False, truth=None)
    other = Q(next_due_at__lt=F("truth")) | Q(next_due_at__gt=F("truth"))
    return list(rows.filter(one_only | other).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _settle(pk: int, repair: bool) -> list[Drift]:
    """Look once more under the lock, so that an act of this moment is not taken for drift."""
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=pk)
    truth = Ticket.objects.filter(pk=pk).annotate(truth=next_due_now()).values_list("truth", flat=True).get()
    if ticket.next_due_at == truth:
        return []
    found = Drift(f"{ticket._meta.label} {pk}", "next_due_at", ticket.next_due_at, truth)
    if repair:
        Ticket.objects.filter(pk=pk).update(next_due_at=truth)
        values = [each.isoformat() if each else None for each in (ticket.next_due_at, truth)]
        record("counter.mended", ticket, by=None, data={"next_due_at": values})
    return [found]
