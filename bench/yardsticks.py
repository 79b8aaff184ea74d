"""What the sender of mailings is measured by: the standard library, django-newsletter, and its loop."""

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from smtplib import SMTP
from time import perf_counter

from bench import processes

_HERE = Path(__file__).parent
_THEIRS = processes.ROOT / "var" / "bench" / "django-newsletter"
_DATABASE = f"{processes.WORKING}_theirs"
_THEIR_COUNT = 300


def raw(port: int, content: bytes, count: int) -> float:
    """Return the messages a second of the standard library on one connection, with bytes that are there already."""
    line = SMTP("127.0.0.1", port)
    begun = perf_counter()
    for _ in range(count):
        line.sendmail("bounces@sawt.example", ["reader@example.org"], content)
    seconds = perf_counter() - begun
    line.quit()
    return count / seconds


@lru_cache
def their_python() -> str | None:
    """Return an interpreter that has django-newsletter, made the first time; None where it cannot be had."""
    python = _THEIRS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", _THEIRS], check=False)
    words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", _HERE / "theirs.txt"]
    if not python.exists() or subprocess.run(words, check=False).returncode != 0:
        print("django-newsletter cannot be installed here: its loop is measured in its place, which is faster.")
        return None
    return str(python)


def package(port: int) -> float:
    """Return the messages a second of django-newsletter itself, with its own models in a database of its own."""
    from django.db import connection

    kept = ("USER", "PASSWORD", "HOST", "PORT")
    database = {key: str(connection.settings_dict[key]) for key in kept} | {"NAME": _DATABASE}
    if not processes.exists(_DATABASE):
        processes.execute("CREATE DATABASE {}", _DATABASE)
    # Its own modules alone: both have a package of this name.
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE")}
    command = [their_python(), str(_HERE / "theirs.py"), str(port), str(_THEIR_COUNT)]
    done = subprocess.run(
        command, cwd=_HERE, env=env, input=json.dumps(database), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert 9_000 < found["bytes"] < 11_500, found
    return found["sent"] / found["seconds"]


def remove_their_database() -> None:
    """Drop what django-newsletter wrote."""
    processes.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", _DATABASE)


def loop(port: int, text: str, html: str) -> float:
    """Return the messages a second of django-newsletter's loop alone, on this Django and without its queries.

    ``Submission.submit`` of 0.9.1 renders the templates of subject, text and HTML for each subscription, puts them into
    an ``EmailMultiAlternatives`` and sends that, which opens a connection each time. The package itself asks the
    database for the articles twice besides, and takes the tags out of them: it is slower.
    """
    from django.core.mail import EmailMultiAlternatives
    from django.template import engines
    from django.test import override_settings

    subject, text, html = (engines["django"].from_string(each) for each in ("The Monday newsletter", text, html))
    begun = perf_counter()
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_BACKEND=_BACKEND):
        for number in range(_THEIR_COUNT):
            context = {"token": f"{number:034}"}
            message = EmailMultiAlternatives(
                subject.render(context), text.render(context), to=[f"reader{number}@example.org"]
            )
            message.attach_alternative(html.render(context), "text/html")
            message.send()
    return _THEIR_COUNT / (perf_counter() - begun)


_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
