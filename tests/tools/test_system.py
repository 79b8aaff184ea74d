"""Parts of the system: found where they are, and told to the programs."""

from pathlib import Path

import pytest

from sawt_tools import apt, frontend, system
from sawt_tools.console import Problem


def test_unpacked_parts_are_told_to_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "PRIVATE", tmp_path)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert system.environment() == {}
    libraries, fonts = tmp_path / "usr/lib/x86_64-linux-gnu", tmp_path / "usr/share/fonts"
    libraries.mkdir(parents=True)
    fonts.mkdir(parents=True)
    assert system.environment() == {
        "LD_LIBRARY_PATH": str(libraries),
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


def test_whoever_forbids_apt_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAWT_APT", "no")
    assert not apt.is_allowed()
    with pytest.raises(Problem):
        system.get(["libpango-1.0-0"])


def test_a_browser_said_to_be_missing_is_looked_for_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAWT_BROWSER", "missing")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system.browser() == ""
    chromium = tmp_path / "chromium"
    chromium.touch(mode=0o755)
    assert system.browser() == str(chromium)


def test_six_files_of_type_are_wanted() -> None:
    assert sorted(frontend.font_files()) == [
        "ibm-plex-sans-arabic-arabic-400-normal.woff2",
        "ibm-plex-sans-arabic-arabic-500-normal.woff2",
        "ibm-plex-sans-arabic-arabic-600-normal.woff2",
        "ibm-plex-sans-latin-400-normal.woff2",
        "ibm-plex-sans-latin-500-normal.woff2",
        "ibm-plex-sans-latin-600-normal.woff2",
    ]
