"""Filling tables without their indexes and foreign keys, which are built once all rows are there.

Many times as quick as checking row by row. What is built again is checked whole: a row that breaks a rule ends it all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

_CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY (%s::regclass[]) AND contype = %s ORDER BY conrelid, conname
"""
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY (%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY indexrelid
"""


@contextmanager
def bare(tables: list[str]) -> Iterator[None]:
    """Take indexes, uniqueness and foreign keys from the tables, and give them back; primary keys stay.

    The tables are locked until the transaction ends.
    """
    with connection.cursor() as cursor:
        # What waits to be checked at the end would keep the tables from being changed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        constraints = [*_rows(_CONSTRAINTS, tables, "u"), *_rows(_CONSTRAINTS, tables, "f")]
        for table, name, _definition in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        indexes = _rows(_INDEXES, tables)
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        # Of the server's memory as much as building takes, for this transaction alone.
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        _build(indexes)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _build(indexes: list[tuple[str, ...]]) -> None:
    """Build indexes as the models have them, the others as the database told of them.

    What PostgreSQL writes of a condition means the same, but is no longer word for word what queries say; then it
    would not see that the index answers them.
    """
    declared = {
        index.name: (model, index) for model in apps.get_models() for index in model._meta.indexes if index.name
    }
    with connection.schema_editor(atomic=False) as editor:
        for name, definition in indexes:
            if name in declared:
                editor.add_index(*declared[name])
            else:
                editor.execute(definition)


def _rows(statement: str, *values: object) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
