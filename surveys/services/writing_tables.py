"""Tables as CSV and JSON, piece by piece: none is ever held whole in memory."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from surveys.rules.cells import for_csv, for_json
from surveys.rules.tabulating import Entry

# Rows put into one piece of an answer.
_AT_ONCE = 500


class _Line:
    """What the writer of CSV writes into: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(heads: Iterable[Sequence[str]], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Give a table as CSV in UTF-8, with the mark by which programs for tables know it."""
    write = csv.writer(_Line()).writerow
    yield "\ufeff" + "".join(write([for_csv(cell) for cell in head]) for head in heads)
    rows = iter(rows)
    while piece := "".join(write([for_csv(cell) for cell in row]) for row in islice(rows, _AT_ONCE)):
        yield piece


def as_json(about: dict[str, Any], codes: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Give an object that tells about the table, with a record for each row; empty cells are left out."""
    told = json.dumps(about, ensure_ascii=False, indent=1)
    yield f'{told[:-2]},\n "rows": ['
    rows, comma = iter(rows), "\n"
    while records := [
        {code: for_json(cell) for code, cell in zip(codes, row, strict=True) if cell is not None and cell != ""}
        for row in islice(rows, _AT_ONCE)
    ]:
        yield comma + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        comma = ",\n"
    yield "\n]}\n"


ENTRY_HEADS = ("column", "part", "value", "kind", "versions")


def entry_rows(entries: Iterable[Entry], languages: Sequence[str]) -> Iterator[list[Any]]:
    """Give the lines of a codebook as rows, its heads first."""
    yield [*ENTRY_HEADS, *languages]
    for one in entries:
        versions = " ".join(map(str, one.versions))
        texts = [one.texts.get(language, "") for language in languages]
        yield [one.column, one.part, one.value, one.kind, versions, *texts]


def entry_records(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the columns of a codebook with the values that each may hold."""
    found: list[dict[str, Any]] = []
    for one in entries:
        if one.part == "column":
            about = {"column": one.column, "kind": one.kind, "versions": list(one.versions)}
            found.append({**about, "labels": dict(one.texts), "values": []})
        else:
            found[-1]["values"].append({"value": one.value, "labels": dict(one.texts)})
    return found
