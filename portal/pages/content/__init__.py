"""The texts every installation starts with, and the demonstration's services, read from the files beside this one."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# How the files name the languages, and what the columns are called.
COLUMNS = {"ar": "ar", "en": "en", "zh": "zh_hans"}


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file: plain values as they are, texts in three languages as one value for each column."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return [_columns(row) for row in table[name]]


def page_texts(key: str) -> dict[str, str]:
    """Return title and body of a page in each language; the title is the file's first heading."""
    texts = {}
    for language, column in COLUMNS.items():
        heading, _, body = (FOLDER / f"{key}.{language}.md").read_text(encoding="utf-8").partition("\n")
        texts |= {f"title_{column}": heading.removeprefix("# ").strip(), f"body_{column}": body.strip()}
    return texts


def accessibility_tests() -> dict[str, Any]:
    """Return what the last test of all pages found, as `make accessibility` wrote it down."""
    found = tomllib.loads((FOLDER / "accessibility.toml").read_text(encoding="utf-8"))
    return {"problems": [], **found, "date": date.fromisoformat(found["date"])}


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{COLUMNS[language]}": text for language, text in value.items()}
        else:
            flat[name] = value
    return flat
