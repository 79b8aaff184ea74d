"""Reading a table of addresses, whoever wrote it: CSV in the encodings that people's programs write, or XLSX."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from portal.files.choices import XLSX
from portal.files.rules import FileRefused, check_package, looks_like

LARGEST = 10_000_000
MOST_ROWS = 100_000
_MOST_COLUMNS, _LONGEST_CELL = 50, 1_000
_EMAIL_NAMES = {"email", "e-mail", "mail", "e-mail address", "email address", "address"} | {
    "البريد الإلكتروني",
    "البريد",
    "邮箱",
    "电子邮箱",
    "电子邮件",
    "邮件地址",
}
_LANGUAGE_NAMES = {"language", "lang", "اللغة", "لغة", "语言"}
LANGUAGES = {
    **dict.fromkeys(("ar", "arabic", "العربية", "عربي", "阿拉伯语"), "ar"),
    **dict.fromkeys(("en", "english", "الإنجليزية", "إنجليزي", "英语"), "en"),
    **dict.fromkeys(("zh", "zh-hans", "zh-cn", "chinese", "中文", "简体中文", "الصينية"), "zh-hans"),
}
# What openpyxl answers damaged files with.
_DAMAGED = (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, TypeError, OSError, SyntaxError)
# What a program for tables would take for a formula.
FORMULA = re.compile(r"^[=+\-@\t\r]")
WHY: dict[str, Any] = {
    "large": _("The file is larger than 10 MB."),
    "rows": _("The file has more than 100,000 rows. Please cut it into several."),
    "encoding": _("The letters of the file cannot be recognised. Save it as CSV in UTF-8."),
    "columns": _("No column holds e-mail addresses. Name it “email” in the first row."),
    "empty": _("There is no row in the file."),
    "format": _("The file is neither a CSV nor an XLSX table, or it is damaged."),
    "unpacked": _("The file unpacks to far more than it should."),
}


class TableRefused(ValueError):
    """``code`` is a key of ``WHY``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Line:
    """One row: its number in the file, and what stands there as it was written."""

    number: int
    email: str
    language: str


def lines_of(data: bytes) -> list[Line]:
    """Return the rows that hold anything; raises ``TableRefused``."""
    if len(data) > LARGEST:
        raise TableRefused("large")
    rows = _of_workbook(data) if data.startswith(b"PK") else _of_text(data)
    found = list(_lines(rows))
    if not found:
        raise TableRefused("empty")
    return found


def is_address(text: str) -> bool:
    """Tell whether mail can be sent to this; what looks like a formula is none."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254 and not FORMULA.match(text)


def _lines(rows: Iterable[list[str]]) -> Iterator[Line]:
    numbered = enumerate(rows, start=1)
    email = language = None
    count = 0
    for number, cells in numbered:
        if not any(cells):
            continue
        if email is None:
            email, language, is_heading = _columns(cells)
            if is_heading:
                continue
        count += 1
        if count > MOST_ROWS:
            raise TableRefused("rows")
        yield Line(number, _cell(cells, email), _cell(cells, language))


def _columns(first: list[str]) -> tuple[int, int | None, bool]:
    """Return in which columns address and language stand, and whether the first row names them."""
    names = [cell.strip().lower().replace("_", " ") for cell in first]
    language = next((place for place, name in enumerate(names) if name in _LANGUAGE_NAMES), None)
    email = next((place for place, name in enumerate(names) if name in _EMAIL_NAMES), None)
    if email is not None:
        return email, language, True
    holding = [place for place, name in enumerate(names) if "@" in name]
    if len(holding) != 1:
        raise TableRefused("columns")
    return holding[0], next((place for place, name in enumerate(names) if name in LANGUAGES), None), False


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _of_text(data: bytes) -> Iterator[list[str]]:
    text = decoded(data)
    if "\x00" in text:
        raise TableRefused("encoding")
    heading = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    try:
        for cells in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
            yield [cell[:_LONGEST_CELL] for cell in cells[:_MOST_COLUMNS]]
    except csv.Error:
        raise TableRefused("format") from None


def decoded(data: bytes) -> str:
    """Return the text: by its mark, as UTF-8, else in that encoding of old in which its first row makes sense."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _as(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    candidates = [text for text in (_or_none(data, name) for name in ("windows-1256", "gb18030")) if text is not None]
    telling = [text for text in candidates if _names_columns(text)]
    # Where only ASCII is in the first row, either reads addresses alike as long as it reads them at all.
    for text in telling:
        if _is_plausible(text):
            return text
    raise TableRefused("encoding")


def _as(data: bytes, name: str) -> str:
    text = _or_none(data, name)
    if text is None:
        raise TableRefused("encoding")
    return text


def _or_none(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _names_columns(text: str) -> bool:
    heading = text.lstrip().partition("\n")[0].lower()
    cells = {cell.strip(' "\r') for cell in heading.replace(";", ",").replace("\t", ",").split(",")}
    return bool(cells & _EMAIL_NAMES) or "@" in heading


def _is_plausible(text: str) -> bool:
    """Tell whether what is not ASCII is of one script: bytes read in the wrong encoding are of many."""
    foreign = [character for character in text[:20_000] if character > "\x7f"]
    scripts = ("\u0600", "\u06ff"), ("\u4e00", "\u9fff")
    return any(sum(low <= one <= high for one in foreign) >= 0.8 * len(foreign) for low, high in scripts)


def _of_workbook(data: bytes) -> Iterator[list[str]]:
    try:
        if not looks_like(data, XLSX):
            raise TableRefused("format")
        check_package(data)
    except FileRefused as refused:
        raise TableRefused("unpacked" if refused.code == "unpacked" else "format") from None
    try:
        # Formulas come as they are written and are no addresses; nothing is reckoned, and no sheet is held whole.
        book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)):
            # A sheet may name its last row far below the one before it.
            if number > 2 * MOST_ROWS:
                raise TableRefused("rows")
            yield ["" if cell is None else str(cell)[:_LONGEST_CELL] for cell in cells]
    except (
        BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        OSError,
        SyntaxError,
    ) as error:
        if isinstance(error, TableRefused):
            raise
        raise TableRefused("format") from None
