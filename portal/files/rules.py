"""Judging files by their content: what they are, whether they are whole, and that unpacking them stays small."""

import re
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import puremagic
from django.conf import settings
from PIL import Image, ImageOps

from portal.files.choices import CSV, DOCX, JPEG, ODS, ODT, PDF, PLAIN, PNG, WEBP, XLSX, Mark, Refusal

FORMATS = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}
PACKAGES = (DOCX, XLSX, ODT, ODS)
TEXTS = (CSV, PLAIN)
# A photograph of a good telephone has 12 to 24 million pixels; each takes four bytes while it is open.
MAX_PIXELS = 40_000_000
# A table of a hundred thousand rows unpacks to some tens of megabytes.
MAX_UNPACKED = 150_000_000
MAX_PARTS = 5_000
_CONTENT_TYPES = {
    DOCX: b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    XLSX: b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_LIST_OF_PARTS = "[Content_Types].xml"
_ACTIVE_PARTS = ("vbaproject.bin", "vbadata.xml")
_ACTIVE_FOLDERS = ("basic/", "scripts/")
_HEAD = 1_000_000
# What makes a PDF act by itself or carry other files, by the names that a reader looks for.
_ACTS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|ImportData|SubmitForm)(?![A-Za-z0-9])")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED_OBJECTS = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.S)
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
# Bytes of packed objects that are unpacked for a look, all together.
_MOST_UNPACKED = 20_000_000


class FileRefused(ValueError):
    """The file is not kept. ``code`` says why (see ``Refusal``), ``message`` says it to the person who sent it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = Refusal(code).label


def type_of(data: bytes, allowed: Iterable[str], *, name: str = "") -> str:
    """Return which of the allowed types the content is of; raises ``FileRefused``.

    The name only tells texts apart: a table with commas and a letter are the same to the eye of a machine.
    """
    found = next((candidate for candidate in allowed if candidate not in TEXTS and looks_like(data, candidate)), None)
    if found is not None:
        return found
    texts = [candidate for candidate in allowed if candidate in TEXTS]
    if texts and looks_like(data, texts[0]):
        wanted = CSV if name.lower().endswith(".csv") else PLAIN
        return wanted if wanted in texts else texts[0]
    raise FileRefused(Refusal.TYPE)


def looks_like(data: bytes, content_type: str) -> bool:
    """Tell whether the content is of this type: by its first bytes, by its parts, or as text by being readable."""
    if content_type in TEXTS:
        return _is_text(data)
    if content_type in PACKAGES:
        return _type_of_package(data) == content_type
    try:
        return content_type in {match.mime_type for match in puremagic.magic_string(data)}
    except puremagic.PureError:
        return False


def made_safe(data: bytes, content_type: str) -> bytes:
    """Return the content as it is kept: pictures anew, the rest as it came; raises ``FileRefused``."""
    if content_type in FORMATS:
        return picture_anew(data, content_type)
    if content_type in PACKAGES:
        check_package(data)
    return data


def picture_anew(data: bytes, content_type: str) -> bytes:
    """Return the picture drawn anew, upright, without anything that its file said beside it (place, camera, words)."""
    try:
        with Image.open(BytesIO(data), formats=[FORMATS[content_type]]) as picture:
            # The size stands in the first bytes: nothing has been unpacked yet.
            if picture.width * picture.height > MAX_PIXELS:
                raise FileRefused(Refusal.PIXELS)
            upright = ImageOps.exif_transpose(picture)
            return _written(upright, content_type)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FileRefused(Refusal.PIXELS) from None
    except FileRefused:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError, ArithmeticError, MemoryError):
        # Pillow answers damaged files with almost any of these.
        raise FileRefused(Refusal.CONTENT) from None


def _written(picture: Image.Image, content_type: str) -> bytes:
    if content_type == JPEG:
        picture = picture.convert("L" if picture.mode == "L" else "RGB")
    elif picture.mode not in ("1", "L", "LA", "RGB", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.info.clear()
    buffer = BytesIO()
    options = {JPEG: {"quality": 88, "optimize": True}, WEBP: {"quality": 88}, PNG: {}}[content_type]
    picture.save(buffer, FORMATS[content_type], **options)
    return buffer.getvalue()


def check_package(data: bytes) -> None:
    """Refuse a document whose parts are too many, too large, locked or macros; nothing is unpacked."""
    try:
        with ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
    except (BadZipFile, ValueError, OSError, RuntimeError):
        raise FileRefused(Refusal.CONTENT) from None
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise FileRefused(Refusal.UNPACKED)
    # Parts that lie over one another are how a small file unpacks to a thousand times its size.
    if sum(part.compress_size for part in parts) > len(data):
        raise FileRefused(Refusal.UNPACKED)
    names = [part.filename.lower().replace("\\", "/") for part in parts]
    is_locked = any(part.flag_bits & 1 for part in parts)
    if is_locked or any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise FileRefused(Refusal.CONTENT)
    if any(name.rpartition("/")[2] in _ACTIVE_PARTS or name.startswith(_ACTIVE_FOLDERS) for name in names):
        raise FileRefused(Refusal.ACTIVE)


def mark_of(data: bytes, content_type: str) -> Mark:
    """Return what staff should know of a file that is kept. It warns: a PDF without a mark is not proven harmless."""
    if content_type != PDF:
        return Mark.NONE
    if any(_ACTS.search(_plain_names(part)) for part in (data, *_packed_objects(data))):
        return Mark.ACTIVE
    return Mark.LOCKED if _ENCRYPTED.search(data) else Mark.NONE


def _plain_names(part: bytes) -> bytes:
    """Undo the spelling of letters as #4a, by which a name is hidden from a look like this."""
    return _HEX_IN_NAME.sub(lambda match: bytes([int(match[1], 16)]), part)


def _packed_objects(data: bytes) -> Iterator[bytes]:
    """Unpack the streams in which a PDF keeps objects, up to a bound; what cannot be unpacked is passed over."""
    left = _MOST_UNPACKED
    for match in _PACKED_OBJECTS.finditer(data):
        if left <= 0:
            return
        try:
            unpacked = zlib.decompressobj().decompress(data[match.end() :], left)
        except zlib.error:
            continue
        left -= len(unpacked)
        yield unpacked


def is_scanned_here() -> bool:
    """Tell whether a scanner is configured."""
    return settings.CLAMD is not None


def _type_of_package(data: bytes) -> str | None:
    """Return what a packed document says it is, by the part that every reader opens first."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with ZipFile(BytesIO(data)) as package:
            if "mimetype" in package.namelist():
                said = _start_of(package, "mimetype").decode("ascii", "replace").strip()
                return said if said in (ODT, ODS) else None
            parts = _start_of(package, _LIST_OF_PARTS)
    except (BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, RuntimeError):
        return None
    return next((content_type for content_type, main in _CONTENT_TYPES.items() if main in parts), None)


def _start_of(package: ZipFile, name: str) -> bytes:
    with package.open(name) as part:
        return part.read(_HEAD)


def _is_text(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
