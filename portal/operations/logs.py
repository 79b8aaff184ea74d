"""Logs as JSON, one object a line, without anything about a person.

No rule for programmers holds for every library, so the formatter itself takes out e-mail addresses, network addresses,
telephone numbers, query strings, keys in addresses, passwords in URLs, and what exceptions quote.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# The number of the request or task that this thread works on, empty between them.
REQUEST_ID: ContextVar[str] = ContextVar("sawt_request_id", default="")
LONGEST = 2000
FRAMES = 15
GONE = "…"
_HEX = "[0-9A-Fa-f]{1,4}"
_IPV6 = rf"(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:)*(?:{_HEX})?::(?:{_HEX}:)*(?:{_HEX})?"
_SCRUBBED = [
    # Name and password in a URL, before they could pass for an e-mail address.
    (re.compile(r"(?<=://)[^/\s@]*@"), ""),
    (re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=/]+"), GONE),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), GONE),
    (
        re.compile(rf"(?<![\w:])(?:(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:)*(?:{_HEX})?::(?:{_HEX}:)*(?:{_HEX})?)(?![\w:])"),
        GONE,
    ),
    (re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*"), f"?{GONE}"),
    # Secret links and signed ones, whatever their keys look like.
    (re.compile(r"(/support/(?:r|confirm|erase)/)[^/\s]+"), rf"\1{GONE}"),
    (re.compile(r"(/surveys/[^/\s]+/[ai]/)[^/\s]+"), rf"\1{GONE}"),
    (re.compile(r"(?<=/)(?=[\w-]*\d)[\w-]{20,}"), GONE),
    (re.compile(r"(?<![\w.+-])(?:\+\d|0\d)[\d -]{6,}\d(?![\w.])"), GONE),
]
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|«[^»]*»|‘[^’]*’")


def scrubbed(text: str) -> str:
    """Return a text without what could tell who somebody is."""
    for pattern, instead in _SCRUBBED:
        text = pattern.sub(instead, text)
    return text[:LONGEST]


def told(error: BaseException) -> str:
    """Return type and first line of an exception. What it quotes is left out, except names of our own tables.

    PostgreSQL quotes values in the lines below the first, and in the first those it could not read.
    """
    first = str(error).partition("\n")[0]
    text = scrubbed(_QUOTED.sub(_without_value, first))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _without_value(match: re.Match[str]) -> str:
    name = match[0][1:-1]
    return match[0] if _is_of_ours(name) else f"{match[0][0]}{GONE}{match[0][-1]}"


def _is_of_ours(name: str) -> bool:
    """Tell whether a name is that of a table, column or constraint: it begins with the label of an app."""
    from django.apps import apps

    label, underscore, rest = name.partition("_")
    return bool(underscore and apps.ready and label in apps.app_configs and re.fullmatch(r"[a-z0-9_]+", rest))


class JsonFormatter(logging.Formatter):
    """One record as one line. ``facts``, given as ``extra``, stand beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        request = getattr(record, "request", None)
        if hasattr(request, "META"):
            line |= _of_request(record, request)
        else:
            line["message"] = _message(record)
        if number := getattr(request, "id", "") or REQUEST_ID.get():
            line["request_id"] = number
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)


def _of_request(record: logging.LogRecord, request: Any) -> dict[str, Any]:
    """Say what Django's own loggers say of a request, by the name of its view: their texts hold its address."""
    match = getattr(request, "resolver_match", None)
    status = getattr(record, "status_code", None)
    return {
        "message": "the request failed" if record.exc_info else "the request was refused",
        "status": status,
        "method": request.method,
        "view": match.view_name if match else "",
    }


def _message(record: logging.LogRecord) -> str:
    # Celery's lines on failed tasks quote the exception, which stands beside them anyway.
    if record.name == "celery.app.trace" and isinstance(data := getattr(record, "data", None), dict):
        return scrubbed(
            f"Task {data.get('name')} [{data.get('id')}] {data.get('description', record.levelname.lower())}"
        )
    if isinstance(record.msg, BaseException):
        return told(record.msg)
    args = record.args
    if isinstance(args, tuple):
        args = tuple(told(arg) if isinstance(arg, BaseException) else arg for arg in args)
    try:
        text = str(record.msg) % args if args else str(record.msg)
    except (TypeError, ValueError, KeyError):
        text = str(record.msg)
    return scrubbed(text)


def _exception(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    found: dict[str, Any] = {
        "text": told(error),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        found["because"] = told(cause)
    return found
