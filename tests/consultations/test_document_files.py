"""The PDF of a document says what its page says, in real text, tagged."""

import io

import pytest
from django.core.management import call_command
from pypdf import PdfReader

from engagement.consultations.models import Document
from tests.factories import ConsultationFactory


@pytest.mark.django_db
def test_a_document_without_a_file_gets_one_once():
    document = Document.objects.create(
        consultation=ConsultationFactory(),
        title_en="Plain summary",
        body_en="Hours are recorded **within seven days**.",
    )
    Document.objects.create(consultation=document.consultation, title_en="Nothing to print")
    out = io.StringIO()
    call_command("document_files", stdout=out)
    call_command("document_files", stdout=out)
    assert out.getvalue().splitlines() == ["1 documents as PDF", "0 documents as PDF"]
    document.refresh_from_db()
    reader = PdfReader(document.file.content.open())
    assert "Hours are recorded within seven days." in " ".join(reader.pages[0].extract_text().split())
    assert (reader.root_object["/Lang"], reader.root_object["/MarkInfo"]["/Marked"]) == ("en", True)
    assert (document.language, document.file.name) == ("en", "Plain summary.pdf")
