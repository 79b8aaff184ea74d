"""The commands that load the starting content and the demonstration."""

import random
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal import registry
from portal.accounts.models import Organisation, Person
from portal.audit.models import Entry
from portal.pages.models import Page
from portal.web.management.commands import demo

pytestmark = pytest.mark.django_db


@pytest.fixture
def stages(monkeypatch):
    """A demonstration of one part, which keeps the stage it was given and a number it drew."""
    seen = []
    parts = registry.Registry("demo")
    parts.register("part", lambda stage: seen.append((stage, stage.random.random())) or stage.say("half way"))
    monkeypatch.setattr(registry, "demo", parts)
    return seen


def run(command: str, **options) -> str:
    """Run a command and return what it printed."""
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def rows() -> dict[str, list]:
    """Return every row of every table of ours."""
    models = [model for model in apps.get_models() if not model._meta.label.startswith(("sessions", "contenttypes"))]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}


def test_seed_names_the_parts_it_loads():
    assert run("seed").split() == list(registry.starters)
    assert Page.objects.count() == 7


def test_seed_twice_changes_nothing():
    run("seed")
    before = rows()
    run("seed")
    assert rows() == before


def test_seed_is_all_or_nothing(monkeypatch):
    parts = registry.Registry("starters")
    parts.register("good", registry.starters["pages"])
    parts.register("bad", lambda: 1 / 0)
    monkeypatch.setattr(registry, "starters", parts)
    with pytest.raises(ZeroDivisionError):
        run("seed")
    assert Page.objects.count() == 0


def test_the_demonstration_is_refused_where_it_is_off(settings, stages):
    settings.DEMO = False
    with pytest.raises(CommandError, match="Demo mode is off"):
        run("demo")
    assert (stages, Organisation.objects.count()) == ([], 0)


def test_the_demonstration_is_refused_in_production_whatever_demo_says(settings, stages):
    settings.SETTINGS_MODULE = "portal.settings.production"
    with pytest.raises(CommandError, match="refused in production"):
        run("demo")
    assert (stages, Organisation.objects.count()) == ([], 0)


def test_the_anchor_is_the_first_midnight_and_stays(stages, monkeypatch):
    run("demo")
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(demo.timezone, "localtime", lambda: timezone.make_naive(tomorrow).astimezone())
    run("demo")
    assert [stage.anchor for stage, _ in stages] == [today, today]
    assert str(stages[1][0].anchor.tzinfo) == "Asia/Riyadh"
    assert Entry.objects.filter(action="demo.anchored").count() == 1


def test_every_run_draws_alike(stages):
    run("demo")
    run("demo")
    assert stages[0][1] == stages[1][1] == random.Random("42 part").random()


def test_the_password_comes_from_the_environment_and_is_printed(stages, monkeypatch):
    monkeypatch.delenv("SAWT_DEMO_PASSWORD", raising=False)
    assert "everybody's password sawt-demo-2026" in run("demo")
    monkeypatch.setenv("SAWT_DEMO_PASSWORD", "another one")
    assert "everybody's password another one" in run("demo")
    assert [stage.password for stage, _ in stages] == ["sawt-demo-2026", "another one"]


def test_progress_is_shown_unless_asked_to_be_quiet(stages):
    assert run("demo").splitlines()[:2] == ["part", "  half way"]
    assert run("demo", verbosity=0) == ""


def test_the_whole_demonstration_can_be_loaded_twice():
    run("demo", verbosity=0)
    assert Person.objects.filter(email__endswith="@demo.example").count() >= 7
    before = rows()
    run("demo", verbosity=0)
    assert rows() == before
