"""The demonstration's help articles, with 13 months of reads, answers and searches.

Texts are written through the services; figures are rows of the past, and the counters are those of the rows. What
exists already is left alone.
"""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from portal.accounts.models import Organisation, Person
from portal.pages.models import Service
from portal.registry import DemoStage
from portal.text import fold
from tickets.choices import Reason
from tickets.models import (
    Article,
    ArticleAnswer,
    ArticleCategory,
    ArticleReads,
    HelpOutcome,
    SearchCount,
    SearchMiss,
)
from tickets.services.articles import publish_article, save_article, save_category
from tickets.services.figures import refresh_recent_reads

CONTENT = Path(__file__).resolve().parent.parent / "demo"
COLUMNS = {"ar": "ar", "en": "en", "zh": "zh_hans"}
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}
DAYS = 396
# Of a day's readers, how many read in which language, and how many say whether it was useful.
_SHARES = {"ar": 0.6, "en": 0.27, "zh-hans": 0.13}
_ANSWERING = 0.04
_FIELDS = ("title", "summary", "text")


def load(stage: DemoStage) -> None:
    """Load the categories and articles that are missing, with their history."""
    editor = Person.objects.get(email="editor@demo.example")
    _load_categories(editor)
    known = set(Article.objects.values_list("title_ar", flat=True))
    written: dict[str, Article] = {}
    rows = [(path.stem, row) for path in sorted(CONTENT.glob("*.toml")) for row in _read(path).get("articles", [])]
    for category, row in rows:
        if row["title"]["ar"] not in known:
            written[row["key"]] = _Loader(stage, editor, row).load(category)
    _relate(rows, written)
    if written:
        _load_searches(stage)
        _load_outcomes(stage)
        refresh_recent_reads(stage.anchor.date())
    stage.say(f"{len(rows)} help articles")


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _texts(row: dict[str, Any], fields: tuple[str, ...]) -> dict[str, str]:
    return {
        f"{field}_{column}": row[field].get(language, "").strip()
        for field in fields
        for language, column in COLUMNS.items()
    }


def _load_categories(editor: Person) -> None:
    known = set(ArticleCategory.objects.values_list("code", flat=True))
    for position, row in enumerate(_read(CONTENT / "categories.toml")["categories"], start=1):
        if row["code"] not in known:
            texts = _texts(row, ("name", "summary"))
            save_category(ArticleCategory(code=row["code"], position=position * 10, **texts), by=editor)


def _relate(rows: list[tuple[str, dict[str, Any]]], written: dict[str, Article]) -> None:
    for _category, row in rows:
        if row["key"] in written:
            related = [written[key] for key in row["related"] if key in written]
            written[row["key"]].related.add(*related)


class _Loader:
    """Writes one article and what readers made of it."""

    def __init__(self, stage: DemoStage, editor: Person, row: dict[str, Any]) -> None:
        self.stage, self.editor, self.row = stage, editor, row
        self.random = stage.random
        self.languages = [code for short, code in LANGUAGES.items() if row["text"].get(short)]
        self.published = stage.anchor - timedelta(days=self.random.randint(380, DAYS), hours=-10)

    def load(self, category: str) -> Article:
        """Write it, publish it, change it where it was changed, and write its figures."""
        service = Service.objects.filter(code=self.row.get("service", "")).first()
        article = Article(
            organisation=Organisation.objects.get(code=self.row["body"]),
            category=ArticleCategory.objects.get(code=category),
            service=service,
            **_texts(self.row, _FIELDS),
        )
        save_article(article, by=self.editor, at=self.published)
        article = publish_article(article, by=self.editor, at=self.published)
        if "update" in self.row:
            self._update(article, self.row["update"])
        self._write_reads(article)
        return article

    def _update(self, article: Article, update: dict[str, Any]) -> None:
        """Add a paragraph in one language, and in those that followed at once; the others are behind since then."""
        day = self.stage.anchor + timedelta(days=update["days"], hours=11)
        for short, column in COLUMNS.items():
            added = update["text"] if short == update["lang"] else update.get(f"also_{short}")
            if added:
                name = f"text_{column}"
                setattr(article, name, f"{getattr(article, name)}\n\n{added}")
        save_article(article, by=self.editor, at=day)
        behind = {name: day.isoformat(timespec="seconds") for name in article.behind}
        Article.objects.filter(pk=article.pk).update(behind=behind)

    def _write_reads(self, article: Article) -> None:
        """Write reads on some days of each month, more of them lately, and the answers of a few readers."""
        reads, answers = [], []
        for days_ago in range(1, DAYS):
            day = (self.stage.anchor - timedelta(days=days_ago)).date()
            if day <= self.published.date() or self.random.random() > 0.3:
                continue
            readers = self.row["popularity"] * self.random.uniform(0.6, 2.2) * (1.4 - days_ago / DAYS)
            for language in self.languages:
                count = round(readers * _SHARES[language])
                if count:
                    reads.append(ArticleReads(article=article, language=language, day=day, count=count))
                    answers += self._answers(article, language, day, count)
        ArticleReads.objects.bulk_create(reads)
        ArticleAnswer.objects.bulk_create(answers)
        useful = sum(answer.is_useful for answer in answers)
        Article.objects.filter(pk=article.pk).update(useful_count=useful, useless_count=len(answers) - useful)

    def _answers(self, article: Article, language: str, day: date, readers: int) -> list[ArticleAnswer]:
        is_behind = any(name.endswith(language.replace("-", "_")) for name in article.behind)
        given = []
        for _reader in range(sum(self.random.random() < _ANSWERING for _each in range(readers))):
            is_useful = self.random.random() < (0.55 if is_behind else 0.82)
            reason = "" if is_useful or self.random.random() < 0.3 else self.random.choice(Reason.values)
            voter = f"{self.random.getrandbits(256):064x}"
            given.append(
                ArticleAnswer(
                    article=article, language=language, day=day, voter=voter, is_useful=is_useful, reason=reason
                )
            )
        return given


def _load_searches(stage: DemoStage) -> None:
    """Write how many searches found something on each day, and what was searched for in vain."""
    counts = []
    for days_ago in range(1, DAYS):
        day = (stage.anchor - timedelta(days=days_ago)).date()
        for language, share in _SHARES.items():
            searches = round(30 * share * stage.random.uniform(0.5, 1.6))
            missed = sum(stage.random.random() < 0.14 for _each in range(searches))
            counts.append(SearchCount(language=language, day=day, found=searches - missed, missed=missed))
    SearchCount.objects.bulk_create(counts, ignore_conflicts=True)
    SearchMiss.objects.bulk_create(
        [_miss(stage, row) for row in _read(CONTENT / "searches.toml")["searches"]], ignore_conflicts=True
    )


def _load_outcomes(stage: DemoStage) -> None:
    """Write how many read help on each day, and how many of them asked all the same."""
    rows = []
    for days_ago in range(1, DAYS):
        readers = round(9 * stage.random.uniform(0.4, 1.7))
        asked = sum(stage.random.random() < 0.24 for _each in range(readers))
        day = (stage.anchor - timedelta(days=days_ago)).date()
        rows.append(HelpOutcome(day=day, readers=readers, asked=asked))
    HelpOutcome.objects.bulk_create(rows, ignore_conflicts=True)


def _miss(stage: DemoStage, row: dict[str, Any]) -> SearchMiss:
    settled = row.get("settled")
    return SearchMiss(
        language=LANGUAGES[row["lang"]],
        words=fold(row["words"]),
        count=row["count"],
        last_at=stage.anchor - timedelta(days=row["days"], hours=-15),
        settled_at=stage.anchor - timedelta(days=settled) if settled else None,
    )
