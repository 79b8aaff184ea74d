"""Sealing: what stands in staging, and in copies of it, is unreadable without the portal's secret.

Contents are padded, since a length alone would find an answer again after it was opened.
"""

import secrets
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12
# In bytes: contents of one length in steps of this look the same.
STEP = 4096


class Unopenable(Exception):
    """The content was sealed with a secret that the portal does not have (any more), or for another urn."""


def seal(content: bytes, urn: str) -> bytes:
    """Return the content sealed for one urn."""
    length = len(content).to_bytes(4, "big")
    padding = bytes(-(len(content) + len(length)) % STEP)
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, length + content + padding, urn.encode())


def unseal(sealed: bytes, urn: str) -> bytes:
    """Return what was sealed, with today's secret or one of ``SECRET_KEY_FALLBACKS``; raises ``Unopenable``."""
    for key in _keys():
        try:
            plain = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], urn.encode())
        except InvalidTag:
            continue
        return plain[4 : 4 + int.from_bytes(plain[:4], "big")]
    raise Unopenable


def _keys() -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _key(secret)


def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sawt.urns").derive(secret.encode())
