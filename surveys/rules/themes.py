"""Themes in short texts of one language: groups of texts that use the same words, with the words that tell them apart.

Texts are weighed by their pieces of words (three to five letters within a word; in Chinese pairs of characters), rare
ones more (TF-IDF), and parted by spherical k-means; how many parts there are is what tells them apart best. Everything
follows from the texts and the seed: the same texts give the same themes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from random import Random

from portal.text import fold
from surveys.content.stopwords import CHARACTERS, WORDS

# Fewer texts have no themes; fewer alike are none.
LEAST_TEXTS, LEAST_ALIKE = 10, 3
MOST_THEMES, MOST_TERMS, MOST_EXAMPLES = 8, 5, 3
# Of more texts so many are learnt from, chosen by the seed; all are sorted into what was learnt.
LEARNT_FROM = 600
_ROUNDS = 10
# Beginnings tried: of few texts more, since chance weighs more there.
_STARTS, _STARTS_OF_FEW, _FEW = 3, 12, 200
# The heaviest pieces of a text; the others would only take time.
_PIECES = 60
# Of a text so many characters are read.
_READ = 600
# How near a text is to its theme at least, from 0 to 1.
_NEAR = 0.13
_WORD = re.compile(r"[^\W_]{2,}")
_HAN = re.compile("[\u3400-\u9fff]+")
# Joined to the word behind them: and, so, with, as, for, the.
_PREFIXES = ("وبال", "وال", "فال", "بال", "كال", "ولل", "لل", "ال", "و")

Vector = dict[str, float]


@dataclass(frozen=True)
class Found:
    """A theme: the words that tell it apart, and its texts by place, the nearest first, with their nearness."""

    terms: tuple[str, ...]
    texts: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Read:
    """A text as it is weighed: pieces, and the words by what they are compared by, as they were written."""

    pieces: Mapping[str, int]
    words: Mapping[str, str]


def find(texts: Sequence[str], language: str, *, seed: int = 1) -> list[Found]:
    """Return the themes of texts, the largest first; none where there are fewer than ten texts."""
    if len(texts) < LEAST_TEXTS:
        return []
    chance = Random(seed)
    places = sorted(chance.sample(range(len(texts)), min(LEARNT_FROM, len(texts))))
    learnt = {place: _read(texts[place], language) for place in places}
    weights = _weights(list(learnt.values()))
    vectors = [vector for one in learnt.values() if (vector := _vector(one, weights))]
    centres = _best_centres(vectors, chance)
    # One text after another: the pieces of fifty thousand would not fit beside each other.
    groups = _sorted_into((_vector(_read(text, language), weights) for text in texts), centres)
    kept = [group for group in groups if len(group) >= LEAST_ALIKE]
    terms = _terms([[learnt[place] for place, _near in group if place in learnt] for group in kept], learnt, language)
    found = [Found(words, tuple(group)) for words, group in zip(terms, kept, strict=True) if words]
    return sorted(found, key=lambda one: (-len(one.texts), one.terms))


# Reading


def _read(text: str, language: str) -> Read:
    folded = fold(text[:_READ])
    return _read_chinese(folded) if language == "zh-hans" else _read_words(folded, text[:_READ], language)


def _read_words(folded: str, text: str, language: str) -> Read:
    # What was written is told, not what it is compared by; folding keeps the order of words.
    written = {fold(word): word for word in _WORD.findall(text)}
    stops = _STOPS[language] if language in _STOPS else _STOPS["en"]
    pieces: Counter[str] = Counter()
    words: dict[str, str] = {}
    for word in _WORD.findall(folded):
        stem = _stem(word, language)
        if word in stops or stem in stops or word.isdigit():
            continue
        words.setdefault(stem, _told(written.get(word, word), word, stem))
        padded = f" {stem} "
        pieces.update(padded[at : at + size] for size in (3, 4, 5) for at in range(len(padded) - size + 1))
    return Read(pieces, words)


def _told(written: str, word: str, stem: str) -> str:
    """Return a word as it was written, in small letters and without what is joined to it."""
    joined = len(word) - len(stem) if word.endswith(stem) else 0
    return written.lower()[joined:] if len(written) == len(word) else stem


def _stem(word: str, language: str) -> str:
    if language == "ar":
        for prefix in _PREFIXES:
            # A single letter may be the word's own: واحد.
            least = 4 if len(prefix) == 1 else 3
            if word.startswith(prefix) and len(word) - len(prefix) >= least:
                return word[len(prefix) :]
        return word
    # Singular and plural are told together; the pieces see to the rest.
    return word[:-1] if language == "en" and len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _read_chinese(folded: str) -> Read:
    pieces: Counter[str] = Counter()
    words: dict[str, str] = {}
    for run in _HAN.findall(folded):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)]
        pieces.update(pair for pair in pairs if _says_something(pair))
        for size in (2, 3, 4):
            for at in range(len(run) - size + 1):
                word = run[at : at + size]
                if all(_says_something(word[one : one + 2]) for one in range(size - 1)):
                    words[word] = word
    for word in _WORD.findall(_HAN.sub(" ", folded)):
        if not word.isdigit():
            pieces[word] += 1
            words[word] = word
    return Read(pieces, words)


def _says_something(pair: str) -> bool:
    return pair not in _STOPS["zh-hans"] and not CHARACTERS & set(pair)


_STOPS = {language: frozenset(text.split()) for language, text in WORDS.items()}


# Weighing


def _weights(read: Sequence[Read]) -> dict[str, float]:
    """Return what a piece weighs: more the fewer texts have it; nothing where one alone has it, or more than half."""
    counts = Counter(piece for one in read for piece in one.pieces)
    most = max(len(read) // 2, LEAST_ALIKE)
    return {piece: log(len(read) / count) for piece, count in counts.items() if 2 <= count <= most}


def _vector(read: Read, weights: Mapping[str, float]) -> Vector:
    found = {piece: (1 + log(count)) * weights[piece] for piece, count in read.pieces.items() if piece in weights}
    heaviest = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:_PIECES]
    return _unit(dict(heaviest))


def _unit(vector: Vector) -> Vector:
    length = sqrt(sum(value * value for value in vector.values()))
    return {piece: value / length for piece, value in vector.items()} if length else {}


def _near(one: Vector, centre: Vector) -> float:
    return sum(value * centre[piece] for piece, value in one.items() if piece in centre)


# Parting


def _best_centres(vectors: Sequence[Vector], chance: Random) -> list[Vector]:
    best: tuple[float, list[Vector]] = (-1.0, [])
    starts = _STARTS_OF_FEW if len(vectors) < _FEW else _STARTS
    for count in range(2, min(MOST_THEMES, len(vectors) // LEAST_ALIKE) + 1):
        for _start in range(starts):
            centres = _centres(vectors, count, chance)
            if (worth := _worth(vectors, centres)) > best[0]:
                best = worth, centres
    return best[1]


def _centres(vectors: Sequence[Vector], count: int, chance: Random) -> list[Vector]:
    centres = _first_centres(vectors, count, chance)
    before: list[int] = []
    for _round in range(_ROUNDS):
        nearest = [_nearest(one, centres)[0] for one in vectors]
        if nearest == before:
            break
        before = nearest
        groups: dict[int, list[Vector]] = defaultdict(list)
        for one, place in zip(vectors, nearest, strict=True):
            groups[place].append(one)
        centres = [_middle(groups[place]) if place in groups else centre for place, centre in enumerate(centres)]
    return centres


def _first_centres(vectors: Sequence[Vector], count: int, chance: Random) -> list[Vector]:
    """Return texts far from each other, by chance: the farther from those chosen, the likelier."""
    chosen = [chance.choice(vectors)]
    while len(chosen) < count:
        far = [max(1 - _nearest(one, chosen)[1], 0.0) ** 2 for one in vectors]
        chosen.append(chance.choices(vectors, far)[0] if any(far) else chance.choice(vectors))
    return chosen


def _middle(vectors: Iterable[Vector]) -> Vector:
    total: Vector = defaultdict(float)
    for vector in vectors:
        for piece, value in vector.items():
            total[piece] += value
    return _unit(dict(total))


def _nearest(one: Vector, centres: Sequence[Vector]) -> tuple[int, float]:
    near = [_near(one, centre) for centre in centres]
    place = max(range(len(near)), key=near.__getitem__)
    return place, near[place]


def _worth(vectors: Sequence[Vector], centres: Sequence[Vector]) -> float:
    """Return how well centres tell texts apart: how much nearer each is to its own than to the next, on the whole.

    Groups of one or two count for nothing: their centre is the text itself.
    """
    places = [_nearest(one, centres)[0] for one in vectors]
    sizes = Counter(places)
    total = 0.0
    for one, own in zip(vectors, places, strict=True):
        if sizes[own] >= LEAST_ALIKE:
            near = [_near(one, centre) for centre in centres]
            # The text's own part in its centre is taken out, or small groups would look near.
            inside = max(near[own] - 1 / sizes[own], 0.0)
            total += inside - max(value for place, value in enumerate(near) if place != own)
    return total / len(vectors)


def _sorted_into(vectors: Iterable[Vector], centres: Sequence[Vector]) -> list[list[tuple[int, float]]]:
    groups: list[list[tuple[int, float]]] = [[] for _centre in centres]
    for place, one in enumerate(vectors):
        if one and centres:
            group, near = _nearest(one, centres)
            if near >= _NEAR:
                groups[group].append((place, round(near, 4)))
    return [sorted(group, key=lambda pair: (-pair[1], pair[0])) for group in groups]


# Telling


def _terms(groups: Sequence[Sequence[Read]], read: Mapping[int, Read], language: str) -> list[tuple[str, ...]]:
    everywhere = Counter(word for one in read.values() for word in one.words)
    return [_telling(group, everywhere, len(read), language) for group in groups]


def _telling(group: Sequence[Read], everywhere: Mapping[str, int], total: int, language: str) -> tuple[str, ...]:
    inside = Counter(word for one in group for word in one.words)
    outside = max(total - len(group), 1)

    def worth(word: str) -> float:
        apart = inside[word] / len(group) - (everywhere[word] - inside[word]) / outside
        # In Chinese a longer word that is as frequent tells more than its parts.
        return apart * (1 + 0.2 * (len(word) - 2) if language == "zh-hans" else 1)

    often = [word for word, count in inside.items() if count >= 2]
    chosen: list[str] = []
    for word in sorted(often, key=lambda one: (-worth(one), one)):
        if worth(word) <= 0 or len(chosen) == MOST_TERMS:
            break
        if not any(_overlap(word, other) for other in chosen):
            chosen.append(word)
    return tuple(_as_written(word, group) for word in chosen)


def _as_written(word: str, group: Sequence[Read]) -> str:
    """Return how most people wrote it."""
    written = Counter(one.words[word] for one in group if word in one.words)
    return max(written, key=lambda one: (written[one], one))


def _overlap(word: str, other: str) -> bool:
    """Tell whether one word holds the other, or two Chinese ones are cut out of the same words."""
    if word in other or other in word:
        return True
    return bool(_HAN.match(word)) and (bool(set(word) & set(other)))
