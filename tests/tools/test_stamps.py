"""What is done already is not done again."""

import os
from pathlib import Path

from sawt_tools.stamps import Stamps, digest, glance


def test_a_stamp_holds_for_its_fingerprint_alone(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path / "stamps.json")
    stamps.put(front="a", data="b")
    stamps.put(data="c")
    assert (stamps.holds("front", "a"), stamps.holds("data", "b"), stamps.holds("data", "c")) == (True, False, True)


def test_a_broken_file_of_stamps_means_nothing_is_done(tmp_path: Path) -> None:
    file = tmp_path / "stamps.json"
    file.write_text("{", encoding="utf-8")
    assert not Stamps(file).holds("front", "a")


def test_an_edit_changes_both_fingerprints(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("one", encoding="utf-8")
    before = digest(file), glance([file])
    file.write_text("two", encoding="utf-8")
    os.utime(file, (1, 1))
    assert digest(file) != before[0]
    assert glance([file]) != before[1]
