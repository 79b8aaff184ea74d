"""Private files: checked by content, stored under random names, served so that nothing in them runs."""

import hashlib
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.http import Http404

from portal.files.choices import ScanState
from portal.files.models import StoredFile
from portal.files.services import FileRefused, safe_name, store
from portal.files.views import file_response

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)
HTML = b"<!doctype html><script>alert(1)</script>"


def docx():
    """The least that is a Word document by its content."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<w:document/>")
    return buffer.getvalue()


@pytest.mark.django_db
class TestStore:
    def test_keeps_bytes_hash_and_size_under_a_name_that_tells_nothing(self):
        stored = store(PDF, "تقرير.pdf", content_type="application/pdf")
        assert stored.content.read() == PDF
        assert (stored.size, stored.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
        assert stored.name == "تقرير.pdf"
        assert stored.scan_state == ScanState.NOT_CONFIGURED
        assert "تقرير" not in stored.content.name
        assert "pdf" not in stored.content.name

    def test_takes_a_file_as_well_as_bytes(self):
        assert store(ContentFile(PDF), "a.pdf", content_type="application/pdf").size == len(PDF)

    @pytest.mark.parametrize(
        ("content", "content_type", "code"),
        [
            (b"", "application/pdf", "empty"),
            (HTML, "text/html", "type"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "type"),
            (HTML, "application/pdf", "content"),
            (PNG, "application/pdf", "content"),
            (PDF, "image/png", "content"),
            (b"a\x00b", "text/plain", "content"),
            (b"\xff\xfe\xfa", "text/csv", "content"),
            (PDF + b"x" * 100, "application/pdf", "large"),
        ],
    )
    def test_refuses(self, content, content_type, code):
        with pytest.raises(FileRefused) as refused:
            store(content, "a", content_type=content_type, max_size=120)
        assert refused.value.code == code
        assert not StoredFile.objects.exists()

    @pytest.mark.parametrize(
        ("content", "content_type"),
        [(PDF, "application/pdf"), (PNG, "image/png"), ("أ،ب\n".encode(), "text/csv"), (b"text", "text/plain")],
    )
    def test_accepts(self, content, content_type):
        assert store(content, "a", content_type=content_type).content_type == content_type

    def test_accepts_office_documents(self):
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        assert store(docx(), "a.docx", content_type=kind).content_type == kind


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\folder\\report.pdf", "report.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ('a"b.pdf', "a_b.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("...", "file"),
        ("", "file"),
        ("ن" * 300 + ".pdf", "ن" * 196 + ".pdf"),
    ],
)
def test_names_are_one_harmless_segment(given, kept):
    assert safe_name(given) == kept


@pytest.mark.django_db
class TestServe:
    def test_downloads_locked_in_with_its_name_in_every_script(self):
        response = file_response(store(PDF, "تقرير 1.pdf", content_type="application/pdf"))
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"] == (
            "attachment; filename*=utf-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1%201.pdf"
        )
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"] == "application/pdf"

    def test_text_says_its_encoding_and_shows_without_running(self):
        response = file_response(store(HTML, "a.txt", content_type="text/plain"), download=False)
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["Content-Disposition"] == 'inline; filename="a.txt"'
        assert "sandbox" in response["Content-Security-Policy"]

    def test_a_pdf_shown_in_the_browser_is_not_boxed_in(self):
        response = file_response(store(PDF, "a.pdf", content_type="application/pdf"), download=False)
        assert "sandbox" not in response["Content-Security-Policy"]

    def test_infected_and_lost_files_are_not_there(self):
        stored = store(PDF, "a.pdf", content_type="application/pdf")
        stored.scan_state = ScanState.INFECTED
        with pytest.raises(Http404):
            file_response(stored)
        stored.scan_state = ScanState.CLEAN
        stored.content.storage.delete(stored.content.name)
        with pytest.raises(Http404):
            file_response(stored)
