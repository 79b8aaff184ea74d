"""The environment and the registries: what is missing or taken twice stops the start with a sentence."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.registry import Registry
from portal.settings import environment as env


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("SAWT_NOTHING", raising=False)
    with pytest.raises(ImproperlyConfigured, match="Set SAWT_NOTHING"):
        env.text("SAWT_NOTHING")
    assert env.text("SAWT_NOTHING", "default") == "default"


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("", False)])
def test_flags(monkeypatch, value, expected):
    monkeypatch.setenv("SAWT_FLAG", value)
    assert env.flag("SAWT_FLAG", default=True) is expected


def test_numbers_and_lists(monkeypatch):
    monkeypatch.setenv("SAWT_N", "many")
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        env.number("SAWT_N", 1)
    monkeypatch.setenv("SAWT_LIST", " a, ,b ")
    assert env.items("SAWT_LIST") == ["a", "b"]


def test_database_addresses():
    socket = env.database("postgres://sawt@/sawt?host=/run/here")
    assert (socket["HOST"], socket["NAME"], socket["USER"], socket["PORT"]) == ("/run/here", "sawt", "sawt", "")
    network = env.database("postgresql://u:p%40ss@db:5433/name?sslmode=require")
    assert (network["PASSWORD"], network["PORT"], network["OPTIONS"]) == ("p@ss", "5433", {"sslmode": "require"})
    with pytest.raises(ImproperlyConfigured):
        env.database("mysql://x/y")


# All that production asks for.
NEEDED = {
    "SECRET_KEY": "a key for this test: long, and of many letters 0123456789",
    "SAWT_HOSTS": "sawt.example",
    "SAWT_BASE_URL": "https://sawt.example",
    "SAWT_FROM_EMAIL": "no-reply@sawt.example",
    "SAWT_REPLY_TO": "support@sawt.example",
    "DATABASE_URL": "postgres://a@b/c",
    "REDIS_URL": "redis://d",
    "EMAIL_HOST": "mail",
}


def production(**changes):
    values = NEEDED | changes
    environment = {key: value for key, value in {**os.environ, **values}.items() if value}
    # Set by the tests in a browser, where they share this process; a server would be warned of it.
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings.production"
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_production_starts_clean_and_refuses_to_start_without_a_key_or_with_demo_data():
    assert production(SAWT_DEMO="").returncode == 0
    missing = production(SECRET_KEY="", SAWT_DEMO="")
    assert missing.returncode == 1
    assert "Set SECRET_KEY" in missing.stderr
    demo = production(SAWT_DEMO="1")
    assert demo.returncode == 1
    assert "refused in production" in demo.stderr


def test_a_key_is_taken_once():
    registry = Registry("things")
    registry.register("a", 1)
    with pytest.raises(ValueError, match="registered already"):
        registry.register("a", 2)
    assert (registry["a"], "a" in registry, list(registry), len(registry)) == (1, True, ["a"], 1)
