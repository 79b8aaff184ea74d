"""Having files scanned: what waits is claimed, looked at outside any transaction, and settled by itself."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from portal import registry
from portal.audit.services import record
from portal.cache import bump
from portal.celery import enqueue
from portal.files.choices import UNSCANNED_STATES, ScanState
from portal.files.models import StoredFile
from portal.files.rules import is_scanned_here
from portal.files.services import clamd

logger = logging.getLogger("sawt.files")

BATCH = 10
# Longer than a whole batch may take.
LEASE = timedelta(seconds=(BATCH + 1) * clamd.WHOLE)
# How long after each failed try of one file the next follows; the last of them again and again.
BACKOFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 1440)]
AWAY = timedelta(minutes=1)
_NAME_LENGTH = 120


def scan_waiting() -> int:
    """Scan what waits, at most one batch; return how many files were claimed. Without a scanner nothing is done.

    A scanner that is away costs no file a try: all are looked at as soon as it is back. After a kill what was claimed
    is taken up again once the lease is over.
    """
    if not is_scanned_here():
        return 0
    finish_removals()
    waiting, until = _claim()
    for position, stored in enumerate(waiting):
        try:
            found = _look_at(stored)
        except clamd.ScannerAway as error:
            logger.warning("The virus scanner cannot be reached: %s", error)
            _give_back(waiting[position:], until)
            return len(waiting)
        except clamd.ScanFailed as error:
            _try_later(stored, until, error)
        else:
            settle(stored, found)
    if waiting:
        # Pages of visitors said that these were held back.
        bump()
    if len(waiting) == BATCH:
        enqueue("files.scan_waiting")
    return len(waiting)


@transaction.atomic
def settle(stored: StoredFile, found: str) -> None:
    """Write down what the scanner said, once; whoever owns an infected file tells the people."""
    stored = StoredFile.objects.select_for_update(no_key=True).filter(pk=stored.pk).first()
    if stored is None or stored.scan_state not in UNSCANNED_STATES:
        return
    stored.scan_state = ScanState.INFECTED if found else ScanState.CLEAN
    stored.infection, stored.scanned_at, stored.scan_due_at = found[:_NAME_LENGTH], timezone.now(), None
    stored.save(update_fields=["scan_state", "infection", "scanned_at", "scan_due_at"])
    if not found:
        return
    logger.error("A virus was found in the file %s", stored.code)
    record("file.infected", stored, by=None, data={"found": stored.infection, "sha256": stored.sha256})
    for tell in registry.infected_files.values():
        tell(stored)
    transaction.on_commit(finish_removals, robust=True)


def finish_removals() -> int:
    """Remove the contents of infected files; what was cut short is done by the next tick. Return how many."""
    count = 0
    for stored in StoredFile.objects.filter(scan_state=ScanState.INFECTED).exclude(content="").order_by("pk")[:BATCH]:
        try:
            stored.content.storage.delete(stored.content.name)
        # Whatever the storage's client raises: it is given to nobody meanwhile.
        except Exception:
            logger.exception("The content of the infected file %s could not be removed", stored.code)
            continue
        StoredFile.objects.filter(pk=stored.pk).update(content="")
        count += 1
    return count


@transaction.atomic
def _claim() -> tuple[list[StoredFile], datetime]:
    """Take files nobody looks at: those somebody waits for first, then those from before there was a scanner."""
    now = timezone.now()
    until = now + LEASE
    waiting: list[StoredFile] = []
    for state in (ScanState.WAITING, ScanState.NOT_CONFIGURED):
        due = StoredFile.objects.filter(Q(scan_due_at=None) | Q(scan_due_at__lte=now), scan_state=state)
        due = due.select_for_update(skip_locked=True, no_key=True)
        waiting += due.order_by(F("scan_due_at").asc(nulls_first=True), "pk")[: BATCH - len(waiting)]
    StoredFile.objects.filter(pk__in=[stored.pk for stored in waiting]).update(scan_due_at=until)
    return waiting, until


def _look_at(stored: StoredFile) -> str:
    try:
        content = stored.content.open("rb")
    # Whatever the storage's client raises, a file that is not there included.
    except Exception as error:
        raise clamd.ScanFailed(f"the content cannot be read: {type(error).__name__}") from None
    with content:
        return clamd.scan(content)


def _give_back(waiting: list[StoredFile], until: datetime) -> None:
    mine = StoredFile.objects.filter(pk__in=[stored.pk for stored in waiting], scan_due_at=until)
    mine.update(scan_due_at=timezone.now() + AWAY)


def _try_later(stored: StoredFile, until: datetime, error: clamd.ScanFailed) -> None:
    """Put one file back that could not be judged. It stays held back, however long that takes."""
    wait = BACKOFF[min(stored.scan_attempts, len(BACKOFF) - 1)]
    if isinstance(error, clamd.TooLargeToScan):
        wait = BACKOFF[-1]
    logger.error("The file %s could not be scanned: %s", stored.code, error)
    mine = StoredFile.objects.filter(pk=stored.pk, scan_due_at=until)
    mine.update(scan_due_at=timezone.now() + wait, scan_attempts=F("scan_attempts") + 1)
