"""States and kinds of files, and why one is not kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """What is known of a file's safety. Without a scanner files are given out unscanned; with one, the clean alone."""

    NOT_CONFIGURED = "none", _("not scanned")
    WAITING = "waiting", _("waiting for the virus scan")
    CLEAN = "clean", _("clean")
    INFECTED = "infected", _("infected")


# What a scanner has still to look at once there is one.
UNSCANNED_STATES = frozenset({ScanState.NOT_CONFIGURED, ScanState.WAITING})


class Mark(models.TextChoices):
    """What staff are told of a file that is kept all the same: a form that reckons is a PDF with a program in it."""

    NONE = "", ""
    ACTIVE = "active", _("Contains active content: open it with care")
    LOCKED = "locked", _("Encrypted: we could not look for active content")


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
    STORAGE = "storage", _("The file could not be stored just now. Please try again later.")
