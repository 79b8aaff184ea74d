"""Words of a text as the search compares them, and where in the text they stand.

Arabic and Latin words are those between spaces and signs, as ``portal.text.fold`` writes them. Chinese has no spaces:
each pair of neighbouring characters counts as a word, so that words of two characters are found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from portal.text import fold

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
# Of a text as written: words with the vowel signs, joiners and lengthenings that folding takes out of them.
_SIGNS = "\u00ad\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f"
_TOKEN = re.compile(rf"[{_HAN}]+|(?:[^\W_{_HAN}]|[{_SIGNS}])+")
_IS_HAN = re.compile(f"[{_HAN}]")
LONGEST_WORD = 40
# The article, and what is written before it: والـ، بالـ، كالـ، فالـ، للـ. The database's dictionary leaves them
# on words that begin with a letter it takes for a prefix, so that وقوف and الوقوف would be strangers.
_ARTICLE = re.compile("(?:[وفبك]?ال|[وف]?لل)(?=[\u0621-\u064a]{3})")
# What only asks, and says nothing of what is asked for; English ones are known to the database.
_ASKING = {
    "ar": "كيف هل ما ماذا متي اين من في علي الي عن ان او لا هذا هذه التي الذي مع كم لماذا يمكن يمكنني اريد هو هي ثم قد",
    "en": "please want need get",
    "zh-hans": "怎么 么办 如何 什么 可以 我想 想要 请问 哪里 多少 为什 怎样 能否 是否",
}
ASKING = {language: frozenset(words.split()) for language, words in _ASKING.items()}


@dataclass(frozen=True)
class Piece:
    """Part of a passage: ``hit`` marks what was searched for. Plain text: whoever shows it escapes it."""

    text: str
    hit: bool = False


def words_of(text: str, *, for_index: bool = False) -> list[str]:
    """Return the words in their order; an index also holds single Chinese characters, for who asks for one."""
    found = []
    for run in _RUN.findall(fold(text)):
        if not _IS_HAN.match(run):
            found.append(_ARTICLE.sub("", run, count=1)[:LONGEST_WORD] if _ARTICLE.match(run) else run[:LONGEST_WORD])
            continue
        if for_index or len(run) == 1:
            found.extend(run)
        found.extend(run[start : start + 2] for start in range(len(run) - 1))
    return found


def is_han(word: str) -> bool:
    """Tell whether this is a Chinese word."""
    return _IS_HAN.match(word) is not None


def spans(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Return where in the text (start, end) wanted words or words of a wanted stem stand, overlapping ones joined."""
    found: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        hits = _han_hits(token, wanted) if is_han(token[0]) else _word_hit(token, wanted)
        for start, end in hits:
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
    return found


def _word_hit(token: re.Match[str], wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    if _is_wanted(_folded(token[0]), wanted):
        yield token.span()


def _han_hits(token: re.Match[str], wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    text = token[0]
    for start in range(len(text)):
        for length in (2, 1):
            if text[start : start + length] in wanted:
                yield token.start() + start, token.start() + start + length
                break


# Articles share most of their words: what one word is, is worked out once.
@lru_cache(maxsize=32768)
def _folded(token: str) -> str:
    return fold(token)


@lru_cache(maxsize=32768)
def _is_wanted(word: str, wanted: frozenset[str]) -> bool:
    return bool(word) and any(_is_form_of(word, stem) for stem in wanted)


def _is_form_of(word: str, stem: str) -> bool:
    """Tell whether a word is the stem with endings, in Arabic also with what is written before it (وبالتصريح)."""
    if word == stem:
        return True
    if len(stem) < 3 or is_han(stem):
        return False
    if "\u0621" <= stem[0] <= "\u064a":
        at = word.find(stem)
        return 0 <= at <= 4 and len(word) - at - len(stem) <= 4
    # Stems of the English dictionary end in i for y: polici for policy.
    roots = (stem, stem[:-1] + "y") if stem.endswith("i") else (stem,)
    return any(word.startswith(root) and len(word) - len(root) <= 5 for root in roots)
