"""What operators do to the database."""

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg2 import sql

from portal.operations.selectors import changeable_ledgers, ledger_tables, own_tables


class RoleRefused(ValueError):
    """The role cannot be the application's. The text is one sentence that says why."""


@transaction.atomic
def grant_application_role(role: str) -> list[str]:
    """Give a role what the portal needs on every table of the connected role, and nothing more.

    Rows of ledgers can be read and added only, the list of migrations only be read, and nothing be emptied. Runs after
    each migration: a new table is out of reach until then. Returns the tables of the ledgers. Raises ``RoleRefused``
    when the role is missing, when it would keep its rights by other ways, or when a ledger has no table yet.
    """
    tables, ledgers = own_tables(), ledger_tables()
    _refuse(role, missing=sorted(set(ledgers) - set(tables)))
    read_only = {MigrationRecorder.Migration._meta.db_table}
    _execute("REVOKE ALL ON SCHEMA {schema} FROM {role}", role)
    _execute("GRANT USAGE ON SCHEMA {schema} TO {role}", role)
    for table in tables:
        rights = "SELECT"
        if table not in read_only:
            rights = "SELECT, INSERT" if table in ledgers else "SELECT, INSERT, UPDATE, DELETE"
        _execute("REVOKE ALL ON {schema}.{table} FROM {role}", role, table)
        _execute(f"GRANT {rights} ON {{schema}}.{{table}} TO {{role}}", role, table)
    if left := changeable_ledgers(role):
        raise RoleRefused(f"The role {role} could still change {', '.join(left)}: take away the roles it belongs to.")
    return ledgers


def _refuse(role: str, missing: list[str]) -> None:
    if missing:
        raise RoleRefused(f"These ledgers have no table here, run migrate first: {', '.join(missing)}.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s", [role]
        )
        found = cursor.fetchone()
    if found is None:
        raise RoleRefused(f"There is no role {role}: create it first, as deploy/postgres/10-roles.sh does.")
    if any(found):
        raise RoleRefused(f"The role {role} is a superuser or belongs to the tables' owner: it may do everything.")


def _execute(statement: str, role: str, table: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        words = {"schema": cursor.fetchone()[0], "role": role, "table": table}
        names = {name: sql.Identifier(word) for name, word in words.items()}
        cursor.execute(sql.SQL(statement).format(**names))
