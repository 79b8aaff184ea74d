"""What operators ask of the database."""

from django.apps import apps
from django.db import connection

from portal.ledgers import Ledger

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
