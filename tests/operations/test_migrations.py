"""No migration newer than an app's first one stops or breaks the version that runs while it is rolled out."""

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from tests.operations import ROOT
from tests.operations.dangers import dangers

OURS = ("portal", "moderation", "surveys", "engagement", "tickets", "newsletter")
# Dangerous, and considered. The reason is a file under docs/decisions/, or this sentence.
UNRELEASED = "made before version 0.1 was released: no portal holds data under it"
CONSIDERED = {
    "accounts.0002_one_ministry": UNRELEASED,
    "calendars.0002_working_calendars": "docs/decisions/0005-append-only-by-trigger.md",
    "comments.0002_speaks_for": UNRELEASED,
    "consultations.0002_document_made_of": UNRELEASED,
    "consultations.0003_text_versions": UNRELEASED,
    "insight.0002_report_waiting_once": UNRELEASED,
    "moderation.0002_ground_needs_note": UNRELEASED,
    "mailings.0002_step": UNRELEASED,
    "surveys.0008_rounds": UNRELEASED,
    "tickets.0002_requests": "docs/decisions/0005-append-only-by-trigger.md",
}


def found():
    """Return the dangers of each migration of ours but the first of each app."""
    loader = MigrationLoader(None)
    labels = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in OURS}
    dangerous = {}
    for key, migration in loader.disk_migrations.items():
        if key[0] not in labels or key[1].startswith("0001_"):
            continue
        if sentences := list(dangers(migration, loader.project_state([key], at_end=False))):
            dangerous[".".join(key)] = sentences
    return dangerous


def test_no_migration_is_dangerous_without_having_been_considered():
    new = {name: why for name, why in found().items() if name not in CONSIDERED}
    assert new == {}, "Take the way that each sentence names, or consider it and say so in CONSIDERED."


def test_what_was_considered_exists_and_has_its_reason():
    assert sorted(set(CONSIDERED) - set(found())) == []
    for name, reason in CONSIDERED.items():
        assert reason == UNRELEASED or (ROOT / reason).is_file(), name


# The rules


def state():
    """Return an app with one table."""
    before = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50)),
        ("note", models.TextField(null=True)),
        ("number", models.IntegerField(db_default=0)),
    ]
    before.add_model(ModelState("engine", "Thing", fields))
    return before


def judged(*operations, atomic=True):
    migration = migrations.Migration("0002_more", "engine")
    migration.operations, migration.atomic = list(operations), atomic
    return [sentence.partition(": ")[2] for sentence in dangers(migration, state())]


def add(field):
    return migrations.AddField("thing", "extra", field)


def alter(name, field):
    return migrations.AlterField("thing", name, field)


@pytest.mark.parametrize(
    ("operation", "begins"),
    [
        (add(models.CharField(max_length=5)), "the old version inserts rows without it"),
        (add(models.CharField(max_length=5, default="")), "the old version inserts rows without it"),
        (add(models.IntegerField(null=True, unique=True)), "builds an index under a lock"),
        (add(models.IntegerField(db_default=1, db_index=True)), "builds an index under a lock"),
        (
            add(
                models.GeneratedField(
                    expression=models.F("number"), output_field=models.IntegerField(), db_persist=True
                )
            ),
            "rewrites the table",
        ),
        (alter("name", models.CharField(max_length=40)), "rewrites the table"),
        (alter("name", models.IntegerField()), "rewrites the table"),
        (alter("number", models.BigIntegerField(db_default=0)), "rewrites the table"),
        (alter("number", models.IntegerField()), "the old version may rely on the default"),
        (alter("note", models.TextField(default="")), "scans the table under a lock"),
        (alter("name", models.CharField(max_length=50, unique=True)), "builds an index"),
        (alter("name", models.CharField(max_length=50, db_index=True)), "builds an index"),
        (migrations.RemoveField("thing", "note"), "the old version still reads it"),
        (migrations.DeleteModel("Thing"), "the old version still reads it"),
        (migrations.RenameField("thing", "note", "remark"), "the old version knows the old name only"),
        (migrations.RenameModel("Thing", "Object"), "the old version knows the old table only"),
        (migrations.AlterModelTable("thing", "other"), "the old version knows the old table only"),
        (migrations.AlterUniqueTogether("thing", {("name", "number")}), "builds an index under a lock"),
        (migrations.AddIndex("thing", models.Index(fields=["name"], name="n")), "locks out writers"),
        (AddIndexConcurrently("thing", models.Index(fields=["name"], name="n")), "needs atomic = False"),
        (
            migrations.AddConstraint("thing", models.CheckConstraint(condition=models.Q(number__gt=0), name="c")),
            "scans the table under a lock",
        ),
        (
            migrations.AddConstraint("thing", models.UniqueConstraint(fields=["name"], name="u")),
            "builds an index under a lock",
        ),
        (migrations.RunSQL("UPDATE t SET a = 1"), "what it does to a large table"),
        (migrations.RunPython(migrations.RunPython.noop), "what it does to a large table"),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("thing", "note")]),
            "the old version still reads it",
        ),
    ],
)
def test_what_is_refused(operation, begins):
    (why,) = judged(operation)
    assert why.startswith(begins)


@pytest.mark.parametrize(
    "operation",
    [
        add(models.CharField(max_length=5, db_default="")),
        add(models.IntegerField(null=True)),
        add(models.ManyToManyField("engine.Thing")),
        alter("name", models.CharField(max_length=60)),
        alter("name", models.TextField()),
        alter("name", models.CharField(max_length=50, verbose_name="other")),
        alter("note", models.TextField(null=True, blank=True)),
        migrations.AlterModelOptions("thing", {"ordering": ["name"]}),
        AddConstraintNotValid("thing", models.CheckConstraint(condition=models.Q(number__gt=0), name="c")),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("thing", "note")]),
    ],
)
def test_what_is_allowed(operation):
    assert judged(operation) == []


def test_an_index_built_beside_is_allowed():
    assert judged(AddIndexConcurrently("thing", models.Index(fields=["name"], name="n")), atomic=False) == []


def test_a_table_made_by_the_same_migration_is_nobodys_yet():
    made = migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])
    assert judged(made, migrations.AddField("other", "name", models.CharField(max_length=5))) == []
    assert len(judged(made, add(models.CharField(max_length=5)))) == 1


def test_a_step_is_judged_by_what_the_steps_before_it_left():
    widened = alter("name", models.CharField(max_length=80))
    assert len(judged(widened, alter("name", models.CharField(max_length=60)))) == 1
