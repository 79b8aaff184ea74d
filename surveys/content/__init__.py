"""Templates that every installation starts with: one file each, in three languages."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# The first is what editors are offered first.
ORDER = ("satisfaction", "workshop", "post_request", "post_visit", "consultation", "accessibility")
_COLUMNS = {"ar": "ar", "en": "en", "zh": "zh_hans"}


def templates() -> Iterator[dict[str, Any]]:
    """Give what each file says, in their order."""
    for code in ORDER:
        yield tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def columns(field: str, texts: dict[str, Any]) -> dict[str, str]:
    """Return a text of a file as the columns of a translated field."""
    return {f"{field}_{column}": texts[code] for code, column in _COLUMNS.items() if code in texts}
