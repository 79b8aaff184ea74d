"""Cells of tables that programs for tables take for nothing but text, numbers and days."""

import re
from datetime import date, datetime
from typing import Any

# What begins a formula in one program or another, white space and invisible characters before it included; a tab or a
# line break at the beginning moves it into another cell of its own.
_FORMULA = re.compile("^[\\s\x00-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c]*[=+\\-@＝＋－＠]|^[\t\r\n]")
# What XML has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Characters that one cell holds at most.
LONGEST = 32_767


def harmless(text: str) -> str:
    """Return a text for CSV with an apostrophe before whatever could be taken for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def for_csv(cell: Any) -> str | int | float:
    """Return a cell for CSV: moments and days as ISO 8601 has them, nothing for what is not there."""
    if cell is None:
        return ""
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return harmless(cell) if isinstance(cell, str) else cell


def for_json(cell: Any) -> Any:
    """Return a value for JSON."""
    return cell.isoformat() if isinstance(cell, (date, datetime)) else cell


def writable(text: str) -> str:
    """Return a text without what a workbook cannot hold."""
    return _UNWRITABLE.sub("", text)[:LONGEST]
