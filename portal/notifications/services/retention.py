"""Notices are no archive: what was read goes after a year, what nobody read after two."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from portal.notifications.choices import Stage
from portal.notifications.models import Digest, Happening, Notice

READ = timedelta(days=365)
UNREAD = 2 * READ
CLAIM = 5000


def forget_old() -> int:
    """Remove old notices, and the sendings and happenings that nothing refers to any more; return how many notices."""
    now, gone = timezone.now(), 0
    old = Notice.objects.filter(Q(at__lt=now - READ, read_at__isnull=False) | Q(at__lt=now - UNREAD))
    while claim := list(old.values_list("pk", flat=True)[:CLAIM]):
        Notice.objects.filter(pk__in=claim).delete()
        gone += len(claim)
    Digest.objects.filter(created_at__lt=now - READ, notices=None).delete()
    Happening.objects.filter(at__lt=now - UNREAD, stage=Stage.DONE).delete()
    return gone
