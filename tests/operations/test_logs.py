"""Lines of the log: one JSON object, the request's number, and nothing about a person."""

import json
import logging
import sys

import pytest
from django.test import RequestFactory

from portal.operations.logs import GONE, REQUEST_ID, JsonFormatter, scrubbed, told


def line(message="", *args, name="sawt.test", level=logging.INFO, error=None, **attributes):
    """Return what the formatter makes of one record."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, level, __file__, 1, message, args, info)
    for key, value in attributes.items():
        setattr(record, key, value)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def raised(error, cause=None):
    """Return an exception that was raised here."""
    try:
        raise error from cause
    except type(error):
        return sys.exc_info()[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sent to layla.k+news@example.org at last", f"sent to {GONE} at last"),
        ("to ليلى@مثال.السعودية, then", f"to {GONE}, then"),
        ("from 203.0.113.9:4711", f"from {GONE}:4711"),
        ("from 2001:db8::7 and ::1", f"from {GONE} and {GONE}"),
        ("from 2001:0db8:0000:0000:0000:ff00:0042:8329.", f"from {GONE}."),
        ("at 12:30:45, version 1.2.3", "at 12:30:45, version 1.2.3"),
        ("GET /en/search/?q=ليلى&page=2 failed", f"GET /en/search/?{GONE} failed"),
        ("redis://user:secret@valkey:6379/0 is away", "redis://valkey:6379/0 is away"),
        ("/en/account/password/reset/key/1-cxyz12-0123456789abcdef0123/", f"/en/account/password/reset/key/{GONE}/"),
        ("/en/consultations/k7mq2x9a/", "/en/consultations/k7mq2x9a/"),
        ("called +966 50 123 4567 and 0501234567", f"called {GONE} and {GONE}"),
        ("id 123456789, after 20261122 rows", "id 123456789, after 20261122 rows"),
        ("GET /ar/surveys/k7mq2x9a/a/onlyLettersAreInThisSecretKey/p/p1/", f"GET /ar/surveys/k7mq2x9a/a/{GONE}/p/p1/"),
        ("std::vector", "std::vector"),
    ],
)
def test_what_could_tell_who_somebody_is_goes(text, expected):
    assert scrubbed(text) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyError("Layla"), f"KeyError: '{GONE}'"),
        (
            ValueError("could not convert string to float: “ليلى”"),
            f"ValueError: could not convert string to float: “{GONE}”",
        ),
        (RuntimeError(), "RuntimeError"),
        (
            ValueError(
                'duplicate key value violates unique constraint "accounts_person_key"\nDETAIL:  Key (email)=(a@b.c)'
            ),
            'ValueError: duplicate key value violates unique constraint "accounts_person_key"',
        ),
        (
            ValueError('invalid input syntax for type integer: "layla_k"'),
            f'ValueError: invalid input syntax for type integer: "{GONE}"',
        ),
    ],
)
def test_exceptions_tell_type_and_first_line_without_what_they_quote(error, expected):
    assert told(error) == expected


def test_a_line_holds_time_level_logger_message_and_number():
    token = REQUEST_ID.set("abc-123")
    found = line("%s of %d", "one\nline", 2, facts={"view": "web:home"}, created=0.0)
    REQUEST_ID.reset(token)
    assert found == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "logger": "sawt.test",
        "message": "one\nline of 2",
        "request_id": "abc-123",
        "view": "web:home",
    }


def test_exceptions_given_as_arguments_are_cleaned():
    found = line("The database refused a value at %s: %s", "/en/x/", ValueError('bad "Layla"\nDETAIL: more'))
    assert found["message"] == f'The database refused a value at /en/x/: ValueError: bad "{GONE}"'
    assert line(ValueError("'Layla'"))["message"] == f"ValueError: '{GONE}'"


def test_an_exception_tells_where_and_why():
    error = raised(ValueError("'Layla'"), cause=KeyError("layla@example.org"))
    found = line("failed", error=error)["exception"]
    assert found["text"] == f"ValueError: '{GONE}'"
    assert found["because"] == f"KeyError: '{GONE}'"
    assert [place.rpartition("/")[2].split(":")[0] for place in found["at"]] == ["test_logs.py"]


def test_djangos_lines_on_requests_name_the_view_and_not_the_address():
    request = RequestFactory().get("/en/people/layla@example.org/", {"q": "Layla"})
    request.id = "0123456789"
    found = line("Not Found: %s", request.path, name="django.request", request=request, status_code=404)
    del found["time"]
    assert found == {
        "level": "info",
        "logger": "django.request",
        "message": "the request was refused",
        "status": 404,
        "method": "GET",
        "view": "",
        "request_id": "0123456789",
    }


def test_celerys_lines_on_tasks_name_the_task_and_not_its_arguments():
    data = {"name": "messaging.deliver_due", "id": "7", "description": "raised unexpected", "exc": "KeyError('Layla')"}
    found = line("Task %(name)s: %(exc)s", name="celery.app.trace", data=data)
    assert found["message"] == "Task messaging.deliver_due [7] raised unexpected"


def test_a_line_that_cannot_be_filled_in_is_written_all_the_same():
    assert line("%d people", "many")["message"] == "%d people"
    assert line("%(a)s", {"b": 1})["message"] == "%(a)s"
