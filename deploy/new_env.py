"""Print deploy/.env.example with fresh secrets: ``python3 deploy/new_env.py > .env``, then fill in the rest."""

import re
import secrets
import sys
from pathlib import Path

EXAMPLE = Path(__file__).with_name(".env.example")
SECRET = re.compile(r"^(SECRET_KEY|(?:POSTGRES|SAWT_OWNER|SAWT_DATABASE|VALKEY)_PASSWORD)=$", re.MULTILINE)


def filled(text: str) -> str:
    """Return the example with a secret of 256 bits, in hexadecimal, for each name that needs one."""
    return SECRET.sub(lambda match: f"{match[1]}={secrets.token_hex(32)}", text)


if __name__ == "__main__":
    sys.stdout.write(filled(EXAMPLE.read_text(encoding="utf-8")))
