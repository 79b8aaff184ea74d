"""Serving files: the one gate. Who may have one is decided by the app that owns it, before it calls this."""

from django.http import FileResponse, Http404
from django.utils.translation import gettext

from portal.files.models import StoredFile
from portal.files.services import PDF

LOCKED_IN = "default-src 'none'; sandbox"
# Browsers show no PDF in a sandbox; what stands in the file is known to be one.
LOCKED_IN_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


class FileHeldBack(Http404):
    """The file is there and is given to nobody; ``message`` says why to whoever asked for it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def file_response(stored: StoredFile, *, download: bool = True) -> FileResponse:
    """Return the file as a download, or to be shown in the browser, where nothing in it may run.

    Raises ``FileHeldBack`` for one that is infected or not scanned yet, and ``Http404`` for one gone from the storage.
    """
    if stored.is_infected:
        raise FileHeldBack(gettext("A virus was found in this file, so nobody gets it."))
    if stored.is_held_back:
        raise FileHeldBack(gettext("This file is being checked for viruses. Please try again in a few minutes."))
    try:
        content = stored.content.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=download, filename=stored.name, content_type=_with_charset(stored.content_type)
    )
    shown_pdf = stored.content_type == PDF and not download
    response["Content-Security-Policy"] = LOCKED_IN_PDF if shown_pdf else LOCKED_IN
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


def _with_charset(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type
