"""The operators' guide names every variable there is, and none that is not; its commands and files exist."""

import re

import pytest
from django.core.management import get_commands

from tests.operations import ROOT

GUIDE = sorted((ROOT / "docs/operators").glob("*.md"))
READ_BY_THE_PORTAL = re.compile(
    r'env\.(?:text|flag|number|items|one_of|secret_key|daemon)\(\s*"([A-Z0-9_]+)"|environ\.get\("(SAWT_\w+)"'
)
READ_BY_COMPOSITIONS = re.compile(r"\$\{(\w+)")
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| ([a-z.]+) \|", re.M)


def documented():
    return dict(ROW.findall((ROOT / "docs/operators/configuration.md").read_text(encoding="utf-8")))


def read_somewhere():
    found = set()
    test_settings = ROOT / "portal/settings/test.py"
    for path in set((ROOT / "portal").rglob("*.py")) - {test_settings}:
        for names in READ_BY_THE_PORTAL.findall(path.read_text(encoding="utf-8")):
            found.update(filter(None, names))
    production = (ROOT / "portal/settings/production.py").read_text(encoding="utf-8")
    found.update(re.findall(r'"(\w+)"', re.search(r"env\.needed\((.*?)\)", production, re.S)[1]))
    for path in (ROOT / "docker-compose.yml", *(ROOT / "deploy/scaling").glob("*.yml")):
        found.update(READ_BY_COMPOSITIONS.findall(path.read_text(encoding="utf-8")))
    return found


def test_every_variable_is_documented_and_none_invented():
    assert sorted(read_somewhere() ^ set(documented())) == []


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_variables_in_the_text_exist(page):
    named = set(re.findall(r"\b((?:SAWT|EMAIL)_[A-Z0-9_]+|SECRET_KEY|SENTRY_DSN)\b", page.read_text(encoding="utf-8")))
    assert sorted(named - set(documented())) == []


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_commands_links_and_files_exist(page):
    text = page.read_text(encoding="utf-8")
    commands = set(re.findall(r"manage\.py (\w+)", text))
    assert sorted(commands - set(get_commands())) == []
    links = [link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)]
    assert [link for link in links if not (page.parent / link).exists()] == []
    files = set(re.findall(r"\bdeploy/[\w./-]*\w", text))
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_services_are_described():
    text = (ROOT / "docs/operators/README.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    composition = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nservices:\n")[2]
    services = set(re.findall(r"^  (\w+):$", composition.partition("\nnetworks:")[0], re.M))
    assert described == services
