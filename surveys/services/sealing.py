"""Secret links, and unfinished answers that only they open."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
# In bytes: what is shorter looks the same.
STEP = 2048


def new_key() -> str:
    """Return the secret of a link, of 192 bits; it is kept by nobody but its owner."""
    return secrets.token_urlsafe(24)


def hash_of(key: str) -> str:
    """Return what is kept of a secret: its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()


def spent_hash(key: str) -> str:
    """Return what tells that a link was handed in. Without the link nothing leads from here to its draft."""
    return hashlib.sha256(b"handed in:" + key.encode()).hexdigest()


def seal(content: dict[str, Any], key: str) -> bytes:
    """Return the content readable with this secret alone, its length hidden in steps."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_cipher_key(key)).encrypt(nonce, plain + b" " * (-len(plain) % STEP), None)


def unseal(sealed: bytes, key: str) -> dict[str, Any] | None:
    """Return the content, or None where the secret is another one."""
    try:
        return json.loads(AESGCM(_cipher_key(key)).decrypt(sealed[:NONCE], sealed[NONCE:], None))
    except (InvalidTag, ValueError):
        return None


def _cipher_key(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=32, person=b"surveys.draft").digest()
