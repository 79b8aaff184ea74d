"""The environment is read here and nowhere else."""

import os
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
# What Django's own check of production asks of a key.
KEY_LENGTH, KEY_LETTERS = 50, 5


def text(name: str, default: str | None = None) -> str:
    """Return the variable; without a default, its absence stops the start with a sentence that names it."""
    value = os.environ.get(name, default)
    if value is None or (default is None and not value):
        raise ImproperlyConfigured(f"Set {name} in the environment: the portal does not start without it.")
    return value


def needed(*names: str) -> None:
    """Stop the start with one sentence that names every variable that is missing or empty."""
    missing = [name for name in names if not os.environ.get(name, "").strip()]
    if missing:
        raise ImproperlyConfigured(f"Set {', '.join(missing)} in the environment: the portal does not start without.")


def secret_key(name: str) -> str:
    """Return the key that signs sessions; one that is short, or that stands in a repository, stops the start."""
    value = text(name)
    if len(value) < KEY_LENGTH or len(set(value)) < KEY_LETTERS or value.startswith("development-only"):
        raise ImproperlyConfigured(
            f"{name} must be at least {KEY_LENGTH} random characters that stand nowhere else:"
            " `python3 -c 'import secrets; print(secrets.token_hex(32))'` makes them."
        )
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """Return True for 1, true, yes and on in any case."""
    return os.environ.get(name, str(default)).strip().lower() in TRUE


def number(name: str, default: int) -> int:
    """Return a whole number; anything else stops the start with a sentence."""
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{value}”.") from None


def one_of(name: str, words: tuple[str, ...]) -> str:
    """Return one of these words, the first by default; anything else stops the start with a sentence."""
    value = os.environ.get(name, "").strip().lower() or words[0]
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(words)}, not “{value}”.")
    return value


def items(name: str, default: str = "") -> list[str]:
    """Return a list written with commas."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def database(url: str) -> dict[str, Any]:
    """Turn ``postgres://user:password@host:port/name`` into Django's words.

    ``?host=/folder`` names a Unix socket, as libpq does.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// because Sawt runs on PostgreSQL alone.")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def daemon(name: str) -> str | tuple[str, int] | None:
    """Return where a daemon listens: the path of a Unix socket, host and port, or None where nothing is set.

    Written as ``/path``, ``unix:///path``, ``host:port`` or ``tcp://host:port``; anything else stops the start.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    if value.startswith(("/", "unix://")):
        return value.removeprefix("unix://")
    try:
        parts = urlsplit(f"//{value.removeprefix('tcp://')}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.path:
        raise ImproperlyConfigured(f"{name} must be host:port or the path of a Unix socket, not “{value}”.")
    return host, port


def store(url: str) -> dict[str, Any]:
    """Return ``password`` and number (``db``) of a store's address, for where its host is found by other ways."""
    parts = urlsplit(url)
    number = parts.path.strip("/")
    return {"password": unquote(parts.password or ""), "db": int(number) if number.isdigit() else 0}


def sentinel_url(servers: list[str], *, password: str, db: int) -> str:
    """Return the broker's address by its Sentinels, in Celery's words."""
    secret = f":{quote(password, safe='')}@" if password else ""
    return ";".join(f"sentinel://{secret}{server}/{db}" for server in servers)
