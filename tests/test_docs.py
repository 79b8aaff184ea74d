"""The guides: the site builds without a warning, pictures are few and described, and lists say what is true."""

import ast
import io
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import formats, translation
from PIL import Image

from portal.pages import content
from portal.pages.services import load_starters
from sawt_tools import camera, findings

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
PAGES = [path for path in DOCS.rglob("*.md")]
PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<path>[^)\s]+)\)")
MOST_BYTES = 6_000_000
# The levels of ASVS 5.0.0, requirement by requirement: “1.5” has three, of levels 1, 2 and 3.
ASVS = """
1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123 2.1:122 2.2:112 2.3:12223 2.4:23 3.1:3 3.2:113 3.3:12223
3.4:11222233 3.5:11122333 3.6:3 3.7:22333 4.1:12233 4.2:23333 4.3:22 4.4:1222 5.1:2 5.2:112333 5.3:113 5.4:222
6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 6.6:2223 6.7:33 6.8:2222 7.1:222 7.2:1111 7.3:22
7.4:11222 7.5:223 7.6:22 8.1:1233 8.2:1123 8.3:133 8.4:23 9.1:111 9.2:1222 10.1:22 10.2:223 10.3:22223
10.4:1111122222233333 10.5:22222 10.6:22 10.7:222 11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33
12.1:12233 12.2:11 12.3:22223 13.1:2333 13.2:222223 13.3:2233 13.4:1222233 14.1:22 14.2:12223333 14.3:122 15.1:12233
15.2:12233 15.3:1222222 15.4:3333 16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223 17.1:23 17.2:22223333 17.3:22
"""
STATES = ("shown", "no test", "in part", "operator", "not met", "does not apply")


def requirements():
    """Give number and level of each requirement of levels 1 and 2."""
    for section, levels in (pair.split(":") for pair in ASVS.split()):
        yield from ((f"{section}.{number}", level) for number, level in enumerate(levels, 1) if level in "12")


def rows():
    """Give the cells of each row of the list: numbers, level, words, state, tests, remark."""
    for line in (DOCS / "security/asvs.md").read_text(encoding="utf-8").splitlines():
        if re.match(r"\| \d", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


@cache
def names_of_tests(path):
    """Return the names of all tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_site_is_made_without_a_warning(tmp_path):
    words = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-n",
        "-E",
        "-b",
        "html",
        str(DOCS),
        str(tmp_path),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")]
    assert len(pages) > 30
    loaded = set(
        chain.from_iterable(
            re.findall(r'<(?:script|link|img|source)[^>]*(?:src|href|srcset)="([^"]+)"', page) for page in pages
        )
    )
    assert [address for address in loaded if re.match(r"(https?:)?//", address)] == []
    arabic = (tmp_path / "citizens/ar.html").read_text(encoding="utf-8")
    assert '<html lang="ar" dir="rtl"' in arabic
    assert 'home.ar.phone.dark.webp" media="(prefers-color-scheme: dark)"' in arabic


def test_every_picture_is_described_and_every_committed_one_is_shown():
    shown = set()
    for page in [*PAGES, ROOT / "README.md"]:
        for found in PICTURE.finditer(page.read_text(encoding="utf-8")):
            assert len(found["words"]) > 10, (page, found["path"])
            shown.add((page.parent / found["path"]).resolve())
    dark = {path.with_name(path.name.replace(".webp", ".dark.webp")) for path in shown}
    kept = set(PICTURES.glob("*.webp"))
    assert kept - shown - dark == set()
    assert sum(path.stat().st_size for path in kept) < MOST_BYTES


def test_the_list_of_pictures_and_the_folder_are_the_same():
    assert {camera.file_of(*shot) for shot in camera.shots(set())} == set(PICTURES.glob("*.webp"))


def test_every_requirement_of_asvs_is_there_once_at_its_level():
    wanted = dict(requirements())
    assert Counter(wanted.values()) == {"1": 70, "2": 183}
    listed = [(number, row[1]) for row in rows() for number in row[0].split(", ")]
    assert Counter(number for number, _ in listed) == Counter(wanted.keys())
    assert [number for number, level in listed if wanted[number] not in level.split("–")] == []


def test_every_state_is_known_and_counted():
    counted = Counter(chain.from_iterable([row[3]] * len(row[0].split(", ")) for row in rows()))
    text = (DOCS / "security/asvs.md").read_text(encoding="utf-8")
    said = {state: int(re.search(rf"^\| {state} \|.*\| (\d+) \|$", text, re.MULTILINE)[1]) for state in STATES}
    assert said == dict(counted)


def test_what_is_shown_names_tests_and_they_exist():
    assert [row[0] for row in rows() if row[3] == "shown" and not row[4]] == []
    assert [row[0] for row in rows() if row[3] in {"in part", "not met", "no test", "operator"} and not row[5]] == []
    named = [node for row in rows() for node in re.findall(r"`(tests/[^`]+)`", row[4])]
    assert len(named) > 100
    missing = [node for node in named if node.split("::")[1] not in names_of_tests(node.split("::")[0])]
    assert missing == []


def test_the_accessibility_page_of_the_guides_says_what_the_tests_found():
    data = tomllib.loads(findings.DATA.read_text(encoding="utf-8"))
    assert findings.PAGE.read_text(encoding="utf-8") == findings.as_page(data)
    assert [group["name"] for group in data["groups"]] == list(findings.GROUPS)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_the_statement_shows_the_committed_results(client, language):
    load_starters()
    tests = content.accessibility_tests()
    with translation.override(language):
        page = client.get(reverse("pages:page", args=["accessibility"])).content.decode()
        day = formats.date_format(tests["date"], "DATE_FORMAT")
        other = client.get(reverse("pages:page", args=["privacy"])).content.decode()
    part = page.partition('id="last-test"')[2].partition("</section>")[0]
    assert day in part
    assert tests["engine"] in part
    figures = [int(number.replace(",", "")) for number in re.findall(r'<td class="num">([\d,]+)</td>', part)]
    assert figures == [group[name] for group in tests["groups"] for name in ("pages", "checks", "problems")]
    assert part.count("<bdi>") == 1 + len(tests.get("problems", []))
    assert 'id="last-test"' not in other


NOTE = {"check": "axe", "language": "en", "address": "", "width": 390, "scheme": "dark", "state": "", "problems": [],
        "engine": "axe-core 4.11", "date": "2026-11-22"}  # fmt: skip


def test_notes_become_figures_of_four_groups():
    notes = [
        NOTE | {"address": "consultations/2345678abc/parks/"},
        NOTE | {"address": "consultations/bcdefgh234/parks/", "language": "ar", "width": 1280},
        NOTE | {"address": "account/signup/", "state": "form in error", "problems": ["label", "label"]},
        NOTE | {"address": "admin/", "date": "2026-11-23"},
        NOTE | {"address": "", "check": "reflow", "engine": "", "width": 320},
    ]
    data = findings.gather(notes)
    assert (data["date"], data["engine"]) == ("2026-11-23", "axe-core 4.11")
    assert [(group["name"], group["pages"], group["checks"], group["problems"]) for group in data["groups"]] == [
        ("public", 1, 2, 0),
        ("errors", 1, 1, 2),
        ("staff", 1, 1, 0),
        ("narrow", 1, 1, 0),
    ]
    assert data["problems"] == [{"rule": "label", "group": "errors", "places": 2}]
    again = tomllib.loads(findings.as_toml(data))
    assert again == data
    assert "| `label` | Forms with errors in them | 2 |" in findings.as_page(again)


def test_missing_notes_write_nothing():
    with pytest.raises(SystemExit, match="make accessibility"):
        findings.gather([NOTE])


def test_a_picture_is_written_again_only_where_it_looks_different(tmp_path):
    def image(colour, spot):
        drawn = Image.new("RGB", (64, 64), colour)
        drawn.paste(spot, (8, 8, 40, 40))
        stream = io.BytesIO()
        drawn.save(stream, "PNG")
        return stream.getvalue()

    file = tmp_path / "a.webp"
    camera.keep(image("#ffffff", "#0b5d4b"), file)
    first = file.read_bytes()
    camera.keep(image("#fcfcfc", "#0b5d4b"), file)
    assert file.read_bytes() == first
    camera.keep(image("#ffffff", "#a1262d"), file)
    assert file.read_bytes() != first
