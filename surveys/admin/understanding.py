"""The survey's pages on what was answered: files, texts, themes."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from surveys.views import exporting, texts


class Understanding:
    """Adds these pages to the admin of surveys, each for those who may see the survey there."""

    def get_urls(self) -> list[URLPattern]:
        """Put them before the other addresses."""
        pages = [
            ("<int:pk>/export/", self.export_view, "export"),
            ("<int:pk>/codebook/<slug:kind>/", self.codebook_view, "codebook"),
            ("<int:pk>/pdf/", require_POST(self.pdf_view), "pdf"),
            ("<int:pk>/pdf/<int:job>/", self.pdf_file_view, "pdf_file"),
            ("<int:pk>/texts/", self.texts_view, "texts"),
            ("<int:pk>/texts/export/", require_POST(self.texts_export_view), "texts_export"),
            ("<int:pk>/themes/", self.themes_view, "themes"),
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

    def pdf_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask for the results as PDF."""
        return exporting.ask_for(request, self._seen(request, pk))

    def pdf_file_view(self, request: HttpRequest, pk: int, job: int) -> HttpResponseBase:
        """Send a PDF that is ready."""
        return exporting.pdf(request, self._seen(request, pk), job)

    def texts_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show what people wrote, and tag it."""
        return texts.texts(request, self._seen(request, pk), self._context(request))

    def texts_export_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send what people wrote."""
        return texts.export(request, self._seen(request, pk))

    def themes_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show the themes in what people wrote."""
        return texts.themes(request, self._seen(request, pk), self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}
