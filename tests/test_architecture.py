"""What the import linter cannot see: relations written as strings, names of tasks, triggers, templates and styles."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from itertools import chain
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from portal.audit import services as audit
from portal.audit.models import Entry
from portal.ledgers import Ledger
from tests.factories import OrganisationFactory

ROOT = Path(settings.BASE_DIR)
OURS = ("portal", "moderation", "surveys", "engagement", "tickets", "newsletter")
# From the lowest room up; those of one line are siblings and never know each other, except comments and polls.
FLOORS = [
    {"audit"},
    {"files"},
    {"accounts"},
    {"calendars"},
    {"messaging"},
    {"mailings"},
    {"notifications"},
    {"urns"},
    {"pages"},
    {"outcomes"},
    {"insight"},
    {"web"},
    {"moderation"},
    {"surveys"},
    {"comments", "polls", "tickets", "newsletter"},
    {"consultations", "ideas", "discussions", "events"},
]


def our_models() -> list[type[models.Model]]:
    """Return the models of our own apps, tables of many-to-many relations included."""
    configs = [config for config in apps.get_app_configs() if config.name.split(".")[0] in OURS]
    return list(chain.from_iterable(config.get_models(include_auto_created=True) for config in configs))


def floor(label: str) -> int:
    """Return how high an app stands."""
    return next(height for height, labels in enumerate(FLOORS) if label in labels)


def sources(*suffixes: str, folders: tuple[str, ...] = OURS) -> Iterator[tuple[Path, str]]:
    """Give each file of ours with its text."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes:
                yield path, path.read_text(encoding="utf-8")


def names_enqueued() -> dict[str, list[str]]:
    """Return the names given to ``enqueue``, with the files that do so; “?” for a name that is not written out."""
    found: dict[str, list[str]] = {}
    for path, text in sources(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "enqueue":
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else "?"
                found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return found


# Relations


def test_every_app_of_ours_has_its_floor():
    labels = {model._meta.app_label for model in our_models()}
    assert sorted(labels - set().union(*FLOORS)) == []


def test_no_relation_points_upward_or_sideways():
    wrong = []
    for model in our_models():
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete and field.related_model):
                continue
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if here != there and there in set().union(*FLOORS) and floor(there) >= floor(here):
                wrong.append(f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}")
    assert wrong == []


def test_nothing_hangs_on_a_generic_relation():
    generic = [model._meta.label for model in our_models() if model._meta.private_fields]
    assert generic == []


# Ledgers


@pytest.mark.django_db
def test_every_ledger_is_protected_by_the_database():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgtype, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgname = relname || '_append_only'"
        )
        triggers = {table: (kind, enabled) for table, kind, enabled in cursor.fetchall()}
    tables = {model._meta.db_table for model in our_models() if issubclass(model, Ledger)}
    assert tables != set()
    # 27 = for each row (1), before (2), on delete (8) and update (16).
    assert {table: triggers.get(table) for table in tables} == dict.fromkeys(tables, (27, "O"))
    assert set(triggers) == tables


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET action = 'other'", "DELETE FROM audit_entry"])
def test_a_row_of_a_ledger_stays(statement):
    entry = audit.record("thing.done", OrganisationFactory(), by=None)
    with pytest.raises(IntegrityError, match="audit_entry are never changed or deleted"), transaction.atomic():
        connection.cursor().execute(statement)
    assert Entry.objects.get().action == entry.action == "thing.done"


def test_no_relation_of_a_ledger_is_emptied_or_cascaded():
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        if issubclass(model, Ledger)
        for field in model._meta.concrete_fields
        if field.is_relation and field.remote_field.on_delete not in (models.PROTECT, models.DO_NOTHING)
    ]
    assert wrong == []


# Tasks


def test_every_name_given_to_enqueue_is_a_task():
    current_app.loader.import_default_modules()
    missing = {name: places for name, places in names_enqueued().items() if name not in current_app.tasks}
    assert missing == {}


def test_the_schedule_names_tasks_that_exist():
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert sorted(scheduled - set(current_app.tasks)) == []


# Migrations


@pytest.mark.django_db
def test_migrations_say_what_the_models_say():
    missing = StringIO()
    with suppress(SystemExit):
        call_command("makemigrations", check=True, dry_run=True, no_color=True, stdout=missing)
    assert missing.getvalue() == "No changes detected\n"


# Files

FORBIDDEN_IN_TEMPLATES = {
    "the safe filter": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off"),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a script as an address": re.compile(r"javascript:", re.I),
    "a third party": re.compile(r"(?:src|srcset|action)=\"(?:https?:)?//", re.I),
}
INLINE_STYLE = re.compile(r"<style", re.I)
PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:margin|padding|border)-(?:left|right)[-\w]*|left|right|border-(?:top|bottom)-(?:left|right)-radius"
    r"|(?:float|clear|text-align)\s*:\s*(?:left|right))\s*[:;}]"
)


def without_tags(text: str) -> str:
    """Return a template without its tags and comments, whose operators would look like markup."""
    return re.sub(r"\{%.*?%\}|\{#.*?#\}", lambda match: match[0].replace(">", " ").replace("<", " "), text)


def is_for_mail_or_print(path: Path) -> bool:
    """Tell whether a template is no page: mail and PDF carry their styles with them."""
    place = path.relative_to(ROOT / "templates").as_posix()
    return "/mail/" in place or place.startswith("insight/report")


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_templates_hold_nothing_that_the_security_policy_forbids(what):
    pattern = FORBIDDEN_IN_TEMPLATES[what]
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0][:80]}"
        for path, text in sources(".html", folders=("templates",))
        if not (what == "a style attribute" and is_for_mail_or_print(path))
        for match in pattern.finditer(without_tags(text))
    ]
    assert wrong == []


def test_styles_stand_in_style_sheets():
    wrong = [
        str(path.relative_to(ROOT))
        for path, text in sources(".html", folders=("templates",))
        if INLINE_STYLE.search(text) and not is_for_mail_or_print(path)
    ]
    assert wrong == []


def test_styles_know_no_left_and_right():
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in sources(".css", folders=("static/css",))
        for match in PHYSICAL.finditer(re.sub(r"/\*.*?\*/", "", text, flags=re.S))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("declaration", "is_physical"),
    [
        ("margin-left:1px", True),
        ("border-right-color:red", True),
        ("{left:0}", True),
        ("text-align:right;", True),
        ("float:left}", True),
        ("margin-inline-start:1px", False),
        ("inset-inline-end:0", False),
        ("text-align:start;", False),
        ("background:url(x) right center/cover", False),
    ],
)
def test_physical_declarations_are_told_apart(declaration, is_physical):
    assert bool(PHYSICAL.search(declaration)) is is_physical


def test_files_stay_short():
    long = {
        str(path.relative_to(ROOT)): text.count("\n")
        for path, text in sources(".py")
        if text.count("\n") > 400 and "migrations" not in path.parts
    }
    assert long == {}


def test_functions_stay_short():
    long = {}
    for path, text in sources(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 45:
                long[f"{path.relative_to(ROOT)}:{node.name}"] = node.end_lineno - node.lineno + 1
    assert long == {}
