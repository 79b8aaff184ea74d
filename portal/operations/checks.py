"""Checks of the database: `migrate` runs them, and `check --deploy --database default`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

from portal.audit.models import Entry
from portal.operations.selectors import changeable_ledgers
from portal.web.management.commands.demo import ANCHORED


def is_production() -> bool:
    """Tell whether the settings are those in front of the public."""
    return str(settings.SETTINGS_MODULE).endswith(".production")


@register(Tags.database)
def no_demonstration(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Refuse a database into which the demonstration was loaded."""
    if not is_production() or "default" not in (databases or ()):
        return []
    if Entry._meta.db_table not in connection.introspection.table_names():
        return []
    if not Entry.objects.filter(action=ANCHORED).exists():
        return []
    return [
        Error(
            "This database holds the demonstration: invented people must not stand before the public.",
            hint="Use a new database, or leave production settings.",
            id="operations.E001",
        )
    ]


@register(Tags.database, deploy=True)
def ledgers_are_out_of_reach(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Warn when the role of this connection could change what auditors rely on."""
    if not is_production() or "default" not in (databases or ()):
        return []
    try:
        tables = changeable_ledgers()
    except DatabaseError as error:
        return [Error(f"The rights on ledgers cannot be read: {type(error).__name__}.", id="operations.E002")]
    if not tables:
        return []
    return [
        Warning(
            f"The database role of the portal may change rows of ledgers: {', '.join(tables)}.",
            hint="Connect as an ordinary role, and run grant_application_role as the owner of the tables.",
            id="operations.W001",
        )
    ]
