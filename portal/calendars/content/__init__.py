"""The public holidays every installation starts with, and the demonstration's calendars, read from the files here."""

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# How the files name the languages, and what the columns are called.
COLUMNS = {"ar": "ar", "en": "en", "zh": "zh_hans"}


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file; a name in three languages comes as one value for each column."""
    return [_columns(row) for row in tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))[name]]


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in row.items() if name != "name"}
    return flat | {f"name_{COLUMNS[language]}": text for language, text in row.get("name", {}).items()}
