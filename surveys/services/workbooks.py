"""Workbooks (XLSX) written piece by piece into the answer: neither rows nor file are ever held whole.

openpyxl, which reads tables elsewhere, takes several times as long and gives nothing before the last row is in. Parts
and names are those of ECMA-376; texts stand in their cells, so that none of them can be taken for a formula.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain, islice
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils import timezone

from surveys.rules.cells import writable

# Rows put into one piece.
_AT_ONCE = 500
# What a sheet of a workbook holds, and characters of its name.
MOST_ROWS, LONGEST_NAME = 1_048_576, 31
_DAY_ONE = date(1899, 12, 30)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Style 0 is plain, 1 a day, 2 a moment.
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook. ``is_bidi`` tells that its first column stands on the right."""

    name: str
    rows: Iterable[Sequence[Any]]
    is_bidi: bool = False


class _Sink:
    """What the archive writes into: it keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def workbook(pages: Iterable[Page]) -> Iterator[bytes]:
    """Give a workbook, piece by piece; a page that is too long goes on in a further sheet."""
    sink, names = _Sink(), []
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=4) as archive:
        for page in pages:
            rows = iter(page.rows)
            first: list[Sequence[Any]] = list(islice(rows, 1))
            number = 0
            while first or number == 0:
                number += 1
                names.append(page.name[:LONGEST_NAME] if number == 1 else f"{page.name[:25]} {number}")
                part = islice(chain(first, rows), MOST_ROWS)
                yield from _sheet(archive, sink, len(names), part, page.is_bidi)
                first = list(islice(rows, 1))
        for path, text in _parts(names):
            archive.writestr(path, text)
    yield sink.take()


def _sheet(archive: ZipFile, sink: _Sink, number: int, rows: Iterator[Sequence[Any]], is_bidi: bool) -> Iterator[bytes]:
    view = ' rightToLeft="1"' if is_bidi else ""
    with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as file:
        views = f'<sheetViews><sheetView{view} workbookViewId="0"/></sheetViews>'
        file.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{views}<sheetData>'.encode())
        numbered = enumerate(rows, start=1)
        while piece := "".join(_row(place, row) for place, row in islice(numbered, _AT_ONCE)):
            file.write(piece.encode())
            if taken := sink.take():
                yield taken
        file.write(b"</sheetData></worksheet>")


def _row(number: int, row: Sequence[Any]) -> str:
    cells = [_cell(f"{_letters(place)}{number}", cell) for place, cell in enumerate(row) if cell is not None]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, cell: Any) -> str:
    if isinstance(cell, str):
        text = escape(writable(cell))
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' if text else ""
    if isinstance(cell, (int, float, Decimal)):
        return f'<c r="{place}"><v>{cell}</v></c>'
    if isinstance(cell, datetime):
        local = timezone.localtime(cell)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return f'<c r="{place}" s="2"><v>{(local.date() - _DAY_ONE).days + seconds / 86_400:.9f}</v></c>'
    return f'<c r="{place}" s="1"><v>{(cell - _DAY_ONE).days}</v></c>'


@cache
def _letters(place: int) -> str:
    """Return the name of a column: A, …, Z, AA, …"""
    before, letter = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + letter)


def _parts(names: list[str]) -> Iterator[tuple[str, str]]:
    """Give the parts that hold a workbook of these sheets together."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
    )
    tied = [(number, "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _ties([*tied, (len(names) + 1, "styles", "styles.xml")])
    yield "xl/styles.xml", _STYLES
    yield "_rels/.rels", _ties([(1, "officeDocument", "xl/workbook.xml")])
    kinds = [("/xl/workbook.xml", f"{_TYPE}.sheet.main+xml"), ("/xl/styles.xml", f"{_TYPE}.styles+xml")]
    kinds += [(f"/xl/worksheets/sheet{number}.xml", f"{_TYPE}.worksheet+xml") for number in numbers]
    named = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in kinds)
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{named}</Types>',
    )


def _ties(tied: list[tuple[int, str, str]]) -> str:
    ties = "".join(f'<Relationship Id="rId{one}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for one, kind, to in tied)
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{ties}</Relationships>'
