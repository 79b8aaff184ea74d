"""Two roles: the owner migrates, the application's role reads and writes, and never changes a ledger.

A cluster of its own, made by the very script that the composition runs, since roles belong to a whole cluster.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.operations.selectors import changeable_ledgers, ledger_tables
from sawt_tools.postgres import Cluster
from tests.operations import ROOT
from tests.operations.clusters import ask, running

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a new cluster in which the script for new clusters has run."""
    with running(tmp_path_factory.mktemp("roles")) as made:
        run(made, "sh", str(ROOT / "deploy/postgres/10-roles.sh"))
        yield made


def run(cluster: Cluster, *command: str, **environment: str) -> str:
    """Run a command that reaches the cluster, and return what it says."""
    told = os.environ | {
        "PATH": f"{cluster.binaries}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(cluster.socket),
        "POSTGRES_USER": "sawt",
        "SAWT_OWNER_PASSWORD": "it's the owner",
        "SAWT_DATABASE_PASSWORD": "the application",
    }
    done = subprocess.run(command, env=told | environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def manage(cluster: Cluster, role: str, *words: str) -> str:
    """Run a command of the portal under a role."""
    url = f"postgres://{role}@/sawt?host={cluster.socket}"
    return run(cluster, sys.executable, "manage.py", *words, DATABASE_URL=url)


def attempt(cluster: Cluster, role: str, statement: str) -> str:
    """Run a statement, undo it, and return how it ended: “ok”, or the database's word for why not."""
    line = psycopg2.connect(host=str(cluster.socket), user=role, dbname="sawt")
    try:
        line.cursor().execute(statement)
    except psycopg2.Error as error:
        return str(error).partition("\n")[0]
    finally:
        line.close()
    return "ok"


@pytest.fixture(scope="module")
def portal(cluster: Cluster) -> Cluster:
    """Give the cluster with a portal in it: migrated by the owner, filled by the application."""
    manage(cluster, "sawt_owner", "migrate", "--no-input", "--verbosity", "0")
    manage(cluster, "sawt_owner", "grant_application_role", "sawt_app")
    manage(cluster, "sawt_app", "seed", "--verbosity", "0")
    return cluster


def test_the_script_makes_two_ordinary_roles_with_passwords(cluster):
    rows = ask(
        cluster,
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolpassword LIKE 'SCRAM%' FROM pg_authid"
        " WHERE rolname LIKE 'sawt\\_%' ORDER BY 1",
    )
    assert rows == [("sawt_app", False, False, False, True), ("sawt_owner", False, True, False, True)]


@pytest.mark.parametrize("right", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_changes_no_ledger(portal, right):
    ends = {table: attempt(portal, "sawt_app", right.format(table)) for table in ledger_tables()}
    assert len(ends) > 3
    assert ends == {table: f"permission denied for table {table}" for table in ends}


@pytest.mark.parametrize(
    ("statement", "end"),
    [
        ("SELECT count(*) FROM audit_entry", "ok"),
        ("INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())", "django_migrations"),
        ("UPDATE pages_page SET id = id", "ok"),
        ("TRUNCATE django_session", "django_session"),
        ("DELETE FROM django_session", "ok"),
    ],
)
def test_the_application_changes_rows_and_empties_no_table(portal, statement, end):
    assert attempt(portal, "sawt_app", statement) == (end if end == "ok" else f"permission denied for table {end}")


def test_the_application_makes_no_table(portal):
    assert attempt(portal, "sawt_app", "CREATE TABLE t (id int)") == "permission denied for schema public"


def test_the_script_is_run_again_after_each_migration_without_harm(portal):
    said = manage(portal, "sawt_owner", "grant_application_role", "sawt_app")
    assert said == f"sawt_app has its rights; read and add only: {', '.join(ledger_tables())}\n"


# What is refused


@pytest.mark.django_db
def test_a_role_that_is_missing_or_may_do_everything_is_refused():
    with pytest.raises(CommandError, match="There is no role nobody_at_all: create it first"):
        call_command("grant_application_role", "nobody_at_all")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
    with pytest.raises(CommandError, match="may do everything"):
        call_command("grant_application_role", owner)


@pytest.mark.django_db
def test_rights_that_come_by_another_way_are_noticed():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE test_group; CREATE ROLE test_member IN ROLE test_group")
        cursor.execute("GRANT UPDATE ON audit_entry TO test_group")
    assert changeable_ledgers("test_member") == ["audit_entry"]
    with pytest.raises(CommandError, match="test_member could still change audit_entry"):
        call_command("grant_application_role", "test_member")


@pytest.mark.django_db
def test_a_ledger_without_a_table_stops_it():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE test_role; ALTER TABLE audit_entry RENAME TO audit_moved")
    with pytest.raises(CommandError, match="run migrate first: audit_entry"):
        call_command("grant_application_role", "test_role")
