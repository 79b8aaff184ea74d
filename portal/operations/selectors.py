"""What operators ask of the database."""

from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone

from portal.calendars.choices import Level
from portal.calendars.models import Deadline
from portal.files.choices import UNSCANNED_STATES, ScanState
from portal.files.models import StoredFile
from portal.files.services import clamd
from portal.ledgers import Ledger
from portal.messaging.choices import UNSENT_STATES
from portal.messaging.models import Message
from portal.messaging.selectors import mailbox_age
from portal.registry.watched import gauges
from portal.web.selectors import heartbeat_age

_OWN_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE')
    ORDER BY relname
"""


def ledger_tables() -> list[str]:
    """Return the tables of all ledgers."""
    return sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, Ledger))


def own_tables() -> list[str]:
    """Return the tables that the role of this connection owns."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN_TABLES)
        return [name for (name,) in cursor.fetchall()]


def changeable_ledgers(role: str | None = None) -> list[str]:
    """Return the ledgers whose rows a role (by default the one connected) could change, delete or empty."""
    query = "SELECT has_table_privilege(coalesce(%s, current_user), %s, 'UPDATE, DELETE, TRUNCATE')"
    found = []
    with connection.cursor() as cursor:
        for table in ledger_tables():
            cursor.execute(query, [role, connection.ops.quote_name(table)])
            if cursor.fetchone() == (True,):
                found.append(table)
    return found


@dataclass(frozen=True)
class Standing:
    """How the portal stands: what waits, and for how long in seconds."""

    outbox_waiting: int
    outbox_age: float
    overdue: dict[str, int]
    heartbeat_age: float | None
    scans: "Scans | None" = None
    mailbox_age: float | None = None
    gauges: dict[str, tuple[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scans:
    """How the virus scanner stands: whether it answers, what waits for it, for how long in seconds, what it found."""

    is_up: bool
    waiting: int
    age: float
    infected: int


def standing() -> Standing:
    """Return how the portal stands. Each query reads what is unsent or unmet alone, however much there was before."""
    now = timezone.now()
    oldest = Message.objects.due(now).aggregate(oldest=Min("due_at"))["oldest"]
    late = Deadline.objects.overdue().values_list("level").annotate(count=Count("pk")).order_by("level")
    return Standing(
        outbox_waiting=Message.objects.filter(state__in=UNSENT_STATES).count(),
        outbox_age=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        overdue=dict.fromkeys(Level.values, 0) | dict(late),
        heartbeat_age=_heartbeat_age(),
        scans=_scans(now) if settings.CLAMD is not None else None,
        mailbox_age=mailbox_age() if settings.IMAP["host"] else None,
        gauges=_gauges(),
    )


def _gauges() -> dict[str, tuple[str, float]]:
    read = {name: (gauge.text, gauge.read()) for name, gauge in gauges.items()}
    return {name: (text, value) for name, (text, value) in read.items() if value is not None}


def _scans(now: datetime) -> Scans:
    waiting = StoredFile.objects.filter(scan_state__in=UNSCANNED_STATES)
    oldest = waiting.filter(scan_state=ScanState.WAITING).aggregate(oldest=Min("created_at"))["oldest"]
    return Scans(
        is_up=clamd.answers(),
        waiting=waiting.count(),
        age=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        infected=StoredFile.objects.filter(scan_state=ScanState.INFECTED).count(),
    )


def _heartbeat_age() -> float | None:
    try:
        return heartbeat_age()
    # Whatever the cache's client raises: the store is away, and the measure is missing.
    except Exception:
        return None
