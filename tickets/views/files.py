"""Files of a request, for its sender."""

from django.http import Http404, HttpRequest, HttpResponse

from portal.files.views import file_response
from tickets.selectors.tracking import file_of
from tickets.views.access import Access
from tickets.views.limits import count_wrong


def download(request: HttpRequest, access: Access, file_code: str) -> HttpResponse:
    """Give a file of the conversation as a download; one of a note, or of another request, is not found."""
    stored = file_of(access.ticket, file_code)
    if stored is None:
        count_wrong(request)
        raise Http404
    return file_response(stored)
