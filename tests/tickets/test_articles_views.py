"""Help articles as visitors and people see them, and how openings are counted."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.choices import Role
from portal.cache import taken
from tests.factories import ArticleFactory, OrganisationFactory, PersonFactory, staff
from tickets.choices import Reason
from tickets.models import Article, ArticleAnswer, SearchMiss
from tickets.services import figures
from tickets.services.articles import publish_article, retire_article, save_article

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
READER = "Mozilla/5.0"


@pytest.fixture
def client():
    """A visitor's browser."""
    return Client(headers={"user-agent": READER})


@pytest.fixture
def editor():
    """An editor of a body."""
    return staff(Role.EDITOR, OrganisationFactory())


@pytest.fixture
def article(editor):
    """A published article."""
    draft = ArticleFactory(organisation=editor.memberships.get().organisation)
    return publish_article(draft, by=editor)


def address(article, language: str = "en", end: str = "") -> str:
    """Return where it is read."""
    return f"/{language}/help/articles/{article.code}/{end}"


# Pages


def test_the_start_page_shows_categories_that_hold_something_and_what_is_read_most(client, article):
    ArticleFactory(category__name_en="Empty but for a draft")
    Article.objects.filter(pk=article.pk).update(recent_reads=5)
    page = client.get("/en/help/").content.decode()
    assert article.category.name_en in page and "1 help article<" in page
    assert "Empty but for a draft" not in page
    assert "How do I renew a parking permit?" in page


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_as_many_queries_for_three_as_for_one(client, editor, article, count):
    for _other in range(count - 1):
        other = ArticleFactory(organisation=article.organisation, category=article.category)
        publish_article(other, by=editor)
        article.related.add(other)
    found = {}
    for place in ("", f"categories/{article.category.code}/", f"articles/{article.code}/", "search/?q=permit"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/en/help/{place}").status_code == 200
        found[place.partition("/")[0]] = len(queries)
    assert found == {"": 2, "categories": 3, "articles": 3, "search": 4}


def test_an_article_in_a_language_it_is_not_written_in_says_so(client, editor, article):
    for field in ("title", "summary", "text"):
        setattr(article, f"{field}_zh_hans", "")
    save_article(article, by=editor)
    page = client.get(address(article, "zh-hans")).content.decode()
    assert 'class="not-yet"' in page
    assert 'lang="ar" dir="rtl"' in page


def test_a_language_that_is_behind_says_so_and_the_others_do_not(client, editor, article):
    article.text_en = "Pay first."
    save_article(article, by=editor)
    shown = {code: "notice-attention" in client.get(address(article, code)).content.decode() for code in ("ar", "en")}
    assert shown == {"ar": True, "en": False}


def test_drafts_and_retired_articles_are_for_their_editors_alone(client, editor, article):
    retire_article(article, by=editor)
    for person in (
        None,
        PersonFactory(),
        staff(Role.EDITOR, OrganisationFactory()),
        staff(Role.AGENT, article.organisation),
    ):
        reader = Client(headers={"user-agent": READER})
        if person:
            reader.force_login(person, backend=BACKEND)
        assert reader.get(address(article)).status_code == 404
    client.force_login(editor, backend=BACKEND)
    page = client.get(address(article)).content.decode()
    assert "Only staff of this body see this page." in page
    assert "useful-title" not in page


def test_related_articles_are_the_chosen_ones_then_those_of_the_category(client, editor, article):
    same = ArticleFactory(organisation=article.organisation, category=article.category, title_en="Same category")
    chosen = ArticleFactory(organisation=article.organisation, title_en="Chosen")
    hidden = ArticleFactory(organisation=article.organisation, category=article.category, title_en="A draft")
    for other in (same, chosen):
        publish_article(other, by=editor)
    article.related.add(chosen, hidden)
    response = client.get(address(article))
    assert [item.title_en for item in response.context["related"]] == ["Chosen", "Same category"]


@pytest.mark.parametrize("place", ["categories/none/", "articles/none2345ab/", "articles/none2345ab/useful/"])
def test_what_is_not_there_is_not_found(client, place):
    method = client.post if place.endswith("useful/") else client.get
    assert method(f"/en/help/{place}").status_code == 404


# Useful or not


def test_a_visitor_answers_without_script_and_token_and_gives_a_reason(article):
    client = Client(enforce_csrf_checks=True)
    response = client.post(address(article, end="useful/"), {"useful": "no"})
    assert (response.status_code, response["Location"]) == (302, f"{address(article)}#useful")
    page = client.get(address(article)).content.decode()
    assert "You answered: no, it was not useful." in page
    assert all(f'value="{reason}"' in page for reason in Reason.values)
    page = client.post(
        address(article, end="useful/"), {"useful": "no", "reason": "unclear"}, follow=True
    ).content.decode()
    assert "Thank you: your answer helps us" in page
    given = ArticleAnswer.objects.get()
    assert (given.is_useful, given.reason, given.language) == (False, "unclear", "en")


def test_one_answer_for_each_session_and_person(client, article):
    for reader in (client, client, Client()):
        reader.post(address(article, end="useful/"), {"useful": "yes"})
    person = PersonFactory()
    for reader in (Client(), Client()):
        reader.force_login(person, backend=BACKEND)
        reader.post(address(article, end="useful/"), {"useful": "no"})
    found = Article.objects.get(pk=article.pk)
    assert (found.useful_count, found.useless_count, ArticleAnswer.objects.count()) == (2, 1, 3)


def test_reading_changes_nothing(client, article):
    for place in (address(article), "/en/help/", "/en/help/search/?q=permit"):
        client.get(place)
    assert client.get(address(article, end="useful/")).status_code == 405
    assert not ArticleAnswer.objects.exists() and not Session.objects.exists()


@pytest.mark.parametrize(
    "data", [{}, {"useful": "perhaps"}, {"useful": "no", "reason": "because"}, {"reason": "unclear"}]
)
def test_an_answer_that_is_none_is_refused_kindly(client, article, data):
    page = client.post(address(article, end="useful/"), data, follow=True).content.decode()
    assert "Please choose one of the answers." in page
    assert not ArticleAnswer.objects.exists()


def test_an_answer_from_another_site_is_refused(client, article):
    headers = {"origin": "https://elsewhere.example"}
    assert client.post(address(article, end="useful/"), {"useful": "no"}, headers=headers).status_code == 403
    assert not ArticleAnswer.objects.exists()


def test_answers_are_limited(settings, article):
    settings.RATELIMIT_ENABLE = True
    answers = [Client().post(address(article, end="useful/"), {"useful": "no"}).status_code for _ in range(31)]
    assert answers == [302] * 30 + [429]


def test_nobody_answers_about_what_they_cannot_read(client, editor, article):
    retire_article(article, by=editor)
    assert client.post(address(article, end="useful/"), {"useful": "no"}).status_code == 404


# Search


@pytest.mark.parametrize("query", ["", "%20", "%27%3B--", "%25_%5C", "%E2%80%8B", "?", "%F0%9F%99%82"])
def test_a_search_without_a_word_asks_for_one(client, article, query):
    page = client.get(f"/en/help/search/?q={query}").content.decode()
    assert "Write one word or more, in any of the three languages." in page
    assert not SearchMiss.objects.exists() and taken(figures.SEARCHES) == {}


def test_a_long_query_is_cut(client, article):
    response = client.get("/en/help/search/", {"q": "permit " * 200})
    assert response.status_code == 200
    assert len(response.context["q"]) == 200
    assert response.context["found"].ids == [article.pk]


def test_a_nul_is_refused_with_a_page(client):
    response = client.get("/en/help/search/?q=a%00b")
    assert response.status_code == 400
    assert "<h1" in response.content.decode()


def test_passages_cannot_bring_markup(client, editor):
    hostile = "<script>alert(1)</script> permit <img src=x onerror=alert(2)>"
    article = ArticleFactory(
        organisation=editor.memberships.get().organisation, title_en=hostile, summary_en=hostile, text_en=hostile
    )
    publish_article(article, by=editor)
    for query in ("permit", "script", "onerror", "<script>alert(1)</script>"):
        page = client.get("/en/help/search/", {"q": query}).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "<mark>" in page


def test_nothing_found_is_remembered_once_an_hour_from_one_address(client, settings):
    settings.RATELIMIT_ENABLE = True
    for _time in range(3):
        page = client.get("/en/help/search/?q=Passport renewal").content.decode()
    assert "Nothing was found" in page
    miss = SearchMiss.objects.get()
    assert (miss.language, miss.words, miss.count) == ("en", "passport renewal", 1)
    client.get("/en/help/search/?q=Passport renewal", REMOTE_ADDR="10.0.0.9")
    miss.refresh_from_db()
    assert miss.count == 2


def test_one_address_cannot_fill_the_list(client, settings):
    settings.RATELIMIT_ENABLE = True
    for number in range(35):
        client.get(f"/en/help/search/?q=nothing{chr(97 + number % 26)}{'x' * (number // 26)}")
    assert SearchMiss.objects.count() == 30


def test_machines_and_further_pages_are_not_counted(client, article):
    client.get("/en/help/search/?q=zzzz", headers={"user-agent": "ExampleBot/1.0"})
    client.get("/en/help/search/?q=zzzz&page=2")
    assert not SearchMiss.objects.exists() and taken(figures.SEARCHES) == {}
    client.get("/en/help/search/?q=permit")
    client.get("/en/help/search/?q=zzzz")
    assert {key.split(" ", 1)[1]: count for key, count in taken(figures.SEARCHES).items()} == {
        "en found": 1,
        "en missed": 1,
    }


# Openings


def counted() -> dict[str, int]:
    """Return the openings by language and code, and forget them."""
    found = {key.split(" ", 1)[1]: count for key, count in taken(figures.READS).items()}
    cache.settled(figures.READS)
    return found


def test_openings_are_counted_for_pages_from_the_cache_too(client, settings, article):
    settings.PAGE_CACHE_SECONDS = 60
    first = client.get(address(article))
    with CaptureQueriesContext(connection) as queries:
        client.get(address(article))
        again = client.get(address(article), headers={"if-none-match": first["ETag"]})
    assert (len(queries), again.status_code) == (0, 304)
    client.get(address(article, "ar"))
    assert counted() == {f"en {article.code}": 3, f"ar {article.code}": 1}


def test_what_nobody_reads_is_not_counted(client, editor, article):
    client.head(address(article))
    client.get(address(article), headers={"user-agent": "Examplebot"})
    client.get(address(article), headers={"sec-purpose": "prefetch;prerender"})
    client.get("/en/help/articles/nothing234/")
    client.post(address(article, end="useful/"), {"useful": "yes"})
    client.force_login(editor, backend=BACKEND)
    client.get(address(article))
    assert counted() == {}
    citizen = Client(headers={"user-agent": READER})
    citizen.force_login(PersonFactory(), backend=BACKEND)
    citizen.get(address(article))
    assert counted() == {f"en {article.code}": 1}


def test_the_menu_leads_to_help_in_all_languages(client, article):
    for code, _name in settings.LANGUAGES:
        assert f'href="/{code}/support/"' in client.get(f"/{code}/").content.decode()
        assert f'href="/{code}/help/"' in client.get(f"/{code}/support/").content.decode()
