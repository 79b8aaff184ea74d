"""What managers have noted on a month."""

from datetime import date, datetime

from django.db.models import QuerySet

from portal.accounts.models import Organisation
from portal.insight.models import ReportNote


def note_versions(month: date, scope: Organisation | None) -> QuerySet[ReportNote]:
    """Return what was noted on a month and body (None for all), the newest first; the newest is in force."""
    found = ReportNote.objects.filter(month=month, organisation=scope).select_related("author")
    return found.order_by("-number")


def notes_in_force(month: date, scope: Organisation | None) -> list[ReportNote]:
    """Return the notes a report carries: its own, and in the report on all bodies those of each, as far as any say
    something."""
    found = ReportNote.objects.filter(month=month).select_related("organisation", "author")
    if scope is not None:
        found = found.filter(organisation=scope)
    newest = {note.organisation_id: note for note in found.order_by("number")}
    notes = [note for note in newest.values() if note.text]
    return sorted(notes, key=lambda note: (note.organisation_id is not None, note.organisation_id or 0))


def noted_at(month: date, scope: Organisation | None) -> datetime | None:
    """Return when something in the notes of a report was last changed; None when nobody noted anything."""
    found = ReportNote.objects.filter(month=month)
    if scope is not None:
        found = found.filter(organisation=scope)
    return found.order_by("-saved_at").values_list("saved_at", flat=True).first()
