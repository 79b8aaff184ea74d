"""Parts of the system: found where they are, and told to the programs."""

from pathlib import Path

import pytest

from sawt_tools import apt, browser, frontend, paths, system


def test_unpacked_parts_are_told_to_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "PRIVATE", tmp_path)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert system.environment() == {}
    libraries, fonts = tmp_path / "usr/lib/x86_64-linux-gnu", tmp_path / "usr/share/fonts"
    for folder in (libraries / "sound", libraries / "data", fonts):
        folder.mkdir(parents=True)
    (libraries / "sound" / "libsound.so.1").touch()
    assert system.environment() == {
        "LD_LIBRARY_PATH": f"{libraries}:{libraries / 'sound'}",
        "SAWT_FONTS": str(fonts),
        "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"),
    }


def test_a_missing_font_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "PRIVATE", tmp_path)
    monkeypatch.setattr(system, "SYSTEM_FONTS", tmp_path / "fonts")
    monkeypatch.delenv("SAWT_FONTS", raising=False)
    (tmp_path / "fonts" / "wqy").mkdir(parents=True)
    (tmp_path / "fonts" / "wqy" / "wqy-microhei.ttc").touch()
    assert system.missing_fonts() == ["fonts-noto-core", "fonts-dejavu-core"]


def test_whoever_forbids_apt_is_obeyed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SAWT_APT", "no")
    fetched: list[list[str]] = []
    assert not system.have("x", lambda: ["a", "b"], "Fetching", fetched.append, "Run `apt install {packages}`.")
    assert (fetched, capsys.readouterr().out) == ([], "!  Run `apt install a b`.\n")


def test_what_could_not_be_fetched_is_tried_once_a_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "VAR", tmp_path)
    monkeypatch.setattr(apt, "is_allowed", lambda: True)
    fetched: list[list[str]] = []
    for _ in range(3):
        assert not system.have("x", lambda: ["a"], "Fetching", fetched.append, "{packages}")
    assert fetched == [["a"]]


def test_what_is_there_is_not_fetched() -> None:
    assert system.have("x", list, "Fetching", lambda packages: pytest.fail("fetched"), "")


def test_the_browser_is_the_named_one_then_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browser, "PRIVATE", tmp_path / "own")
    monkeypatch.setenv("SAWT_BROWSER", "missing")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == ""
    chromium, named = tmp_path / "chromium", tmp_path / "named"
    chromium.touch(mode=0o755)
    assert browser.find() == str(chromium)
    named.touch(mode=0o755)
    monkeypatch.setenv("SAWT_BROWSER", str(named))
    assert browser.find() == str(named)


def test_six_files_of_type_are_wanted() -> None:
    assert sorted(frontend.font_files()) == [
        "ibm-plex-sans-arabic-arabic-400-normal.woff2",
        "ibm-plex-sans-arabic-arabic-500-normal.woff2",
        "ibm-plex-sans-arabic-arabic-600-normal.woff2",
        "ibm-plex-sans-latin-400-normal.woff2",
        "ibm-plex-sans-latin-500-normal.woff2",
        "ibm-plex-sans-latin-600-normal.woff2",
    ]
