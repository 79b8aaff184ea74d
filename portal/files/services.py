"""Storing files: checked by content before anything is written."""

import hashlib
from collections.abc import Collection

import puremagic
from django.core.files.base import ContentFile
from django.db import transaction

from portal.files.models import StoredFile
from portal.text import clean_line

MEGABYTE = 1_000_000


class FileRefused(Exception):
    """The file cannot be taken; ``reason`` is ``empty``, ``large`` or ``type``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def store(content: bytes, name: str, *, allowed: Collection[str], limit: int = 20 * MEGABYTE) -> StoredFile:
    """Store a file whose content is of an allowed type (``application/pdf``); its own name is kept for downloads.

    The type is read from the content, whatever the name says. ``limit`` is in bytes. Raises ``FileRefused``.
    """
    if not content:
        raise FileRefused("empty")
    if len(content) > limit:
        raise FileRefused("large")
    content_type = _type_of(content)
    if content_type not in allowed:
        raise FileRefused("type")
    stored = StoredFile(
        name=clean_line(name)[:200] or "file",
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    stored.content.save("file", ContentFile(content), save=False)
    stored.save()
    return stored


def _type_of(content: bytes) -> str:
    try:
        return puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        return ""
