"""Finding help articles by words: Arabic forms, Chinese words of two characters, mistyped words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection

from portal.text import clean_line, fold
from tickets.models import ArticleText, SearchWord
from tickets.selectors.passages import Piece, beginning, marked, passage
from tickets.selectors.words import ASKING, is_han, words_of

# PostgreSQL's dictionaries; Chinese words are cut by us.
DICTIONARIES = {"ar": "arabic", "en": "english", "zh-hans": "simple"}
LONGEST_QUERY = 200
MOST_WORDS = 12
# As many as are ranked; nobody turns more than ten pages.
MOST_RESULTS = 200
# Of texts (D, unused), summary, title: a word in the title weighs more than any number of them in the text.
WEIGHTS = [0.0, 0.08, 0.4, 1.0]
# Of so many that hold the words in title or summary, and so many that hold them anywhere, the best are looked for: to
# rank every text that holds a common word would take many times as long, and change little.
MOST_RANKED = 1000
# As the index of titles and summaries has it.
_HEAD = "ts_filter(words, '{a,b}')"
_LIKE_ENOUGH = 0.74
_CANDIDATES = 20


@dataclass(frozen=True)
class Words:
    """What is looked for: the stems of each word. A mistyped word has those of the words it may have been."""

    language: str
    stems: tuple[tuple[str, ...], ...] = ()

    @property
    def wanted(self) -> frozenset[str]:
        """All stems, for marking."""
        return frozenset(chain.from_iterable(self.stems))

    def each(self) -> list[str]:
        """Return the query for each word, as PostgreSQL writes queries."""
        return [" | ".join(map(_quoted, stems)) for stems in self.stems]

    def every(self) -> str:
        """Return the query for texts that hold all words."""
        return " & ".join(f"({query})" for query in self.each())

    def some(self) -> str:
        """Return the query for texts that hold any of them."""
        return " | ".join(self.each())


@dataclass(frozen=True)
class Found:
    """What a search found: ids of articles in their order. ``is_close`` when none holds every word as typed."""

    words: Words
    ids: list[int] = field(default_factory=list)
    is_close: bool = False

    @property
    def language(self) -> str:
        """The language whose texts were searched."""
        return self.words.language

    @property
    def shown(self) -> list[int]:
        """Those that are ranked and shown."""
        return self.ids[:MOST_RESULTS]

    @property
    def is_cut(self) -> bool:
        """True when there are more than are ranked."""
        return len(self.ids) > MOST_RESULTS


@dataclass(frozen=True)
class Result:
    """One article as found: title and passage in pieces."""

    article_id: int
    title: list[Piece]
    passage: list[Piece]


def find(text: str, language: str) -> Found:
    """Look in one language, and where nothing is found there, in the others.

    Texts that hold every word come first. Only when there are none: those that hold at least half of them, with
    mistyped words taken for those that articles use.
    """
    own = _find_in(text, language)
    if own.ids:
        return own
    others = (_find_in(text, code) for code in dict(settings.LANGUAGES) if code != language)
    return next((found for found in others if found.ids), own)


def normalised(text: str) -> str:
    """Return a query as it is compared, for counting what is asked alike; empty when there is no word in it."""
    return " ".join(fold(text[:LONGEST_QUERY]).split()) if words_of(text[:LONGEST_QUERY]) else ""


def results(found: Found, ids: Iterable[int]) -> list[Result]:
    """Return these of what was found, with their passages, in their order."""
    wanted, ids = found.words.wanted, list(ids)
    texts = {text.article_id: text for text in ArticleText.objects.filter(language=found.language, article__in=ids)}
    return [_result(texts[pk], wanted) for pk in ids if pk in texts]


def closest(text: str, language: str, limit: int) -> list[int]:
    """Return the articles likest a longer text in its own language: those that share at least two words with it."""
    words = _words(_chosen(text, language, most=2 * MOST_WORDS), language)
    return _sharing(words, min(2, len(words.stems)), limit) if words.stems else []


def _find_in(text: str, language: str) -> Found:
    typed = _chosen(clean_line(text)[:LONGEST_QUERY], language, most=MOST_WORDS)
    words = _words(typed, language)
    if not words.stems:
        return Found(words)
    if ids := _holding_all(words):
        return Found(words, ids)
    mended = _mended(typed, language)
    return Found(mended, _sharing(mended, (len(mended.stems) + 1) // 2, MOST_RESULTS + 1), is_close=True)


def _chosen(text: str, language: str, *, most: int) -> list[str]:
    """Return the words that say what is looked for; those that only ask count when there are no others."""
    typed = list(dict.fromkeys(words_of(text)))
    return ([word for word in typed if word not in ASKING[language]] or typed)[:most]


def _words(typed: list[str], language: str) -> Words:
    return Words(language, tuple(stems for stems in _stems(typed, language) if stems))


def _stems(typed: list[str], language: str) -> list[tuple[str, ...]]:
    """Return the stems of each word as the database's dictionary has them; none for a word that it leaves out."""
    if not typed:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(to_tsvector(%s::regconfig, word))"
            " FROM unnest(%s) WITH ORDINALITY AS typed (word, place) ORDER BY place",
            [DICTIONARIES[language], typed],
        )
        return [tuple(stems) for (stems,) in cursor.fetchall()]


def _holding_all(words: Words) -> list[int]:
    some = " UNION ".join(
        f"(SELECT article_id FROM tickets_articletext WHERE language = %s AND {column} @@ %s::tsquery LIMIT %s)"
        for column in (_HEAD, "words")
    )
    one = [words.language, words.every(), MOST_RANKED]
    return _ids(
        f"WITH holding AS MATERIALIZED ({some})"
        " SELECT article_id FROM holding JOIN tickets_articletext USING (article_id) WHERE language = %s"
        " ORDER BY ts_rank(%s, words, %s::tsquery) DESC, article_id LIMIT %s",
        [*one, *one, words.language, WEIGHTS, words.every(), MOST_RESULTS + 1],
    )


def _sharing(words: Words, needed: int, limit: int) -> list[int]:
    """Return the articles that share so many of the words, those that share most first."""
    each = words.each()
    # Word by word the index alone tells who has it, and who in title or summary; the stored words, which are large,
    # are read of those that share enough, to rank them.
    having = " UNION ALL ".join(
        f"SELECT article_id, {hit} AS hit, {1 - hit} AS head FROM tickets_articletext"
        f" WHERE language = %s AND {column} @@ %s::tsquery"
        for _query in each
        for hit, column in ((1, "words"), (0, _HEAD))
    )
    return _ids(
        f"WITH shared AS MATERIALIZED (SELECT article_id, sum(hit) AS hits FROM ({having}) AS found"
        " GROUP BY article_id HAVING sum(hit) >= %s"
        " ORDER BY hits DESC, sum(head) DESC, article_id LIMIT %s)"
        " SELECT article_id FROM shared JOIN tickets_articletext USING (article_id) WHERE language = %s"
        " ORDER BY hits DESC, ts_rank(%s, words, %s::tsquery) DESC, article_id LIMIT %s",
        [
            *chain.from_iterable((words.language, query) * 2 for query in each),
            *(needed, MOST_RANKED, words.language, WEIGHTS, words.some(), limit),
        ],
    )


def _ids(statement: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]


def _mended(typed: list[str], language: str) -> Words:
    """Return the words' stems; beside a word that no article uses, those of the words it may have been."""
    letters = [word for word in typed if len(word) > 2 and not is_han(word)]
    known = set(SearchWord.objects.filter(language=language, word__in=letters).values_list("word", flat=True))
    groups = [[word, *(_like(word, language) if word in letters and word not in known else [])] for word in typed]
    stems = iter(_stems(list(chain.from_iterable(groups)), language))
    joined = [tuple(dict.fromkeys(chain.from_iterable(next(stems) for _ in group))) for group in groups]
    return Words(language, tuple(group for group in joined if group))


def _like(word: str, language: str) -> list[str]:
    """Return up to three words of the articles that differ from this one by a slip of the finger."""
    near = _likeliest(word, language)
    likeness = {other: SequenceMatcher(None, word, other).ratio() for other in near}
    like = [other for other in near if likeness[other] >= _LIKE_ENOUGH]
    return sorted(like, key=lambda other: -likeness[other])[:3]


def _likeliest(word: str, language: str) -> list[str]:
    near = SearchWord.objects.filter(language=language, word__trigram_similar=word)
    return list(
        near.annotate(likeness=TrigramSimilarity("word", word))
        .order_by("-likeness", "word")
        .values_list("word", flat=True)[:_CANDIDATES]
    )


def _quoted(stem: str) -> str:
    escaped = stem.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _result(text: ArticleText, wanted: frozenset[str]) -> Result:
    shown = passage(text.text, wanted) or passage(text.summary, wanted) or [Piece(beginning(text.summary))]
    return Result(text.article_id, marked(text.title, wanted), shown)
