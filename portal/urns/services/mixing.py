"""Taking contents out of urns: many at once, shuffled, in a transaction that wrote nothing else."""

import logging
import secrets

from django.db import connection, transaction

from portal import registry
from portal.urns.models import Sealed, Urn
from portal.urns.services.sealing import Unopenable, unseal

logger = logging.getLogger("sawt.urns")

# At least so many hide among each other, and so many stay behind while the urn is open: whoever compares what was known
# before it closed with what is known afterwards finds no fewer. At most ``MOST`` are moved in one transaction.
LEAST = 20
MOST = 500
# The first half of the advisory locks that mixers take, the second being the urn's id.
LOCK = 0x75726E


def mix_all() -> int:
    """Mix every urn that may be; one whose owner cannot open its contents keeps no other waiting."""
    moved = 0
    for urn in Urn.objects.filter(sealed__isnull=False).distinct():
        try:
            while count := mix(urn):
                moved += count
        except Exception:
            logger.exception("The urn %s could not be opened", urn)
    if moved:
        _forget()
    return moved


def mix(urn: Urn) -> int:
    """Move a batch of an urn to its owner, and return how many they were; 0 when nothing may be moved.

    All of it is one transaction of its own: killed at any moment, it has moved everything or nothing.
    """
    with transaction.atomic(durable=True):
        if not _is_mine(urn):
            return 0
        # Read under the lock: whatever was accepted before the urn was closed can be seen from here.
        is_closed = Urn.objects.values_list("is_closed", flat=True).get(pk=urn.pk)
        batch = _batch(_opened(urn), is_closed=is_closed)
        if not batch:
            return 0
        secrets.SystemRandom().shuffle(batch)
        registry.urns[urn.owner].open(urn.code, [content for _key, content in batch])
        gone, _tables = Sealed.objects.filter(pk__in=[key for key, _content in batch]).delete()
        if gone != len(batch):
            raise RuntimeError(f"{len(batch)} contents of {urn} were opened, and {gone} were there")
    return len(batch)


def _is_mine(urn: Urn) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, urn.pk])
        return cursor.fetchone()[0]


def _batch(opened: list[tuple[object, bytes]], *, is_closed: bool) -> list[tuple[object, bytes]]:
    """Return what may be moved of these, which stand in the order of random keys.

    Of a closed urn all, or so many that enough are left for another batch; of an open one all but ``LEAST``, once that
    is a batch.
    """
    if is_closed:
        return opened if len(opened) < MOST + LEAST else opened[:MOST]
    return opened[:-LEAST] if len(opened) >= 2 * LEAST else []


def _opened(urn: Urn) -> list[tuple[object, bytes]]:
    """Return so many contents, in the order of their random keys, as tell what the next batch may be."""
    opened, strange = [], 0
    for one in urn.sealed.order_by("pk")[: MOST + LEAST]:
        try:
            opened.append((one.pk, unseal(bytes(one.content), f"{urn.owner}/{urn.code}")))
        except Unopenable:
            strange += 1
    if strange:
        logger.error("%s contents of %s were sealed with another secret: see SECRET_KEY_FALLBACKS", strange, urn)
    return opened


def _forget() -> None:
    """Let the database give up the rows that were deleted, which stand in its files until it does.

    Where the portal's role may not, the database's own vacuum does so within a minute: see migration 0001.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (INDEX_CLEANUP ON) {connection.ops.quote_name(Sealed._meta.db_table)}")
