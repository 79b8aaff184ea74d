"""Reading notices."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from portal.accounts.models import Person
from portal.notifications.choices import NoticeState
from portal.notifications.models import Notice


@transaction.atomic
def mark_read(person: Person, notices: Iterable[int] | None = None) -> int:
    """Mark these notices of a person as read (by id), or all; return how many were not.

    What has been read on the portal is not sent any more.
    """
    unread = Notice.objects.filter(person=person, read_at=None)
    if notices is not None:
        unread = unread.filter(pk__in=list(notices))
    found = list(unread.locked().values_list("pk", flat=True))
    return Notice.objects.filter(pk__in=found).update(
        read_at=timezone.now(),
        state=Case(When(state=NoticeState.WAITING, then=Value(NoticeState.SITE)), default=F("state")),
        due_at=None,
    )
