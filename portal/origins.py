"""Where a form comes from, for the few views that ask for no token."""

from django.conf import settings
from django.http import HttpRequest


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Tell whether the browser says that the request was made by another site's page."""
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    is_foreign = request.headers.get("sec-fetch-site", "") == "cross-site"
    return is_foreign or request.headers.get("origin") not in (None, *ours)
