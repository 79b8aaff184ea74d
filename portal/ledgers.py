"""Append-only tables: what auditors rely on is written once, and a correction is a new row."""

from typing import Any

from django.db import migrations, models

_FUNCTION = """
CREATE OR REPLACE FUNCTION sawt_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Ledger(models.Model):
    """A table whose rows the database itself refuses to change or delete.

    Each subclass adds ``protect("<table>")`` to its migration; ``tests/test_architecture.py`` checks that the
    trigger is there. TRUNCATE stays possible for the owner of the tables, since the tests' flush needs it; the
    application's own role lacks the right in production.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; raises ``TypeError`` when it exists."""
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only")
        super().save(*args, **kwargs)


def protect(table: str) -> migrations.RunSQL:
    """Return the migration step that makes a table append-only."""
    return migrations.RunSQL(
        f"{_FUNCTION} CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION sawt_refuse_change();",
        f"DROP TRIGGER {table}_append_only ON {table};",
    )
