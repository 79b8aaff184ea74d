"""Private files: checked by content, stored under random names, served so that nothing in them runs."""

import errno
import hashlib
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.http import Http404
from PIL import Image

from portal.files import rules
from portal.files.choices import DOCX, ODT, FileKind, Mark, Refusal, ScanState
from portal.files.models import StoredFile
from portal.files.rules import MAX_PIXELS, mark_of
from portal.files.services import Accepted, FileRefused, accept, keep, keep_all, safe_name, store
from portal.files.views import file_response

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0d"
    "ef46b80000000049454e44ae426082"
)
HTML = b"<!doctype html><script>alert(1)</script>"


def docx(parts=None, compression=ZIP_STORED):
    """The least that is a Word document by its content."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", compression) as package:
        package.writestr("[Content_Types].xml", f'<Types><Override ContentType="{DOCX}.main+xml"/></Types>')
        package.writestr("word/document.xml", "<w:document/>")
        for name, content in (parts or {}).items():
            package.writestr(name, content)
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


def picture(form="JPEG", size=(40, 20), **options):
    """A picture, its first pixel red and the rest blue, with what is said beside it."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def exif(orientation=1):
    """What a telephone writes beside a picture: which way up it was held, the camera, and the place."""
    said = Image.Exif()
    said[0x0112] = orientation
    said[0x010F] = "SecretCamera"
    said.get_ifd(0x8825)[1] = "N"
    said.get_ifd(0x8825)[2] = (24.0, 42.0, 0.0)
    return said


def locked(data):
    """The same package with the mark of a password on each part."""
    return data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")


def odt():
    buffer = BytesIO()
    with ZipFile(buffer, "w") as package:
        package.writestr("mimetype", ODT)
        package.writestr("content.xml", "<office:document-content/>")
    return buffer.getvalue()


ALL = list(FileKind)


class TestAccept:
    @pytest.mark.parametrize(
        ("content", "name", "content_type", "kept_name"),
        [
            (PDF, "تقرير.pdf", "application/pdf", "تقرير.pdf"),
            (PDF, "report.exe", "application/pdf", "report.exe.pdf"),
            (PDF, "", "application/pdf", "file.pdf"),
            (PDF, "م" * 300, "application/pdf", "م" * 196 + ".pdf"),
            (picture("PNG"), "a.PNG", "image/png", "a.PNG"),
            (picture("JPEG"), "a.jpeg", "image/jpeg", "a.jpeg"),
            (picture("WEBP"), "a.png", "image/webp", "a.png.webp"),
            (docx(), "خطة.docx", DOCX, "خطة.docx"),
            (odt(), "a.odt", ODT, "a.odt"),
            (b"a,b\n", "a.csv", "text/csv", "a.csv"),
            (b"words", "a.md", "text/plain", "a.md.txt"),
        ],
    )
    def test_knows_the_type_by_the_content_and_names_it_so(self, content, name, content_type, kept_name):
        accepted = accept(content, name, kinds=ALL)
        assert (accepted.content_type, accepted.name) == (content_type, kept_name)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b"MZ\x90\x00\xff\xfe", "type"),
            (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "content"),
            (picture("JPEG")[:300], "content"),
            (picture("GIF"), "type"),
            (docx({"word/vbaProject.bin": "macro"}), "active"),
            (docx({"../../evil": "x"}), "content"),
            (locked(docx()), "type"),
            (docx({"word/media/x": b"\x00" * 151_000_000}, ZIP_DEFLATED), "unpacked"),
            (docx({f"word/{number}": b"" for number in range(5_000)}), "unpacked"),
            (docx()[:-30], "type"),
        ],
        ids=[
            *("empty", "program", "no_picture", "cut_picture", "gif", "macros", "way_out", "locked", "bomb"),
            *("many_parts", "cut_document"),
        ],
    )
    def test_refuses_in_words(self, content, code):
        with pytest.raises(FileRefused) as refused:
            accept(content, "a", kinds=[FileKind.PDF, FileKind.IMAGE, FileKind.OFFICE])
        assert (refused.value.code, refused.value.message) == (code, Refusal(code).label)

    @pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", HTML])
    def test_what_a_browser_would_run_is_at_most_plain_text(self, content):
        with pytest.raises(FileRefused):
            accept(content, "a.svg", kinds=[FileKind.IMAGE, FileKind.PDF, FileKind.OFFICE])
        assert accept(content, "a.svg", kinds=ALL).content_type == "text/plain"

    def test_only_of_the_kinds_asked_for(self):
        with pytest.raises(FileRefused) as refused:
            accept(PDF, "a.pdf", kinds=[FileKind.IMAGE])
        assert refused.value.code == "type"

    def test_sizes_end_at_the_limit(self):
        assert accept(b"x" * 100, "a.txt", kinds=ALL, max_size=100).content == b"x" * 100
        with pytest.raises(FileRefused) as refused:
            accept(ContentFile(b"x" * 101, name="a.txt"), kinds=ALL, max_size=100)
        assert refused.value.code == "large"

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_pictures_lose_place_and_camera(self, form):
        sent = picture(form, exif=exif())
        assert b"SecretCamera" in sent
        kept = accept(sent, "a", kinds=ALL).content
        assert b"SecretCamera" not in kept
        with Image.open(BytesIO(kept)) as image:
            assert (dict(image.getexif()), image.format, image.size) == ({}, form, (40, 20))

    def test_words_in_a_picture_go(self):
        sent = picture("JPEG", comment=b"SecretWords")
        assert b"SecretWords" in sent
        assert b"SecretWords" not in accept(sent, "a", kinds=ALL).content

    def test_what_is_hidden_behind_a_picture_goes(self):
        assert b"<script>" not in accept(picture("PNG") + HTML, "a", kinds=ALL).content

    def test_pictures_stand_upright(self):
        kept = accept(picture("PNG", exif=exif(orientation=6)), "a", kinds=ALL).content
        with Image.open(BytesIO(kept)) as image:
            red = [image.convert("RGB").getpixel(corner) for corner in ((19, 0), (0, 0), (19, 39))]
            assert (image.size, red) == ((20, 40), [(255, 0, 0), (0, 0, 255), (0, 0, 255)])

    @pytest.mark.parametrize(("mode", "kept"), [("CMYK", "RGB"), ("L", "L"), ("RGB", "RGB")])
    def test_colours_a_browser_shows(self, mode, kept):
        buffer = BytesIO()
        Image.new(mode, (8, 8)).save(buffer, "JPEG")
        with Image.open(BytesIO(accept(buffer.getvalue(), "a", kinds=ALL).content)) as image:
            assert image.mode == kept

    def test_what_was_clear_stays_clear(self):
        buffer = BytesIO()
        Image.new("P", (8, 8)).save(buffer, "PNG", transparency=0)
        with Image.open(BytesIO(accept(buffer.getvalue(), "a", kinds=ALL).content)) as image:
            assert image.convert("RGBA").getpixel((0, 0))[3] == 0

    def test_a_bomb_of_pixels_is_not_opened(self, monkeypatch):
        edge = int(MAX_PIXELS**0.5) + 1
        bomb = BytesIO()
        Image.new("1", (edge, edge)).save(bomb, "PNG")
        monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("unpacked"))
        with pytest.raises(FileRefused) as refused:
            accept(bomb.getvalue(), "a.png", kinds=ALL)
        assert (len(bomb.getvalue()) < 20_000, refused.value.code) == (True, "pixels")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("تقرير.pdf", "attachment; filename*=utf-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf"),
        ("报告 1.pdf", "attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A%201.pdf"),
        ('a"\r\nX-Evil: 1.pdf', 'attachment; filename="a_ X-Evil_ 1.pdf"'),
        ("../../../etc/passwd", 'attachment; filename="passwd.pdf"'),
        ("a\\b\\c.pdf", 'attachment; filename="c.pdf"'),
        ("n" * 300 + ".pdf", f'attachment; filename="{"n" * 196}.pdf"'),
        ("gnp.exe\u202efdp", 'attachment; filename="gnp.exefdp.pdf"'),
    ],
)
def test_names_in_download_headers(name, header):
    response = file_response(keep(accept(PDF, name, kinds=[FileKind.PDF])))
    assert response["Content-Disposition"] == header


# What staff are told of PDF files


def pdf(*objects, packed=b"", trailer=b""):
    """A PDF with these objects; ``packed`` stands in a stream of objects, as most programs write them today."""
    body = b"".join(b"%d 0 obj\n<<%b>>\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    if packed:
        stream = zlib.compress(packed)
        body += b"9 0 obj\n<</Type/ObjStm/Filter/FlateDecode/Length %d>>stream\r\n%b\nendstream\nendobj\n" % (
            len(stream),
            stream,
        )
    return b"%PDF-1.7\n" + body + b"trailer\n<<" + trailer + b">>\n%%EOF\n"


@pytest.mark.parametrize(
    ("content", "mark"),
    [
        (pdf(b"/Type/Catalog"), Mark.NONE),
        (pdf(b"/OpenAction<</S/GoTo/D[1]>>"), Mark.NONE),
        (pdf(b"/S/JavaScript/JS(app.alert(1))"), Mark.ACTIVE),
        (pdf(b"/S/J#61vaScript"), Mark.ACTIVE),
        (pdf(b"/S/Launch/F(cmd.exe)"), Mark.ACTIVE),
        (pdf(b"/Names<</EmbeddedFiles 3 0 R>>"), Mark.ACTIVE),
        (pdf(b"/Type/Font/JSomething 1"), Mark.NONE),
        (pdf(packed=b"1 0 <</S/JavaScript>>"), Mark.ACTIVE),
        (pdf(packed=b"1 0 <</Type/Page>>"), Mark.NONE),
        (pdf(b"/Type/Catalog", trailer=b"/Encrypt 5 0 R"), Mark.LOCKED),
        (pdf(b"/S/JavaScript", trailer=b"/Encrypt 5 0 R"), Mark.ACTIVE),
    ],
    ids=[
        "plain",
        "goes_to",
        "script",
        "hidden",
        "launch",
        "files",
        "font",
        "packed",
        "packed_plain",
        "locked",
        "locked_script",
    ],
)
def test_active_content_of_a_pdf_is_marked(content, mark):
    assert mark_of(content, "application/pdf") == mark
    assert mark_of(content, "text/plain") == Mark.NONE


def test_a_bomb_among_packed_objects_is_unpacked_to_a_bound(monkeypatch):
    monkeypatch.setattr(rules, "_MOST_UNPACKED", 1_000)
    content = pdf(packed=b"\0" * 50_000_000) + pdf(packed=b"/JavaScript")
    assert [len(part) for part in rules._packed_objects(content)] == [1_000]


# A storage that takes nothing more


class FullStorage(FileSystemStorage):
    """Takes a certain number of files; then half of one more, as a disk does that runs full."""

    room = 0

    def _save(self, name, content):
        if self.room:
            self.room -= 1
            return super()._save(name, content)
        super()._save(name, ContentFile(content.read()[:3]))
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full(monkeypatch, tmp_path):
    storage = FullStorage(location=tmp_path)
    monkeypatch.setattr(StoredFile._meta.get_field("content"), "storage", storage)
    return storage


def left_in(storage):
    return [path for path in Path(storage.location).rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_a_full_disk_is_told_in_words_and_leaves_nothing(full):
    with pytest.raises(FileRefused) as refused:
        store(PDF, "a.pdf", content_type="application/pdf")
    assert refused.value.message == "The file could not be stored just now. Please try again later."
    assert (left_in(full), StoredFile.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_of_several_files_all_are_kept_or_none(full):
    full.room = 2
    three = [Accepted(f"{number}.txt", b"words", "text/plain") for number in range(3)]
    with pytest.raises(FileRefused):
        keep_all(three)
    assert (left_in(full), StoredFile.objects.count()) == ([], 0)
    full.room = 3
    assert [stored.name for stored in keep_all(three)] == ["0.txt", "1.txt", "2.txt"]
    assert len(left_in(full)) == 3
