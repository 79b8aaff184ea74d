"""Managers' notes on a month."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.insight.models import ReportNote
from portal.insight.rules import may_report_on
from portal.insight.selectors.notes import note_versions
from portal.insight.selectors.periods import FutureMonth, first_of, this_month
from portal.text import clean_text

NOTE_MAX_LENGTH = 4000


class NoteChanged(Exception):
    """Somebody else has changed the note since it was read; ``newest`` is what it says now."""

    def __init__(self, newest: ReportNote | None) -> None:
        super().__init__("changed")
        self.newest = newest


class NoteTooLong(ValueError):
    """The text has more than ``NOTE_MAX_LENGTH`` characters."""


def save_note(
    *, month: date, organisation: Organisation | None, text: str, language: str, based_on: int, by: Person
) -> ReportNote | None:
    """Write the note of a month anew; what it said before is kept. An empty text takes the note out of reports.

    ``based_on`` is the number of the version that was read (0: there was none). The same text again changes nothing.
    Reports made before keep what they said; the next one asked for is made anew. Raises ``PermissionDenied`` for
    whoever does not manage the body, ``FutureMonth`` for a month that has not begun, ``NoteTooLong``, and
    ``NoteChanged`` for whoever did not see the newest version.
    """
    if not may_report_on(by, organisation):
        raise PermissionDenied
    month, text = first_of(month), clean_text(text).strip()
    if month > this_month():
        raise FutureMonth(month)
    if len(text) > NOTE_MAX_LENGTH:
        raise NoteTooLong
    newest = note_versions(month, organisation).first()
    if (newest.text, newest.language) == (text, language) if newest else not text:
        return newest
    number = newest.number if newest else 0
    if number != based_on:
        raise NoteChanged(newest)
    fields = {"month": month, "organisation": organisation, "text": text, "language": language, "author": by}
    try:
        return _write(number + 1, by, fields)
    except IntegrityError:
        # Another was a moment earlier, by the word of the database.
        raise NoteChanged(note_versions(month, organisation).first()) from None


@transaction.atomic
def _write(number: int, by: Person, fields: dict[str, Any]) -> ReportNote:
    note = ReportNote.objects.create(number=number, **fields)
    record("report_note.saved", note, by=by, data={"month": f"{note.month:%Y-%m}", "number": number})
    return note
