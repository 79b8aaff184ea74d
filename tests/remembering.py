"""The demonstration as rows: loaded once by its command, then put back within a second or two for each test."""

import io

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

_kept: dict[str, str] = {}


def load_demonstration() -> None:
    """Load the demonstration into an empty database; files on disk stay from the first time."""
    if _kept:
        _put_back()
    else:
        call_command("demo", verbosity=0)
        _keep()


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
        )
        return sorted(name for (name,) in cursor.fetchall())


def _keep() -> None:
    with connection.cursor() as cursor:
        for table in _tables():
            rows = io.StringIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
            _kept[table] = rows.getvalue()


def _put_back() -> None:
    names = ", ".join(f'"{table}"' for table in _kept)
    # Foreign keys are checked at the end of the transaction, so the order of the tables does not matter.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names}")
        for table, rows in _kept.items():
            cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO(rows))
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
    ContentType.objects.clear_cache()
