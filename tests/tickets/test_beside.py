"""Help articles beside a request: in its language, and their links in the reply."""

import pytest
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import Role
from tests.factories import ArticleFactory, staff
from tickets.selectors.beside import fitting_articles, link_for_reply
from tickets.services.articles import publish_article

pytestmark = pytest.mark.django_db
ASKED = "How can I renew the parking permit of my street?"


@pytest.fixture
def article(body):
    return publish_article(ArticleFactory(organisation=body), by=staff(Role.EDITOR, body))


def page(ticket):
    return reverse("admin:tickets_ticket_desk", args=[ticket.code])


def test_an_article_that_shares_words_is_found_in_the_requests_language(article, ask):
    (found,) = fitting_articles(ask(subject="Permit"), ASKED)
    assert (found.code, found.title) == (article.code, "How do I renew a parking permit?")
    assert found.link == f"{found.title}\nhttp://localhost:8000/en/help/articles/{article.code}/"
    assert fitting_articles(ask(subject="Permit", language="ar"), ASKED) == []


def test_a_draft_and_another_subject_are_not_found(body, ask):
    ArticleFactory(organisation=body)
    assert fitting_articles(ask(subject="Permit"), ASKED) == []


def test_the_address_is_that_of_the_requests_language(article):
    with translation.override("ar"):
        assert link_for_reply(article.code, "zh-hans").endswith(f"/zh-hans/help/articles/{article.code}/")
    assert link_for_reply("nothing", "en") is None


@pytest.mark.parametrize("count", [1, 3])
def test_three_queries_whatever_is_found(body, ask, count, django_assert_num_queries):
    for _ in range(count):
        publish_article(ArticleFactory(organisation=body), by=staff(Role.EDITOR, body))
    ticket = ask(subject="Permit")
    with django_assert_num_queries(3):
        assert len(fitting_articles(ticket, ASKED)) == count


def test_the_link_goes_into_the_reply_behind_what_was_typed(client, agent, article, ask):
    client.force_login(agent)
    ticket = ask(subject="Permit", text=ASKED)
    assert f'value="article-{article.code}"' in client.get(page(ticket)).content.decode()
    answer = client.post(page(ticket), {"text": "Please read:", "insert": f"article-{article.code}"})
    assert answer.context["reply"].initial["text"] == (
        f"Please read:\n\nHow do I renew a parking permit?\nhttp://localhost:8000/en/help/articles/{article.code}/"
    )
    gone = client.post(page(ticket), {"text": "Mine", "insert": "article-none"})
    assert gone.context["reply"].initial["text"] == "Mine"
