"""What the programs are told through the environment."""

import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from sawt_tools import paths, system
from sawt_tools.console import Problem

DEFAULT_PORT = 8000
DEFAULT_HOST = "127.0.0.1"
# Without letters and digits that look alike, since people type it.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
# What `make env` gives to the other windows of a developer.
SHARED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "SAWT_DEMO",
    "SAWT_DEMO_PASSWORD",
    "SAWT_BASE_URL",
    "SAWT_VAR",
    "SAWT_MAILBOX",
    "SAWT_FONTS",
    "FONTCONFIG_FILE",
    "LD_LIBRARY_PATH",
    "DJANGO_SETTINGS_MODULE",
)


def is_on(value: str) -> bool:
    """Read a switch as the portal's settings do."""
    return value.strip().lower() in {"1", "true", "yes", "on"}


def port(value: str | None) -> int:
    """Return the port to listen on; anything but a port is a problem."""
    if not value:
        return DEFAULT_PORT
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        raise Problem(f"PORT must be a number from 1 to 65535 and is “{value}”.")
    return int(value)


def kept_secret(name: str, make: str) -> str:
    """Return a secret made once and kept in var/, readable by its owner alone."""
    file = paths.VAR / name
    try:
        found = file.read_text(encoding="ascii").strip()
    except OSError:
        found = ""
    if found:
        return found
    paths.VAR.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as text:
        text.write(make)
    return make


def demo_password() -> str:
    """Return a password one can read out: three groups of five."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))


def site(host: str, number: int) -> str:
    """Return the address people open; a server on all addresses is still reached by localhost here."""
    shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{number}"


def application(host: str, number: int, stores: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of web, worker, beat and commands; what the person has set stays."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "portal.settings.development",
        "SECRET_KEY": kept_secret("secret_key", secrets.token_urlsafe(48)),
        "SAWT_DEMO": "1",
        "SAWT_DEMO_PASSWORD": kept_secret("demo_password", demo_password()),
        "SAWT_BASE_URL": site(host, number),
        "SAWT_VAR": str(paths.VAR),
        "SAWT_MAILBOX": str(paths.VAR / "mailbox"),
        "SAWT_HOSTS": ",".join(
            dict.fromkeys(["localhost", "127.0.0.1", "[::1]", *([host] if host != "0.0.0.0" else [])])
        ),
        "PORT": str(number),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(paths.ROOT),
    }
    found = {name: value for name, value in os.environ.items() if value or name not in ours}
    return ours | found | dict(stores) | system.environment()


def exports(env: Mapping[str, str]) -> str:
    """Return lines for a shell."""
    return "".join(f"export {name}={shlex.quote(env[name])}\n" for name in SHARED if name in env)


def from_exports(lines: str) -> dict[str, str]:
    """Read what ``exports`` wrote."""
    words = (shlex.split(line)[1] for line in lines.splitlines() if line.startswith("export "))
    return dict(word.split("=", 1) for word in words)


def write(env: Mapping[str, str], file: Path) -> None:
    """Keep the lines for `make env` while the services run."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as text:
        text.write(exports(env))
