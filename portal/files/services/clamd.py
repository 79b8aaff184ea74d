"""Asking clamd, ClamAV's daemon, in its own words: one connection for each question.

The protocol is that of the manual page clamd(8): a command between ``z`` and a zero byte; after INSTREAM the content
in pieces, each behind its length in four bytes, and a length of zero at the end; the answer ends with a zero byte.
"""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.conf import settings

# Seconds: to be let in, for one piece to be taken or one part of an answer to come, and for a whole file.
CONNECT, SILENCE, WHOLE = 5.0, 60.0, 180.0
PIECE = 64 * 1024
# The longest answer we read; a signature's name has some tens of letters.
_LONGEST = 4096
_TOO_LARGE = "size limit exceeded"


class ScannerAway(Exception):
    """Nobody answers where clamd should: no file is to blame."""


class ScanFailed(Exception):
    """This file could not be judged: broken off, too slow, or an answer that means nothing."""


class TooLargeToScan(ScanFailed):
    """The file is longer than clamd takes (StreamMaxLength)."""


def scan(content: BinaryIO) -> str:
    """Have clamd look at a content; return the name of what was found in it, empty for a clean one.

    Raises ``ScannerAway``, ``ScanFailed`` or ``TooLargeToScan``.
    """
    ends_at = time.monotonic() + WHOLE
    with _connected(SILENCE) as line:
        try:
            line.sendall(b"zINSTREAM\0")
            _send(line, content, ends_at)
        except OSError as error:
            # Of a content that is too long clamd says so and hangs up, while we are still sending.
            _refuse_too_large(line, ends_at)
            raise ScanFailed(f"clamd broke off: {type(error).__name__}") from None
        try:
            return _judge(_answer(line, ends_at))
        except OSError as error:
            raise ScanFailed(f"clamd did not answer: {type(error).__name__}") from None


def answers(*, within: float = 2.0) -> bool:
    """Tell whether clamd is there and well, within so many seconds."""
    try:
        with _connected(within) as line:
            line.sendall(b"zPING\0")
            return _answer(line, time.monotonic() + within) == "PONG"
    except (OSError, ScannerAway, ScanFailed):
        return False


@contextmanager
def _connected(patience: float) -> Iterator[socket.socket]:
    where = settings.CLAMD
    line = socket.socket(socket.AF_UNIX) if isinstance(where, str) else None
    try:
        if line is None:
            line = socket.create_connection(where, timeout=min(CONNECT, patience))
        else:
            line.settimeout(min(CONNECT, patience))
            line.connect(where)
    except OSError as error:
        if line is not None:
            line.close()
        raise ScannerAway(type(error).__name__) from None
    with line:
        line.settimeout(patience)
        yield line


def _send(line: socket.socket, content: BinaryIO, ends_at: float) -> None:
    while piece := content.read(PIECE):
        if time.monotonic() > ends_at:
            raise ScanFailed("sending took too long")
        line.sendall(struct.pack("!I", len(piece)) + piece)
    line.sendall(struct.pack("!I", 0))


def _refuse_too_large(line: socket.socket, ends_at: float) -> None:
    """Raise ``TooLargeToScan`` where that is what clamd said before it hung up; any other word counts for nothing."""
    try:
        _judge(_answer(line, ends_at))
    except TooLargeToScan:
        raise
    except (OSError, ScanFailed):
        pass


def _answer(line: socket.socket, ends_at: float) -> str:
    """Read up to the zero byte; an answer without one is only half of it."""
    said = b""
    while not said.endswith(b"\0"):
        if time.monotonic() > ends_at or len(said) > _LONGEST:
            raise ScanFailed("clamd took too long")
        part = line.recv(1024)
        if not part:
            raise ScanFailed("clamd hung up before it had answered")
        said += part
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()


def _judge(answer: str) -> str:
    words = answer.removeprefix("stream:").strip()
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND").strip() or "?"
    if _TOO_LARGE in words:
        raise TooLargeToScan("the file is longer than StreamMaxLength")
    raise ScanFailed(f"clamd said: {words[:200]}")
