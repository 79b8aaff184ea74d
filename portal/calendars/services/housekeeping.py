"""Completing rows that earlier versions wrote, and dropping what nothing is asked of any more."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal import registry
from portal.calendars.models import Deadline, Promise
from portal.calendars.services.deadlines import first_promise

STRIDE = 100


def adopt() -> int:
    """Give deadlines without a body that of their owner, and the first row of their history; return how many.

    In strides, and without harm when run twice or beside itself. A deadline that nothing owns is left alone.
    """
    count = 0
    for entry in registry.deadline_owners.values():
        while found := _adopt_some(entry):
            count += found
        if entry.idle:
            Deadline.objects.running().filter(**entry.idle).update(dropped_at=timezone.now())
    return count


@transaction.atomic
def _adopt_some(entry: registry.DeadlineOwner) -> int:
    path = f"{entry.relation}__{entry.organisation}"
    orphans = Deadline.objects.filter(organisation=None, **{f"{path}__isnull": False}).order_by("pk")
    rows = list(
        orphans.annotate(found_body=F(path)).select_for_update(no_key=True, skip_locked=True, of=("self",))[:STRIDE]
    )
    for deadline in rows:
        deadline.organisation_id = deadline.found_body
    Deadline.objects.bulk_update(rows, ["organisation"])
    told = set(Promise.objects.filter(deadline__in=rows).values_list("deadline_id", flat=True))
    Promise.objects.bulk_create(first_promise(deadline) for deadline in rows if deadline.pk not in told)
    return len(rows)
