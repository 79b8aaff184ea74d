"""The language of a text by its script, and bytes as text whatever their charset is called."""

import re
from contextlib import suppress

_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
# One Chinese character says as much as three letters of a word.
_HAN_WEIGHT = 3
_ENOUGH = 0.3
# Of what stands in bytes above ASCII, so much has to be letters of the script for the guess to hold.
_SURE = 0.8
LOOKED_AT = 20_000


def language_of(text: str) -> str:
    """Return the portal's language whose script a text is written in: Arabic, Chinese, else English."""
    head = text[:LOOKED_AT]
    arabic, han = len(_ARABIC.findall(head)), _HAN_WEIGHT * len(_HAN.findall(head))
    total = arabic + han + len(_LATIN.findall(head))
    if total and max(arabic, han) >= _ENOUGH * total:
        return "ar" if arabic >= han else "zh-hans"
    return "en"


def to_text(data: bytes, charset: str = "") -> str:
    """Return bytes as text: by the charset they are said to be in, else by what they look like. Loses nothing ASCII."""
    for name in (charset, "utf-8"):
        # What a charset is called by a stranger may be no name at all, or that of something that is no charset.
        with suppress(LookupError, ValueError, TypeError):
            return _decoded(data, name)
    return _guessed(data)


def _decoded(data: bytes, name: str) -> str:
    if not name or (name.lower().replace("_", "-") in ("us-ascii", "ascii", "unknown-8bit", "iso-8859-1", "latin1")):
        raise LookupError(name)
    return data.decode(name)


def _guessed(data: bytes) -> str:
    """Guess among what Arabic and Chinese programs of old write, else take it for Western."""
    for name, letters in (("cp1256", _ARABIC), ("gb18030", _HAN)):
        with suppress(UnicodeDecodeError):
            text = data.decode(name)
            above = [character for character in text[:LOOKED_AT] if ord(character) > 127]
            if above and len(letters.findall("".join(above))) >= _SURE * len(above):
                return text
    return data.decode("cp1252", "replace")
