"""The entry of the web server."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever codec its ``Content-Type`` names.

    Django would decode address and form with any of Python's codecs, and some of them raise before a page could say so.
    """

    @property
    def encoding(self) -> str:
        """Always the same."""
        return "utf-8"

    @encoding.setter
    def encoding(self, named: str) -> None:
        """Leave it: a form in another charset is refused by ``BadInputMiddleware``."""


class Application(WSGIHandler):
    """Django's own, with our requests."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Application()
