"""Storing files: nothing is kept whose content is not what its type says."""

import hashlib

import puremagic
from django.core.files.base import ContentFile, File

from portal.files.models import StoredFile
from portal.text import clean_line

PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# Known by their first bytes. Nothing that a browser would run: no HTML, no SVG.
BINARY_TYPES = {
    PDF,
    "image/png",
    "image/jpeg",
    f"{_OFFICE}.wordprocessingml.document",
    f"{_OFFICE}.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
}
TEXT_TYPES = {"text/plain", "text/csv"}
ALLOWED_TYPES = BINARY_TYPES | TEXT_TYPES
MAX_SIZE = 20_000_000
NAME_LENGTH = 200


class FileRefused(ValueError):
    """The file is not kept. ``code`` says why: empty, large, type (not allowed) or content (not of its type)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def store(content: bytes | File, name: str, *, content_type: str, max_size: int = MAX_SIZE) -> StoredFile:
    """Store a file under a random name and return its row.

    Raises ``FileRefused``. The size is in bytes. Types are judged by content, whatever the name says.
    """
    data = _read(content, max_size)
    if not data:
        raise FileRefused("empty")
    if len(data) > max_size:
        raise FileRefused("large")
    if content_type not in ALLOWED_TYPES:
        raise FileRefused("type")
    if not looks_like(data, content_type):
        raise FileRefused("content")
    return StoredFile.objects.create(
        name=safe_name(name),
        content=ContentFile(data, name="content"),
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _read(content: bytes | File, max_size: int) -> bytes:
    """Return the bytes, at most one more than allowed: enough to know that it is too large."""
    if isinstance(content, bytes):
        return content
    content.seek(0)
    return content.read(max_size + 1)


def looks_like(data: bytes, content_type: str) -> bool:
    """Tell whether the content is of this type: by its first bytes, or as text by being readable."""
    if content_type in TEXT_TYPES:
        return _is_text(data)
    try:
        return content_type in {match.mime_type for match in puremagic.magic_string(data)}
    except puremagic.PureError:
        return False


def _is_text(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


def safe_name(name: str) -> str:
    """Return a name that is one path segment on every system, with its ending kept when it is too long."""
    cleaned = clean_line(name.replace("\\", "/").rpartition("/")[2]).strip(". ") or "file"
    cleaned = "".join("_" if character in '<>:"|?*' else character for character in cleaned)
    stem, dot, ending = cleaned.rpartition(".")
    if len(cleaned) > NAME_LENGTH and dot and len(ending) <= 10:
        return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
    return cleaned[:NAME_LENGTH]
