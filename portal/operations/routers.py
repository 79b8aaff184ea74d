"""Where a query goes when there are streaming replicas."""

from contextvars import ContextVar
from typing import Any

from django.db import models

PRIMARY, REPLICA = "default", "replica"
READS_FROM_REPLICA: ContextVar[bool] = ContextVar("sawt_reads_from_replica", default=False)


class ReplicaRouter:
    """Reads go to a replica where the middleware allows it, until the same request writes; all else to the primary."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """Return the database to read from."""
        return REPLICA if READS_FROM_REPLICA.get() else PRIMARY

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """Return the primary; what follows in this request has to see what was written."""
        READS_FROM_REPLICA.set(False)
        return PRIMARY

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        """Allow all: both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Migrate the primary; replicas follow by themselves."""
        return db == PRIMARY
