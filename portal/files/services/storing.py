"""Storing files: nothing is kept whose content is not what its type says."""

import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone

from portal.celery import enqueue
from portal.files.choices import ENDINGS, TYPES, FileKind, Refusal, ScanState
from portal.files.models import StoredFile, random_path
from portal.files.rules import FileRefused, is_scanned_here, looks_like, made_safe, mark_of, type_of
from portal.text import clean_line

logger = logging.getLogger("sawt.files")

# In bytes.
MAX_SIZE = 20_000_000
NAME_LENGTH = 200


@dataclass(frozen=True)
class Accepted:
    """A file that was checked and may be kept: a safe name, the content as it is kept, and its type."""

    name: str
    content: bytes
    content_type: str


def accept(content: bytes | File, name: str = "", *, kinds: Iterable[FileKind], max_size: int = MAX_SIZE) -> Accepted:
    """Check what somebody sent, and return it ready to be kept; nothing is stored yet.

    The type is judged by the content, whatever name and browser say, and must be of one of these kinds. Pictures
    are drawn anew, upright and without the place where they were taken; documents that would unpack to something
    huge, or hold macros, are refused. Sizes are in bytes. Raises ``FileRefused``.
    """
    name = name or getattr(content, "name", "") or ""
    data = _read(content, max_size)
    content_type = type_of(data, [content_type for kind in kinds for content_type in TYPES[kind]], name=name)
    return Accepted(_named_for(safe_name(name), content_type), made_safe(data, content_type), content_type)


def keep(accepted: Accepted) -> StoredFile:
    """Store a checked file under a random name and return its row.

    Where a scanner is configured it waits for it, and nobody gets it until it is found clean. Raises ``FileRefused``
    with ``storage`` when the storage does not take it; nothing is left there then.
    """
    stored = StoredFile(
        name=accepted.name,
        content_type=accepted.content_type,
        size=len(accepted.content),
        sha256=hashlib.sha256(accepted.content).hexdigest(),
        mark=mark_of(accepted.content, accepted.content_type),
    )
    stored.content.name = _put(accepted.content)
    if is_scanned_here():
        stored.scan_state, stored.scan_due_at = ScanState.WAITING, timezone.now()
        enqueue("files.scan_waiting")
    stored.save()
    return stored


def keep_all(accepted: Iterable[Accepted]) -> list[StoredFile]:
    """Store several files or none: when one cannot be stored, the contents of those before it go too."""
    stored: list[StoredFile] = []
    try:
        with transaction.atomic():
            for each in accepted:
                stored.append(keep(each))
    except FileRefused:
        for each in stored:
            _take_away(each.content.name)
        raise
    return stored


def forget(stored: StoredFile) -> None:
    """Delete a file that nothing names any more; the content goes once the row is gone for good."""
    name = stored.content.name
    stored.delete()
    if name:
        transaction.on_commit(lambda: _take_away(name), robust=True)


def _put(content: bytes) -> str:
    """Write the content to the storage and return its name there."""
    storage = StoredFile._meta.get_field("content").storage
    name = random_path(None, "")
    try:
        return storage.save(name, ContentFile(content))
    # Whatever the storage's client raises: a full disk, a bucket out of reach.
    except Exception:
        logger.exception("A file could not be stored")
        _take_away(name)
        raise FileRefused(Refusal.STORAGE) from None


def _take_away(name: str) -> None:
    storage = StoredFile._meta.get_field("content").storage
    with suppress(Exception):
        storage.delete(name)


def store(content: bytes | File, name: str, *, content_type: str, max_size: int = MAX_SIZE) -> StoredFile:
    """Check and store a file that has to be of this type, and return its row. Raises ``FileRefused``."""
    data = _read(content, max_size)
    if content_type not in ENDINGS:
        raise FileRefused(Refusal.TYPE)
    if not looks_like(data, content_type):
        raise FileRefused(Refusal.CONTENT)
    return keep(Accepted(safe_name(name), made_safe(data, content_type), content_type))


def _read(content: bytes | File, max_size: int) -> bytes:
    """Return the bytes, at most one more than allowed: enough to know that it is too large."""
    if not isinstance(content, bytes):
        content.seek(0)
        content = content.read(max_size + 1)
    if not content:
        raise FileRefused(Refusal.EMPTY)
    if len(content) > max_size:
        raise FileRefused(Refusal.LARGE)
    return content


def safe_name(name: str) -> str:
    """Return a name that is one path segment on every system, with its ending kept when it is too long."""
    cleaned = clean_line(name.replace("\\", "/").rpartition("/")[2]).strip(". ") or "file"
    cleaned = "".join("_" if character in '<>:"|?*' else character for character in cleaned)
    stem, dot, ending = cleaned.rpartition(".")
    if len(cleaned) > NAME_LENGTH and dot and len(ending) <= 10:
        return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
    return cleaned[:NAME_LENGTH]


def _named_for(name: str, content_type: str) -> str:
    """Return the name with an ending of this type: what is called .exe would be run by whoever downloads it."""
    endings = ENDINGS[content_type]
    if name.lower().endswith(tuple(f".{ending}" for ending in endings)):
        return name
    return f"{name[: NAME_LENGTH - len(endings[0]) - 1]}.{endings[0]}"
