"""The survey's pages on what was answered: files, texts, themes."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from surveys.views import exporting


class Understanding:
    """Adds these pages to the admin of surveys, each for those who may see the survey there."""

    def get_urls(self) -> list[URLPattern]:
        """Put them before the other addresses."""
        pages = [
            ("<int:pk>/export/", self.export_view, "export"),
            ("<int:pk>/codebook/<slug:kind>/", self.codebook_view, "codebook"),
        ]
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"surveys_survey_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask which file, and send it."""
        survey = self._seen(request, pk)
        return exporting.page(request, survey, self._context(request))

    def codebook_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
        """Send the codebook."""
        return exporting.codebook(request, self._seen(request, pk), kind)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "surveys_title": _("Surveys")}
