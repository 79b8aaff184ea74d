"""Writes of figures, notes and reports."""

from portal.insight.selectors.periods import FutureMonth
from portal.insight.services.definitions import load_definitions, publish_marked, save_definition
from portal.insight.services.notes import NOTE_MAX_LENGTH, NoteChanged, NoteTooLong, save_note
from portal.insight.services.recounting import drifts
from portal.insight.services.reports import (
    PdfFailed,
    build_report,
    claim_report,
    report_html,
    request_report,
)
from portal.insight.services.snapshots import take_month, take_snapshots

__all__ = [
    "NOTE_MAX_LENGTH",
    "FutureMonth",
    "NoteChanged",
    "NoteTooLong",
    "PdfFailed",
    "build_report",
    "claim_report",
    "drifts",
    "load_definitions",
    "publish_marked",
    "report_html",
    "request_report",
    "save_definition",
    "save_note",
    "take_month",
    "take_snapshots",
]
