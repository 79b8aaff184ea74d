"""The PDF of a document says what its page says, in real text, tagged."""

import io

import pytest
from django.core.management import call_command
from pypdf import PdfReader

from engagement.consultations.models import Document
from engagement.consultations.services import keep_made_file, save_document
from engagement.consultations.tasks import lay_out_documents
from portal.accounts.choices import Role
from portal.files.services import store
from tests.factories import ConsultationFactory, staff

PDF_BYTES = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


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


@pytest.mark.django_db
def test_a_made_file_goes_when_its_text_changes_and_a_brought_one_stays():
    consultation = ConsultationFactory()
    editor = staff(Role.EDITOR, consultation.organisation)
    made = Document.objects.create(consultation=consultation, title_en="Summary", body_en="Seven days.")
    keep_made_file(made, PDF_BYTES, title="Summary", language="en")
    save_document(made, stored=None, by=editor)
    assert made.file is not None
    made.body_en = "Ten days."
    save_document(made, stored=None, by=editor)
    assert (made.file, made.made_of) == (None, "")
    assert list(Document.objects.without_file()) == [made]
    brought = store(PDF_BYTES, "signed.pdf", content_type="application/pdf")
    save_document(made, stored=brought, by=editor)
    made.body_en = "Twelve days."
    save_document(made, stored=None, by=editor)
    assert made.file == brought


@pytest.mark.django_db
@pytest.mark.parametrize(("body", "started"), [("text", 1), ("", 0)])
def test_the_clock_starts_a_process_only_when_something_waits(monkeypatch, body, started):
    Document.objects.create(consultation=ConsultationFactory(), title_en="Document", body_en=body)
    calls = []
    monkeypatch.setattr("subprocess.run", lambda command, **options: calls.append(command[-1]))
    lay_out_documents()
    assert calls == ["document_files"] * started
