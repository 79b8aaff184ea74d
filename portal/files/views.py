"""Sending a private file. Whoever calls this has checked that the person may have it."""

from django.http import FileResponse

from portal.files.models import StoredFile


def file_response(stored: StoredFile, *, download: bool = True) -> FileResponse:
    """Return the file under its own name, with headers that keep whatever is in it from acting as a page of ours."""
    response = FileResponse(
        stored.content.open("rb"), as_attachment=download, filename=stored.name, content_type=stored.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
