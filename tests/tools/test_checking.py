"""The outcome of `make test`: nothing is left out in silence."""

import pytest

from sawt_tools import cli
from sawt_tools.checking import Findings, has_section, told


@pytest.mark.parametrize(
    ("failed", "missing", "ci", "status"),
    [([], [], "", 0), (["pytest"], [], "", 1), ([], ["a browser"], "", 0), ([], ["a browser"], "true", 1)],
)
def test_what_is_missing_fails_where_a_machine_checks(
    monkeypatch: pytest.MonkeyPatch, failed: list[str], missing: list[str], ci: str, status: int
) -> None:
    monkeypatch.setenv("CI", ci)
    assert Findings([*failed], [*missing]).report() == status


def test_what_is_missing_is_said_aloud(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CI", "")
    Findings(missing=["pages in a browser."]).report()
    assert "!  NOT CHECKED: pages in a browser.\n" in capsys.readouterr().out


def test_a_tool_is_configured_by_its_section_or_a_part_of_it() -> None:
    text = "[tool.ruff]\n[[tool.importlinter.contracts]]\n"
    assert [has_section(text, name) for name in ("ruff", "importlinter", "djlint")] == [True, True, False]


def test_nothing_of_a_running_portal_reaches_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://the/real")
    env = told("", {"REDIS_URL": "unix:///x"})
    assert ("DATABASE_URL" in env, env["REDIS_URL"], env["SAWT_BROWSER"]) == (False, "unix:///x", "missing")


def test_an_unknown_command_points_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fly"]) == 2
    assert "make help" in capsys.readouterr().out
