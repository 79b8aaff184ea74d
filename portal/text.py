"""Normalisation of Arabic, Chinese and Latin text for matching, search and filters, and cleaning of input."""

import re
import secrets
import unicodedata

from django.conf import settings
from django.utils.translation import get_language, gettext

# Letters that are easy to read aloud and hard to mistake: no i, l, o, 0, 1, u (and so no words either, mostly).
CODE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"

_EASTERN_DIGITS = {
    ord(c): str(i) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９") for i, c in enumerate(digits)
}
_EASTERN_NUMBERS = _EASTERN_DIGITS | {ord("٫"): ".", ord("٬"): ","}
_ARABIC_FOLDING = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ک": "ك", "ـ": None}
)
# Direction overrides, embeddings and isolates: they can turn round what stands beside them.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad\u061c\u115f\u1160\u3164\uffa0\u2800\ufffc\u180b-\u180e\U0001d159\U000e0000-\U000e0fff]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")
_MANY_BREAKS = re.compile(r"\n{3,}")
# What people put between the digits of a number.
_BETWEEN = re.compile(r"[\s().\-\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069/]")
_WORLD = re.compile(r"\+[1-9][0-9]{7,14}")
# Countries whose numbers have eight digits and no zero before them: Kuwait, Oman, Bahrain, Qatar.
_EIGHT_DIGITS = {"965", "968", "973", "974"}
# Written languages stack at most a few marks on one letter (vowelled Arabic two or three).
MAX_STACKED_MARKS = 4


def new_code(length: int = 10) -> str:
    """Return a random public code: about 49 bits at the usual length, so that it cannot be guessed or counted."""
    # Drawn at once, since the system's randomness is slow to ask; with so many more bits no letter is likelier.
    number = secrets.randbits(5 * length + 64)
    letters = []
    for _ in range(length):
        number, letter = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[letter])
    return "".join(letters)


def western_digits(text: str) -> str:
    """Return the text with Arabic, Persian and full-width digits and decimal marks as Western ones."""
    return text.translate(_EASTERN_NUMBERS)


def world_number(text: str, *, country: str = "") -> str | None:
    """Return a telephone number in the form of E.164, or None when it is none.

    ``country`` is the calling code taken for numbers without one (by default the portal's). 05… is a mobile number
    there; eight digits are one where numbers have eight.
    """
    country = country or settings.PHONE_COUNTRY
    digits = _BETWEEN.sub("", western_digits(text)).replace("＋", "+")
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif re.fullmatch(r"0[1-9][0-9]{7,8}", digits):
        digits = f"+{country}{digits[1:]}"
    elif re.fullmatch(r"5[0-9]{8}", digits) or (country in _EIGHT_DIGITS and re.fullmatch(r"[2-9][0-9]{7}", digits)):
        digits = f"+{country}{digits}"
    return digits if _WORLD.fullmatch(digits) else None


def clean_text(text: str) -> str:
    """Clean a text of several lines written by a person.

    Unifies line ends and composition (NFC), drops control characters, closes direction controls by dropping them,
    caps marks stacked on one letter, and folds more than one empty line into one.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _BIDI_CONTROLS.sub("", _CONTROLS.sub("", text))
    return _MANY_BREAKS.sub("\n\n", _cap_marks(text)).strip()


def clean_line(text: str) -> str:
    """Clean a text of one line: as ``clean_text``, with every run of white space as one space."""
    return " ".join(clean_text(text).split())


def is_blank(text: str) -> bool:
    """Tell whether nothing would be seen: white space, zero-width and other invisible characters or lone marks."""
    visible = _INVISIBLE.sub("", text)
    return not any(unicodedata.category(c)[0] not in "ZCM" for c in visible)


def fold(text: str) -> str:
    """Return the form used for matching and search, never for display.

    Compatibility forms and case are folded; Arabic loses diacritics, tatweel, and the differences of hamza, alif
    maqsura and ta marbuta; Latin loses accents.
    """
    # Before and after the case is folded: capitals among the compatibility forms are only seen once these are undone.
    plain = unicodedata.normalize("NFKD", western_digits(_INVISIBLE.sub("", text)))
    text = unicodedata.normalize("NFKD", plain.casefold())
    text = "".join(c for c in text if unicodedata.category(c) != "Mn")
    return " ".join(text.translate(_ARABIC_FOLDING).split())


def language_order() -> list[str]:
    """Return the portal's languages, the active one first."""
    active = get_language() or settings.LANGUAGE_CODE
    codes = [code for code, _ in settings.LANGUAGES]
    return sorted(codes, key=lambda code: code != active)


def localised(obj: object, field: str) -> tuple[str, str]:
    """Return (text, language) of a translated field: the active language, else the first that has a text.

    The caller shows that the text is not in the reader's language when the two differ.
    """
    for code in language_order():
        text = getattr(obj, f"{field}_{code.replace('-', '_')}", None)
        if text:
            return text, code
    return "", get_language() or settings.LANGUAGE_CODE


def field_in_language(field: object, language: str) -> str:
    """Return the name of a translated field with the language it is written in, both in the reader's language."""
    name = gettext(dict(settings.LANGUAGES)[language])
    return gettext("%(field)s (%(language)s)") % {"field": field, "language": name}


def _cap_marks(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MAX_STACKED_MARKS:
            kept.append(character)
    return "".join(kept)
