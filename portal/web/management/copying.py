"""Writing many rows at once by PostgreSQL's COPY."""

import csv
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

BATCH = 20_000
BAR = 20
# What stands for NULL: no text of the demonstration says this.
NULL = r"\N"

Say = Callable[[str], None]


def copy_rows(
    model: type[Model], fields: list[str], rows: Iterable[tuple[Any, ...]], *, total: int, what: str, say: Say
) -> None:
    """Write the rows in batches, and tell after each how many are there.

    Columns not named must have a default in the database. Keys of other rows are given as ``<field>_id``.
    """
    columns = [model._meta.get_field(name).column for name in fields]
    copy_into(model._meta.db_table, columns, rows, total=total, what=what, say=say)


def copy_into(
    table: str, columns: list[str], rows: Iterable[tuple[Any, ...]], *, total: int, what: str, say: Say
) -> None:
    """Write the rows into a table that no model knows, as ``copy_rows`` does."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(table)
    statement = f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"
    written = 0
    for batch in _batches(rows):
        buffer = StringIO()
        csv.writer(buffer).writerows([[NULL if value is None else value for value in row] for row in batch])
        buffer.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(statement, buffer)
        written += len(batch)
        say(f"{_bar(written, total)} {what}: {written:,} of {total:,}")


def _bar(written: int, total: int) -> str:
    full = min(BAR, BAR * written // max(total, 1))
    return "█" * full + "░" * (BAR - full)


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch
