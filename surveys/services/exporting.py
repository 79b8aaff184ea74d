"""Giving answers away as files: who may, from when on, and what the trail keeps of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.audit.services import record
from portal.text import localised
from surveys.models import Survey
from surveys.rules.access import may_export, may_export_names
from surveys.rules.understanding import may_read_texts
from surveys.selectors.exporting import Table, Wanted, codebook_of, is_settled, languages, shown_versions, table_of
from surveys.selectors.texts import TEXT_COLUMNS, Chosen, text_rows
from surveys.services.workbooks import Page, workbook
from surveys.services.writing_tables import as_csv, as_json, entry_records, entry_rows

Pieces = Iterator[str] | Iterator[bytes]
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportRefused(Exception):
    """``reason``: ``right``, ``names``, ``open`` while anonymous answers still come in, ``few`` of them, ``none``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Export:
    """A file to be sent, in pieces."""

    name: str
    content_type: str
    content: Pieces


def why_not_export(survey: Survey, user: Any, *, number: int | None = None) -> str:
    """Return why somebody may not have the rows of a survey (see ``ExportRefused``), or an empty text."""
    if not may_export(user, survey):
        return "right"
    if survey.is_anonymous and not is_settled(survey):
        return "open"
    if not shown_versions(survey, number):
        return "few" if survey.is_anonymous and survey.sheets.counted().exists() else "none"
    return ""


def export(survey: Survey, wanted: Wanted, *, kind: str, by: Person) -> Export:
    """Return the answers of a survey as a file of this kind; the trail tells who took it, and whether with names.

    Raises ``ExportRefused``.
    """
    if reason := why_not_export(survey, by, number=wanted.number):
        raise ExportRefused(reason)
    if wanted.with_names and not may_export_names(by, survey):
        raise ExportRefused("names")
    table = table_of(survey, wanted)
    told = {"kind": kind, "version": wanted.number, "names": wanted.with_names, "language": wanted.language}
    record("survey.exported", survey, by=by, data=told)
    return Export(_name(survey, "answers", kind), KINDS[kind], _content(survey, table, wanted, kind))


def _content(survey: Survey, table: Table, wanted: Wanted, kind: str) -> Pieces:
    if kind == "csv":
        return as_csv(table.heads, table.rows)
    if kind == "json":
        labels = dict(zip(table.codes, table.heads[-1], strict=True)) if wanted.heads != "codes" else {}
        about = {**_about(survey), "labels": labels, "codebook": entry_records(table.entries)}
        return as_json(about, table.codes, table.rows)
    is_bidi = get_language_info(wanted.language)["bidi"] and wanted.heads != "codes"

    def rows() -> Iterator[Any]:
        yield from table.heads
        yield from table.rows

    return workbook([Page(_("Answers"), rows(), is_bidi), Page(_("Codebook"), entry_rows(table.entries, languages()))])


def codebook_file(survey: Survey, *, kind: str, by: Person) -> Export:
    """Return what all columns and values mean, as a file; it holds no answer. Raises ``ExportRefused``."""
    if not may_export(by, survey):
        raise ExportRefused("right")
    entries = codebook_of(survey)
    rows = entry_rows(entries, languages())
    if kind == "csv":
        content: Pieces = as_csv([next(rows)], rows)
    elif kind == "json":
        content = as_json({**_about(survey), "codebook": entry_records(entries)}, [], [])
    else:
        content = workbook([Page(_("Codebook"), rows)])
    return Export(_name(survey, "codebook", kind), KINDS[kind], content)


def _about(survey: Survey) -> dict[str, Any]:
    return {
        "survey": survey.code,
        "title": {code: getattr(survey, f"title_{code.replace('-', '_')}") or "" for code in languages()},
        "body": localised(survey.organisation, "name")[0],
        "anonymous": survey.is_anonymous,
        "made": timezone.now().isoformat(timespec="seconds"),
        "time_zone": settings.TIME_ZONE,
    }


def _name(survey: Survey, what: str, kind: str) -> str:
    return f"survey-{survey.code}-{what}-{timezone.localdate():%Y-%m-%d}.{kind}"


def why_not_texts(survey: Survey, user: Any) -> str:
    """Return why somebody may not have the texts of a survey (see ``ExportRefused``), or an empty text."""
    if not may_read_texts(user, survey):
        raise ExportRefused("right")
    if shown_versions(survey):
        return ""
    return "few" if survey.is_anonymous and survey.sheets.counted().exists() else "none"


def export_texts(survey: Survey, chosen: Chosen, *, kind: str, by: Person) -> Export:
    """Return the texts that were chosen, each with question, language, tags and theme; raises ``ExportRefused``.

    They stand in an order made by chance, another one in each file.
    """
    if reason := why_not_texts(survey, by):
        raise ExportRefused(reason)
    rows = text_rows(survey, chosen)
    record("survey.texts_exported", survey, by=by, data={"kind": kind})
    if kind == "csv":
        content: Pieces = as_csv([TEXT_COLUMNS], rows)
    elif kind == "json":
        content = as_json(_about(survey), TEXT_COLUMNS, rows)
    else:
        content = workbook([Page(_("Texts"), chain([TEXT_COLUMNS], rows))])
    return Export(_name(survey, "texts", kind), KINDS[kind], content)
