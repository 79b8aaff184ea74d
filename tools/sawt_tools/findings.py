"""From what the browser tests noted of each page to docs/accessibility.md and to the data of the statement page."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
NOTES = ROOT / "var" / "test" / "accessibility"
DATA = ROOT / "portal" / "pages" / "content" / "accessibility.toml"
PAGE = ROOT / "docs" / "accessibility.md"
STAFF = ("admin/", "reports/")
# Random codes in addresses: each test's demonstration has its own, and the page is the same.
CODE = re.compile(r"(?<=/)[0-9a-z]{10}(?=/)|(?<=/)[0-9]+(?=/)")
LANGUAGES = {"ar": "Arabic", "en": "English", "zh-hans": "Chinese"}
GROUPS = {
    "public": "Public pages, as visitors and as signed-in citizens see them",
    "errors": "Forms with errors in them",
    "staff": "Pages on which staff work",
    "narrow": "Public pages 320 pixels wide, and with wider text spacing",
}


def notes() -> Iterator[dict[str, Any]]:
    """Give every note of the last run."""
    for file in sorted(NOTES.glob("*.jsonl")):
        yield from (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())


def group_of(note: dict[str, Any]) -> str:
    """Return to which of the groups a page belongs."""
    if note["check"] == "reflow":
        return "narrow"
    if note["state"]:
        return "errors"
    return "staff" if note["address"].startswith(STAFF) else "public"


def look_of(note: dict[str, Any]) -> str:
    """Return how wide the window was, and which colours were asked for."""
    return f"{note['width']} pixels, {note['scheme']}"


def gather(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what the statement tells: date, engine, and for each group how much was looked at and what was found."""
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for note in found:
        groups[group_of(note)].append(note)
    everything = [note for rows in groups.values() for note in rows]
    if not all(groups.values()):
        raise SystemExit("Notes are missing: run `make accessibility`, which runs the tests that write them.")
    return {
        "date": max(note["date"] for note in everything),
        "engine": max(note["engine"] for note in everything),
        "groups": [row(name, rows) for name, rows in groups.items()],
        "problems": problems(everything),
    }


def row(name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of one group."""
    return {
        "name": name,
        "pages": len({CODE.sub("…", note["address"]) for note in found}),
        "checks": len(found),
        "languages": sorted({note["language"] for note in found}),
        "looks": sorted({look_of(note) for note in found}),
        "problems": sum(len(note["problems"]) for note in found),
    }


def problems(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each rule that something broke, with the number of places."""
    counted = Counter((rule, group_of(note)) for note in found for rule in note["problems"])
    return [{"rule": rule, "group": group, "places": places} for (rule, group), places in sorted(counted.items())]


def as_toml(data: dict[str, Any]) -> str:
    """Return the data as the portal reads it."""
    lines = ["# Written by `make accessibility`: what the last test of all pages found."]
    lines += [f"{name} = {json.dumps(data[name])}" for name in ("date", "engine")]
    for table in ("groups", "problems"):
        for entry in data[table]:
            lines += ["", f"[[{table}]]", *(f"{name} = {json.dumps(value)}" for name, value in entry.items())]
    return "\n".join(lines) + "\n"


def as_page(data: dict[str, Any]) -> str:
    """Return docs/accessibility.md."""
    rows = [
        f"| {GROUPS[entry['name']]} | {entry['pages']} | {', '.join(LANGUAGES[code] for code in entry['languages'])} "
        f"| {'; '.join(entry['looks'])} | {entry['checks']} | {entry['problems']} |"
        for entry in data["groups"]
    ]
    broken = [
        f"| `{entry['rule']}` | {GROUPS[entry['group']]} | {entry['places']} |" for entry in data.get("problems", [])
    ]
    found = ["| rule | where | places |", "|---|---|---|", *broken] if broken else ["Nothing."]
    return HEAD.format(**data) + "\n".join([*rows, "", "## What was found", "", *found]) + "\n" + FOOT


HEAD = """# Accessibility

Written by `make accessibility` from the results of the tests; the statement page of the portal shows the same figures.

- **Goal:** Web Content Accessibility Guidelines (WCAG) 2.2, level AA, in Arabic, English and Chinese
- **Last test:** {date}
- **Checker:** {engine}, with the rules for WCAG 2.0, 2.1 and 2.2 at levels A and AA and its best practices

| what | pages | languages | window | looks | problems |
|---|---|---|---|---|---|
"""

FOOT = """
A page is counted once, however often it was looked at; a look is one page in one language, width and colour scheme.

## What no checker sees

Beside axe, tests walk through reading, commenting, voting and reporting by keyboard alone and without JavaScript. They
see that the focus shows and is never covered, that the error summary takes the focus and leads to its fields, and that
no page is wider than its window at 320 pixels (which is 1280 pixels at 400 %). Contrast of colours is part of what axe
checks, in the light and in the dark scheme.

Not done yet: an assessment by others, and tests together with people who use assistive technology. A checker finds only
part of all barriers.
"""


def main() -> None:
    """Write both files."""
    data = gather(notes())
    DATA.write_text(as_toml(data), encoding="utf-8")
    PAGE.write_text(as_page(tomllib.loads(DATA.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
