"""Words that most articles hold: only so many are ranked, and those that have them in title or summary come first."""

import pytest
from django.db import connection

from tests.tickets.test_articles_search import published
from tickets.selectors import search

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch):
    """Let two articles be many."""
    monkeypatch.setattr(search, "MOST_RANKED", 2)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("language", "word", "other"), [("en", "office", "hours"), ("ar", "المكتب", "الساعات"), ("zh-hans", "办事", "时间")]
)
def test_the_title_is_found_behind_however_many_texts(language, word, other):
    for _number in range(4):
        published(language, title=other, summary=other, text=word)
    best = published(language, title=word, summary=other, text=other)
    found = search.find(word, language).ids
    # Two by their text, and the one by its title, which stands first.
    assert (found[0], len(found)) == (best.pk, 3)


@pytest.mark.usefixtures("few")
def test_of_mistyped_words_the_title_comes_first_too():
    for _number in range(4):
        published(title="Hours", summary="Hours", text="the registration")
    best = published(title="Registration", summary="Hours", text="Hours")
    found = search.find("registratoin", "en")
    assert (found.ids[0], len(found.ids), found.is_close) == (best.pk, 2, True)


@pytest.mark.usefixtures("few")
def test_sharing_more_words_goes_before_standing_in_the_title():
    title = published(title="Library", summary="Hours", text="Hours")
    both = published(title="Hours", summary="Hours", text="library books")
    published(title="Library", summary="Library", text="Hours")
    assert search.find("library books zzz", "en").ids[0] == both.pk
    assert title.pk in search.find("library", "en").ids


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
def test_titles_are_read_from_their_own_index(language):
    published(language)
    with connection.cursor() as cursor:
        # Of a handful of rows any way is cheap: only the way in question is left.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tickets_articletext DROP CONSTRAINT article_text_once")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT article_id FROM tickets_articletext"
            f" WHERE language = %s AND {search._HEAD} @@ '''a'''::tsquery",
            [language],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"article_head_{language.replace('-', '_')}" in plan
