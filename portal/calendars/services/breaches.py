"""Recording promises that were not kept."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.calendars.models import Breach, Deadline

STRIDE = 100


def record_breaches(now: datetime | None = None) -> int:
    """Write one row for each due moment that was missed by now, and return how many are new.

    Two ticks at once, a late one and a repeated one write each row once: by the lock, and by the constraint.
    """
    now = now or timezone.now()
    count = 0
    while found := _record_some(now):
        count += found
    return count


@transaction.atomic
def _record_some(now: datetime) -> int:
    late = Deadline.objects.overdue_at(now).unrecorded()
    # Two indexes tell which are new, among many that were missed long ago.
    new = list(late.order_by("pk").values_list("pk", flat=True)[:STRIDE])
    rows = late.filter(pk__in=new).order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",))
    breaches = [Breach(deadline=deadline, due_at=deadline.due_at) for deadline in rows]
    Breach.objects.bulk_create(breaches, ignore_conflicts=True)
    return len(breaches)
