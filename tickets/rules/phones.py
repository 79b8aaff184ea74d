"""Telephone numbers as the world writes them, in one form."""

import re

from django.conf import settings

from portal.text import western_digits

# What people put between the digits of a number.
_BETWEEN = re.compile(r"[\s().\-\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069/]")
_WORLD = re.compile(r"\+[1-9][0-9]{7,14}")
# Countries whose numbers have eight digits and no zero before them: Kuwait, Oman, Bahrain, Qatar.
_EIGHT_DIGITS = {"965", "968", "973", "974"}


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
