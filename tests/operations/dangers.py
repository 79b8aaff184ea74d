"""What a migration may not do while the version before it still answers people, and while tables are in use.

A release is rolled out host by host: for some minutes the old code runs on the new tables. And a statement that
rewrites or scans a table under a lock stops every page that touches it. Each rule names the way that does neither.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields.related import RelatedField

_HARMLESS = (
    migrations.CreateModel,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.AlterModelTableComment,
    migrations.RenameIndex,
    AddIndexConcurrently,
    AddConstraintNotValid,
    ValidateConstraint,
)
_STILL_READ = "the old version still reads it: remove it from the state now, from the database a release later"
_BREAKS_OLD_CODE = {
    migrations.RemoveField: _STILL_READ,
    migrations.DeleteModel: _STILL_READ,
    migrations.RenameField: "the old version knows the old name only: add, fill, and remove a release later",
    migrations.RenameModel: "the old version knows the old table only: set db_table instead",
    migrations.AlterModelTable: "the old version knows the old table only",
    migrations.AlterUniqueTogether: "builds an index under a lock: use a constraint made from one built concurrently",
    migrations.AlterIndexTogether: "builds an index under a lock: use AddIndexConcurrently",
}


def dangers(migration: migrations.Migration, state: ProjectState) -> Iterator[str]:
    """Give a sentence for each dangerous step; tables that the same migration makes are nobody's yet."""
    new = {step.name_lower for step in _flat(migration.operations) if isinstance(step, migrations.CreateModel)}
    state = state.clone()
    for operation in migration.operations:
        for step in _flat([operation]):
            model = getattr(step, "model_name_lower", None) or getattr(step, "name_lower", "")
            if model not in new and (why := _why(step, migration, state)):
                yield f"{step.describe()}: {why}"
        operation.state_forwards(migration.app_label, state)


def _flat(operations: list[Operation]) -> Iterator[Operation]:
    """Give the steps that reach the database."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _why(step: Operation, migration: migrations.Migration, state: ProjectState) -> str:
    if isinstance(step, AddIndexConcurrently):
        return "" if not migration.atomic else "needs atomic = False"
    if isinstance(step, _HARMLESS):
        return ""
    for kind, why in _BREAKS_OLD_CODE.items():
        if isinstance(step, kind):
            return why
    if isinstance(step, migrations.AddField):
        return _of_new_field(step.field)
    if isinstance(step, migrations.AlterField):
        model = state.models[migration.app_label, step.model_name_lower]
        return _of_change(model.fields[step.name_lower], step.field)
    if isinstance(step, migrations.AddIndex):
        return "locks out writers while it is built: use AddIndexConcurrently with atomic = False"
    if isinstance(step, migrations.AddConstraint):
        return _of_constraint(step.constraint)
    if isinstance(step, migrations.RunSQL | migrations.RunPython):
        return "what it does to a large table has to be considered by somebody"
    return ""


def _of_new_field(field: models.Field) -> str:
    if field.many_to_many:
        return ""
    if isinstance(field, models.GeneratedField):
        return "rewrites the table: add an ordinary column, fill it in strides"
    if not field.null and not _has_database_default(field):
        return "the old version inserts rows without it: give it db_default, or null=True"
    if field.unique or field.db_index:
        return "builds an index under a lock: add the column first, its index concurrently after"
    return ""


def _of_change(old: models.Field, new: models.Field) -> str:
    if old.null and not new.null:
        return "scans the table under a lock, and the old version may still write NULL"
    if (new.unique and not old.unique) or (new.db_index and not old.db_index and not new.unique):
        return "builds an index under a lock: use AddIndexConcurrently"
    if _has_database_default(old) and not _has_database_default(new) and not new.null:
        return "the old version may rely on the default in the database"
    if isinstance(old, RelatedField) and isinstance(new, RelatedField):
        return "" if old.remote_field.model == new.remote_field.model else "another table's keys"
    before, after = old.db_type(connection), new.db_type(connection)
    if before == after or _only_widens(old, new, str(before), str(after)):
        return ""
    return f"rewrites the table, or refuses what the old version writes ({before} to {after})"


def _only_widens(old: models.Field, new: models.Field, before: str, after: str) -> bool:
    if not before.startswith("varchar"):
        return False
    longer = after.startswith("varchar") and (new.max_length is None or new.max_length >= (old.max_length or 0))
    return after == "text" or longer


def _of_constraint(constraint: Any) -> str:
    if isinstance(constraint, models.CheckConstraint):
        return "scans the table under a lock: AddConstraintNotValid, and ValidateConstraint in a migration of its own"
    return "builds an index under a lock, and the old version may break it"


def _has_database_default(field: models.Field) -> bool:
    return getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
