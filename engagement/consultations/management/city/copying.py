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
    columns = ", ".join(connection.ops.quote_name(model._meta.get_field(name).column) for name in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"
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
