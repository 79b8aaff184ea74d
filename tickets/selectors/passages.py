"""The passage of a text in which the words stand, for a list of results."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tickets.selectors.words import Piece, is_han, spans

# As much as fills two lines; a Chinese character takes the room of two letters.
LENGTH, LENGTH_HAN = 190, 95
_BEFORE = 3
# Of a text that says one word all the time, the first places are enough.
_LOOKED_AT = 40


def html(pieces: list[Piece]) -> SafeString:
    """Return pieces for a page: every text escaped, those that were wanted in ``<mark>``."""
    parts = ((format_html("<mark>{}</mark>", piece.text) if piece.hit else piece.text,) for piece in pieces)
    return format_html_join("", "{}", parts)


def marked(text: str, wanted: frozenset[str]) -> list[Piece]:
    """Return the whole text in pieces, the wanted words marked."""
    return _pieces(text, spans(text, wanted), 0, len(text))


def passage(text: str, wanted: frozenset[str]) -> list[Piece]:
    """Return the first place in the text where the words stand closest together; nothing when they stand nowhere."""
    found = spans(text, wanted)
    if not found:
        return []
    length = LENGTH_HAN if is_han(text[found[0][0]]) else LENGTH
    if len(text) <= length:
        return _pieces(text, found, 0, len(text))
    start, end = _window(text, found, length)
    pieces = _pieces(text, found, start, end)
    return [*([Piece("… ")] if start else []), *pieces, *([Piece(" …")] if end < len(text) else [])]


def beginning(text: str) -> str:
    """Return the first words of a text, for where no word of it is wanted."""
    length = LENGTH_HAN if text and is_han(text[0]) else LENGTH
    return text if len(text) <= length else text[: _cut_back(text, length)].rstrip() + " …"


def _window(text: str, found: list[tuple[int, int]], length: int) -> tuple[int, int]:
    def inside(first: int) -> int:
        return sum(1 for start, end in found[:_LOOKED_AT] if start >= first and end <= first + length)

    best = max(found[:_LOOKED_AT], key=lambda span: (inside(span[0]), -span[0]))[0]
    start = max(0, best - length // _BEFORE)
    end = min(len(text), start + length)
    start = max(0, end - length)
    return (_cut_on(text, start, best) if start else 0), (_cut_back(text, end) if end < len(text) else end)


def _cut_on(text: str, start: int, latest: int) -> int:
    """Return the begin of the next word, unless that is past the first hit; Chinese has none to wait for."""
    space = text.find(" ", start, latest)
    return start if space < 0 else space + 1


def _cut_back(text: str, end: int) -> int:
    space = text.rfind(" ", max(0, end - 20), end)
    return end if space < 0 else space


def _pieces(text: str, found: list[tuple[int, int]], start: int, end: int) -> list[Piece]:
    pieces, at = [], start
    for first, last in found:
        if first < at or last > end:
            continue
        if first > at:
            pieces.append(Piece(text[at:first]))
        pieces.append(Piece(text[first:last], hit=True))
        at = last
    if at < end:
        pieces.append(Piece(text[at:end]))
    return pieces
