"""The file of a document, made of its own text: the same words as page and as PDF."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from engagement.consultations.models import Document
from engagement.consultations.services import keep_made_file
from portal.insight.management.pdf import write_pdf
from portal.text import localised


def make_file(document: Document) -> None:
    """Lay out the document in the portal's first language that it has, and keep the PDF beside the page."""
    with override(settings.LANGUAGE_CODE):
        title, language = localised(document, "title")
        html = render_to_string("consultations/document_file.html", _context(document, title, language))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "document.pdf"
        write_pdf(html, language, target)
        keep_made_file(document, target.read_bytes(), title=title, language=language)


def _context(document: Document, title: str, language: str) -> dict[str, object]:
    consultation = document.consultation
    return {
        "title": title,
        "language": language,
        "text": localised(document, "body")[0],
        "body_name": localised(consultation.organisation, "name")[0],
        "consultation_title": localised(consultation, "title")[0],
        "demo": settings.DEMO,
    }
