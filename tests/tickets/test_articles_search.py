"""Finding help articles: forms of words, slips, order, passages, and what is remembered of searches in vain."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from portal import registry
from portal.accounts.choices import Role
from tests.factories import ArticleFactory, staff
from tickets.models import ArticleText, SearchMiss
from tickets.selectors.passages import LENGTH, LENGTH_HAN, beginning, marked, passage
from tickets.selectors.search import MOST_RESULTS, Words, closest, find, normalised, results
from tickets.selectors.similar import similar_articles
from tickets.selectors.words import words_of
from tickets.services import searches
from tickets.services.articles import publish_article, retire_article

CODES = {"ar": "ar", "en": "en", "zh-hans": "zh_hans"}


def published(language: str = "en", title: str = "Title", summary: str = "Summary", text: str = "Text"):
    """Return a published article that says this in one language and nothing in the others."""
    said = {f"{field}_{code}": "" for field in ("title", "summary", "text") for code in CODES.values()}
    said |= {f"{field}_{CODES[language]}": words for field, words in zip(
        ("title", "summary", "text"), (title, summary, text), strict=True)}  # fmt: skip
    article = ArticleFactory(**said)
    return publish_article(article, by=staff(Role.EDITOR, article.organisation))


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Parking permits, 2026!", ["parking", "permits", "2026"]),
        ("الوقوفُ والتصاريحُ للسُّكّان", ["وقوف", "تصاريح", "سكان"]),
        ("إلى الآن، الله", ["الي", "الان", "الله"]),
        ("٢٠٢٦ مـــواقف", ["2026", "مواقف"]),
        ("停车许可", ["停车", "车许", "许可"]),
        ("税", ["税"]),
        ("PDF文件 a_b", ["pdf", "文件", "a", "b"]),
        ("'; & | ! :* \\ %_", []),
        ("x" * 90, ["x" * 40]),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


def test_an_index_holds_single_chinese_characters_too():
    assert words_of("停车a", for_index=True) == ["停", "车", "停车", "a"]


# Finding


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "text", "query"),
    [
        ("ar", "تجديد تصريح الوقوف للسكان", "تَصْرِيح"),
        ("ar", "تجديد تصريح الوقوف للسكان", "وقوف السكان"),
        ("ar", "كيف أبلغ عن إنارة الشارع؟", "انارة الشارع"),
        ("ar", "المكتبة والخدمة", "مكتبه خدمه"),
        ("ar", "مستشفى الحي", "مستشفي"),
        ("ar", "رسوم 2026", "٢٠٢٦"),
        ("en", "Policies for parking permits", "policy park permit"),
        ("en", "Café opening hours", "CAFE"),
        ("zh-hans", "如何续办停车许可", "停车"),
        ("zh-hans", "如何续办停车许可", "车"),
        ("zh-hans", "上传PDF文件", "pdf 文件"),
    ],
)
def test_forms_of_words_find_each_other(language, text, query):
    article = published(language, text=text)
    published(language, text={"ar": "غير ذلك", "en": "else", "zh-hans": "其他"}[language])
    found = find(query, language)
    assert (found.ids, found.is_close, found.language) == ([article.pk], False, language)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "text", "query"),
    [
        ("en", "parking permits", "parkng permitt"),
        ("ar", "تصريح الوقوف", "تصريج الوقف"),
        ("en", "old furniture and appliances", "how do I throw away old furniture"),
        ("zh-hans", "如何办理停车许可", "怎么办理停车许可证"),
    ],
)
def test_slips_and_questions_come_close(language, text, query):
    article = published(language, text=text)
    published(language, text={"ar": "غير ذلك", "en": "else", "zh-hans": "其他"}[language])
    found = find(query, language)
    assert (found.ids, found.is_close) == ([article.pk], True)


@pytest.mark.django_db
def test_fewer_than_half_of_the_words_are_not_close():
    published(text="red house")
    assert find("red green blue", "en").ids == []
    assert len(find("red green", "en").ids) == 1


@pytest.mark.django_db
def test_a_word_of_the_title_weighs_more_than_of_the_summary_and_that_more_than_of_the_text():
    in_text = published(text="permit " * 50)
    in_summary = published(summary="permit")
    in_title = published(title="permit")
    assert find("permit", "en").ids == [in_title.pk, in_summary.pk, in_text.pk]


@pytest.mark.django_db
def test_only_what_everybody_may_read_is_found():
    article = published(text="permit")
    ArticleFactory(text_en="permit")
    assert find("permit", "en").ids == [article.pk]
    retire_article(article, by=staff(Role.EDITOR, article.organisation))
    assert find("permit", "en").ids == []


@pytest.mark.django_db
def test_what_is_in_another_language_is_found_when_nothing_is_in_ones_own():
    arabic = published("ar", text="تصريح الوقوف")
    found = find("تصريح", "en")
    assert (found.ids, found.language) == ([arabic.pk], "ar")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["", " ", "'", "& | !", "%", "_", "\\", "a" * 5000, "the of and", "' | 'x", "x:*", "🙂"]
)
def test_whatever_is_typed_is_no_query_language(query):
    published(text="something else")
    assert find(query, "en").ids == []


def test_stems_are_quoted():
    assert Words("en", (("o'b", "c\\d"), ("e",))).every() == "('o''b' | 'c\\\\d') & ('e')"


@pytest.mark.django_db
def test_a_search_takes_the_same_few_queries_whatever_there_is():
    for _article in range(3):
        published(text="parking permit")
    with CaptureQueriesContext(
        connection,
    ) as exact:
        find("parking permit", "en")
    with CaptureQueriesContext(connection) as close:
        find("parkng", "en")
    with CaptureQueriesContext(connection) as vain:
        find("zzzz", "en")
    assert (len(exact), len(close), len(vain)) == (2, 6, 18)


@pytest.mark.django_db
def test_two_hundred_are_ranked():
    article = published(text="permit")
    text = ArticleText.objects.get()
    others = [ArticleFactory(organisation=article.organisation, category=article.category) for _ in range(2)]
    assert find("permit", "en").is_cut is False
    for other in others:
        text.pk, text.article_id = None, other.pk
        text.save()
    found = find("permit", "en")
    assert (len(found.ids), found.is_cut, MOST_RESULTS) == (3, False, 200)


# Passages


def shown(pieces) -> str:
    """Return pieces with brackets round the marked ones."""
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "stems", "expected"),
    [
        ("Parking permits park here.", ["park"], "[Parking] permits [park] here."),
        ("Policies and a policy", ["polici"], "[Policies] and a [policy]"),
        ("والتَّصْريحُ للسكان", ["تصريح"], "[والتَّصْريحُ] للسكان"),
        ("إنارةُ الشارع", ["انار"], "[إنارةُ] الشارع"),
        ("居民停车许可办理", ["停车", "车许", "许可"], "居民[停车许可]办理"),
        ("<b>permit</b> & co", ["permit"], "<b>[permit]</b> & co"),
        ("ﬁle and file", ["file"], "[ﬁle] and [file]"),
        ("parka is no park", ["park"], "[parka] is no [park]"),
        ("cat concatenate", ["cat"], "[cat] concatenate"),
    ],
)
def test_marks_stand_where_the_words_stand_in_the_text_as_written(text, stems, expected):
    assert shown(marked(text, frozenset(stems))) == expected


def test_a_passage_is_where_the_words_stand_closest():
    text = "permit " + "filler words here " * 30 + "the parking permit ends " + "and so on " * 30
    found = shown(passage(text, frozenset(["park", "permit"])))
    assert "the [parking] [permit] ends" in found
    assert found.startswith("… ") and found.endswith(" …")
    assert len(found) <= LENGTH + 20


def test_a_chinese_passage_is_half_as_long():
    found = shown(passage("其他文字" * 60 + "停车许可" + "其他文字" * 60, frozenset(["停车"])))
    assert "[停车]许可" in found
    assert len(found) <= LENGTH_HAN + 10


def test_no_passage_without_the_words():
    assert passage("nothing here", frozenset(["permit"])) == []
    assert beginning("word " * 100).endswith("word …")
    assert beginning("short") == "short"


@pytest.mark.django_db
def test_results_keep_their_order_and_show_the_summary_where_only_the_title_fits():
    first = published(title="permit", summary="A summary", text="words")
    second = published(title="other", text="a permit here")
    found = find("permit", "en")
    rows = results(found, found.ids)
    assert [row.article_id for row in rows] == [first.pk, second.pk]
    assert [shown(row.passage) for row in rows] == ["A summary", "a [permit] here"]


# What is like a text


@pytest.mark.django_db
def test_articles_like_a_letter_are_offered_the_likest_first():
    light = published(title="Street light", summary="Report a light that is out.", text="The street light is dark.")
    published(title="Parking", text="A street with parking.")
    letter = "Good morning, the light in our street has been out for a week and it is dark."
    assert closest(letter, "en", 3) == [light.pk]
    (item,) = similar_articles(letter, "en", 3)
    assert (item.kind, item.title, item.url) == ("article", "Street light", f"/en/help/articles/{light.code}/")
    assert item.excerpt == "Report a light that is out."
    with override("ar"):
        assert registry.things_like(letter, "en", 3) == [item]
    assert registry.things_like("", "en", 3) == registry.things_like(letter, "ar", 3) == []


# Searches in vain


@pytest.mark.django_db
def test_words_in_vain_are_counted_as_normalised():
    for typed in ("شهادةُ ميلاد", "شهاده  ميلاد"):
        assert searches.record_miss(normalised(typed), "ar")
    assert list(SearchMiss.objects.values_list("language", "words", "count")) == [("ar", "شهاده ميلاد", 2)]


@pytest.mark.parametrize(
    "words",
    [
        "my mail reem@example.org",
        "1098765432",
        "٠٥٥ ١٢٣ ٤٥٦٧",
        "+966 55-123-4567",
        "https://example.org/x",
        "www.example.org",
        "x" * 81,
        "one two three four five six seven eight nine",
    ],
)
def test_what_looks_personal_is_not_kept(words):
    assert searches.is_personal(words)


@pytest.mark.parametrize("words", ["vision 2030", "form 4711", "article 12", "one two three four five six seven eight"])
def test_what_does_not_is_kept(words):
    assert not searches.is_personal(words)


@pytest.mark.django_db
def test_personal_words_and_no_words_leave_no_row():
    assert not searches.record_miss("reem@example.org", "en")
    assert not searches.record_miss("", "en")
    assert not SearchMiss.objects.exists()


@pytest.mark.django_db
def test_too_many_give_way_the_least_asked_first(monkeypatch):
    monkeypatch.setattr(searches, "MOST_KEPT", 2)
    now = timezone.now()
    SearchMiss.objects.create(language="en", words="often", count=5, last_at=now - timedelta(days=9))
    SearchMiss.objects.create(language="en", words="once", count=1, last_at=now - timedelta(days=1))
    SearchMiss.objects.create(language="ar", words="مره", count=1, last_at=now - timedelta(days=99))
    searches.record_miss("new", "en")
    assert sorted(SearchMiss.objects.values_list("words", flat=True)) == ["new", "often", "مره"]


@pytest.mark.django_db
def test_what_was_settled_comes_back_when_asked_again():
    searches.record_miss("passport", "en")
    miss = SearchMiss.objects.get()
    searches.settle_miss(miss, by=None)
    assert list(SearchMiss.objects.unsettled()) == []
    searches.record_miss("passport", "en")
    assert list(SearchMiss.objects.unsettled()) == [miss]
