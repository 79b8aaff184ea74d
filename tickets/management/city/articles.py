"""Ten thousand help articles: the demonstration's, told again for each of many invented places.

Every place and street has a name of its own, so that the search meets as many words as a real portal's.
"""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from portal.accounts.models import Organisation, Person
from portal.registry import DemoStage
from portal.web.management.copying import copy_into
from tickets.choices import ArticleState
from tickets.models import Article, ArticleCategory, ArticleVersion, SearchWord
from tickets.selectors.search import DICTIONARIES
from tickets.selectors.words import words_of
from tickets.services.articles import known_words, plain_text, texts_of

CONTENT = Path(__file__).resolve().parents[2] / "demo"
COLUMNS = {"ar": "ar", "en": "en", "zh-hans": "zh_hans"}
SHORT = {"ar": "ar", "en": "en", "zh-hans": "zh"}
ARTICLES = 10_000
# Of those made here: nothing else begins so.
MARK = "cityarticle"
_BATCH = 500
_WEIGHTS = "abc"
_TEXTS = f"""
    INSERT INTO tickets_articletext (article_id, language, title, summary, text, words)
    SELECT article_id, language, title, summary, text, {
    " || ".join(
        f"setweight(to_tsvector(%(dictionary)s::regconfig, words_{each}), '{each.upper()}')" for each in _WEIGHTS
    )
}
    FROM city_article WHERE language = %(language)s
"""
_AR = "با نو سي را مل كا حو دي فا صب لو هن غر تا شم قي طو رن سا بي مو ضا عل ند زي"
_EN = "ba nor sil ra mel ka ho den fa sab lu han gor ta sham ki to ren sa bi mo dal al nad zi"
_ZH = "安 北 川 东 丰 光 海 和 湖 嘉 江 金 兰 临 明 宁 平 清 荣 山 泰 文 西 新 阳 永 云 中 竹 紫"
_SYLLABLES = {"ar": _AR.split(), "en": _EN.split(), "zh-hans": _ZH.split()}
_TITLES = {"ar": "{title} ({place})", "en": "{title} ({place})", "zh-hans": "{title}（{place}）"}
_LOCAL = {
    "ar": "في {place} يستقبلكم المكتب في شارع {street} رقم {number}، خلف ساحة {square}. احملوا معكم ما ذكر أعلاه.",
    "en": "In {place} the office is at {number} {street} Street, behind {square} Square. Bring what is named above.",
    "zh-hans": "{place}的办事处在{street}路{number}号，{square}广场后面。请携带上述材料。",
}


def load(stage: DemoStage, articles: int = ARTICLES) -> None:
    """Load what is missing to so many published articles, unless some of the city's are there already."""
    if Article.objects.filter(code__startswith=MARK).exists():
        return
    missing = articles - Article.objects.public().count()
    loader = _Loader(stage)
    for start in range(0, missing, _BATCH):
        loader.write(start, min(missing, start + _BATCH))
        stage.say(f"{min(missing, start + _BATCH):,} of {missing:,} help articles")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_article, tickets_articletext, tickets_searchword, tickets_articleversion")


class _Loader:
    def __init__(self, stage: DemoStage) -> None:
        self.stage, self.random = stage, stage.random
        files = [path for path in sorted(CONTENT.glob("*.toml")) if path.stem not in ("categories", "searches")]
        self.rows = [
            (path.stem, row)
            for path in files
            for row in tomllib.loads(path.read_text(encoding="utf-8")).get("articles", [])
            if all(row["text"].get(short) for short in SHORT.values())
        ]
        self.categories = {each.code: each for each in ArticleCategory.objects.all()}
        self.bodies = {each.code: each for each in Organisation.objects.public_bodies()}
        self.editor = Person.objects.get(email="editor@demo.example")

    def write(self, start: int, end: int) -> None:
        """Write these articles with their versions, and what the search reads of them."""
        articles = Article.objects.bulk_create(self._article(number) for number in range(start, end))
        ArticleVersion.objects.bulk_create(
            ArticleVersion(
                article=each,
                number=1,
                texts=texts_of(each),
                behind=each.behind,
                saved_at=each.published_at,
                saved_by_id=self.editor.pk,
            )
            for each in articles
        )
        self._index(articles)

    def _article(self, number: int) -> Article:
        category, row = self.rows[number % len(self.rows)]
        _other, second = self.random.choice(self.rows)
        published = self.stage.anchor - timedelta(days=self.random.uniform(30, 700))
        article = Article(
            code=f"{MARK}{number}",
            organisation=self.bodies[row["body"]],
            category=self.categories[category],
            state=ArticleState.PUBLISHED,
            published_at=published,
            updated_at=published,
            recent_reads=self.random.randint(0, 40),
        )
        for language, column in COLUMNS.items():
            short = SHORT[language]
            names = {name: self._name(language) for name in ("place", "street", "square")}
            names["number"] = str(self.random.randint(1, 180))
            title = _TITLES[language].format(title=row["title"][short].strip(), **names)
            paragraphs = (row["text"][short], _LOCAL[language].format(**names), _first_paragraph(second["text"][short]))
            setattr(article, f"title_{column}", title)
            setattr(article, f"summary_{column}", row["summary"][short].strip())
            setattr(article, f"text_{column}", "\n\n".join(each.strip() for each in paragraphs))
        return article

    def _name(self, language: str) -> str:
        return "".join(self.random.choices(_SYLLABLES[language], k=4)).capitalize()

    def _index(self, articles: list[Article]) -> None:
        """Do for many articles what ``tickets.services.articles`` does for one."""
        found = [row for article in articles for row in _texts(article)]
        known = {
            (row[1], word) for row in found for word in known_words([part.split() for part in row[-len(_WEIGHTS) :]])
        }
        SearchWord.objects.bulk_create(
            [SearchWord(language=language, word=word) for language, word in sorted(known)], ignore_conflicts=True
        )
        parts = ("title", "summary", "text", *(f"words_{weight}" for weight in _WEIGHTS))
        with connection.cursor() as cursor:
            described = ", ".join(f"{name} text" for name in parts)
            cursor.execute(
                f"CREATE TEMP TABLE city_article (article_id bigint, language text, {described}) ON COMMIT DROP"
            )
        copy_into(
            *("city_article", ["article_id", "language", *parts], found),
            total=len(found),
            what="",
            say=lambda line: None,
        )
        with connection.cursor() as cursor:
            for language, dictionary in DICTIONARIES.items():
                cursor.execute(_TEXTS, {"language": language, "dictionary": dictionary})
            cursor.execute("DROP TABLE city_article")


def _texts(article: Article) -> Iterator[tuple[Any, ...]]:
    for language, column in COLUMNS.items():
        parts = [getattr(article, f"{name}_{column}") for name in ("title", "summary", "text")]
        yield article.pk, language, *(plain_text(part) for part in parts), *(_words(part) for part in parts)


def _words(text: str) -> str:
    return " ".join(" ".join(_words_of_line(plain_text(line))) for line in text.splitlines())


# The same lines stand in many articles.
@lru_cache(maxsize=4096)
def _words_of_line(line: str) -> tuple[str, ...]:
    return tuple(words_of(line, for_index=True))


def _first_paragraph(text: str) -> str:
    return text.strip().split("\n\n")[0]
