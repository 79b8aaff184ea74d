"""States and kinds of files, and why one is not kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """What is known of a file's safety. Only files made or sent by staff are stored so far, without a scanner."""

    NOT_CONFIGURED = "none", _("not scanned")
    CLEAN = "clean", _("clean")
    INFECTED = "infected", _("infected")


class FileKind(models.TextChoices):
    """What people may be asked for. Nothing that a browser would run: no HTML, no SVG."""

    PDF = "pdf", _("PDF")
    IMAGE = "image", _("picture (PNG, JPEG, WebP)")
    OFFICE = "office", _("document or table (Word, Excel, OpenDocument)")
    TEXT = "text", _("plain text or CSV")


PDF = "application/pdf"
PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
DOCX, XLSX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
ODT, ODS = f"{_OPEN}.text", f"{_OPEN}.spreadsheet"
PLAIN, CSV = "text/plain", "text/csv"

# The types of each kind, with the endings of their names; the first ending is the one given to a name that has none.
TYPES: dict[FileKind, dict[str, tuple[str, ...]]] = {
    FileKind.PDF: {PDF: ("pdf",)},
    FileKind.IMAGE: {PNG: ("png",), JPEG: ("jpg", "jpeg"), WEBP: ("webp",)},
    FileKind.OFFICE: {DOCX: ("docx",), XLSX: ("xlsx",), ODT: ("odt",), ODS: ("ods",)},
    FileKind.TEXT: {PLAIN: ("txt",), CSV: ("csv",)},
}
ENDINGS = {content_type: endings for types in TYPES.values() for content_type, endings in types.items()}


class Refusal(models.TextChoices):
    """Why a file is not kept, in words for the person who sent it."""

    EMPTY = "empty", _("The file is empty.")
    LARGE = "large", _("The file is too large.")
    TYPE = "type", _("Files of this type are not taken.")
    CONTENT = "content", _("The content of the file is not of its type, or it is damaged.")
    PIXELS = "pixels", _("The picture has too many pixels: make it smaller first.")
    UNPACKED = "unpacked", _("The file would be far too large when unpacked.")
    ACTIVE = "active", _("The file holds macros or programs: save it without them.")
