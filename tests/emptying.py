"""How tests that commit leave the database as they found it.

Django's own way truncates every table and makes every right anew, which takes a second each time. Most tests have
written to a few tables: these alone are emptied, and the kinds of content and rights, which nobody changes, stay.
"""

from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty_what_was_written(case: TransactionTestCase) -> None:
    """Take the place of ``TransactionTestCase._fixture_teardown``."""
    for alias in case._databases_names(include_mirrors=False):
        empty(connections[alias])


def empty(connection: Any) -> None:
    """Delete all rows of a database but those that migrating gives it."""
    known = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [connection.ops.quote_name(name) for name in known if name not in KEPT]
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
        cursor.execute(" UNION ALL ".join(asked))
        written = [name for (name,) in cursor.fetchall()]
        # No trigger fires: neither the checks of foreign keys, whose order would matter, nor the ledgers' refusal.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in written:
            cursor.execute(f"DELETE FROM {name}")
