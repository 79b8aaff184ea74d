"""Help articles in the admin: by the editors of their body, through the services."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal import registry
from portal.accounts.choices import Role
from tests.factories import ArticleFactory, OrganisationFactory, staff
from tickets.choices import ArticleState
from tickets.models import Article, ArticleAnswer, ArticleCategory, ArticleReads, SearchMiss
from tickets.services.articles import publish_article
from tickets.services.searches import record_miss

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TEXTS = [f"{field}_{code}" for field in ("title", "summary", "text") for code in ("ar", "en", "zh_hans")]


@pytest.fixture
def article():
    """A draft."""
    return ArticleFactory()


@pytest.fixture
def editor(client, article):
    """An editor of its body, signed in."""
    person = staff(Role.EDITOR, article.organisation)
    client.force_login(person, backend=BACKEND)
    return person


def address(name: str, *args) -> str:
    """Return an address of the admin in English."""
    with override("en"):
        return reverse(f"admin:tickets_{name}", args=args)


def answers(article, **changes) -> dict:
    """Return the form as a browser sends it, with these changes."""
    inline = {f"versions-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    rest = {"organisation": article.organisation_id, "category": article.category_id, "service": ""}
    return {name: getattr(article, name) or "" for name in TEXTS} | rest | inline | changes


def test_an_editor_writes_and_publishes(client, article, editor):
    other = ArticleFactory(organisation=article.organisation)
    changed = answers(article, title_en="Another title", related=[other.pk])
    response = client.post(address("article_change", article.pk), changed)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert client.get(address("article_move", article.pk, "published")).status_code == 200
    assert Article.objects.get(pk=article.pk).state == ArticleState.DRAFT
    client.post(address("article_move", article.pk, "published"))
    stored = Article.objects.get(pk=article.pk)
    assert (stored.title_en, stored.state, list(stored.related.all())) == ("Another title", "published", [other])
    assert stored.versions.get().saved_by_id == editor.pk


def test_an_editor_may_begin_in_any_language(client, article, editor):
    only_english = dict.fromkeys(TEXTS, "") | {"title_en": "New", "summary_en": "New", "text_en": "New"}
    response = client.post(address("article_add"), answers(article, **only_english))
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Article.objects.get(title_en="New").organisation == article.organisation


@pytest.mark.parametrize(("said", "behind"), [({}, {"text_ar", "text_zh_hans"}), ({"_wording_only": "on"}, set())])
def test_what_a_change_means_is_asked_with_it(client, article, editor, said, behind):
    publish_article(article, by=editor)
    client.post(address("article_change", article.pk), answers(article, text_en="Changed", **said))
    assert set(Article.objects.get().behind) == behind


def test_half_a_language_is_given_back_with_what_was_typed(client, article, editor):
    publish_article(article, by=editor)
    response = client.post(address("article_change", article.pk), answers(article, text_en="", title_en="Kept words"))
    page = response.content.decode()
    assert "In English something is missing: title, summary and text belong together." in page
    assert "Kept words" in page
    assert Article.objects.get().title_en == "How do I renew a parking permit?"


def test_a_preview_shows_the_page_and_saves_nothing(client, article, editor):
    response = client.post(
        address("article_change", article.pk), answers(article, title_ar="عنوان جديد", _preview="ar")
    )
    page = response.content.decode()
    assert "عنوان جديد" in page and "preview-strip" in page
    stored = Article.objects.get()
    assert (stored.title_ar, stored.state) == ("كيف أجدد تصريح الوقوف؟", ArticleState.DRAFT)


def test_what_is_missing_is_said_before_publishing(client, article, editor):
    Article.objects.update(text_en="")
    page = client.get(address("article_move", article.pk, "published")).content.decode()
    assert "In English something is missing" in page
    client.post(address("article_move", article.pk, "published"))
    assert Article.objects.get().state == ArticleState.DRAFT


def test_others_do_not_reach_it(client, article, editor):
    for role, body in ((Role.EDITOR, OrganisationFactory()), (Role.AGENT, article.organisation)):
        stranger = Client()
        stranger.force_login(staff(role, body), backend=BACKEND)
        assert stranger.post(address("article_move", article.pk, "published")).status_code == 404
        stranger.post(address("article_change", article.pk), answers(article, title_en="Mine"))
    assert Article.objects.get().title_en == "How do I renew a parking permit?"


def test_figures_stand_beside_the_article(client, article, editor):
    publish_article(article, by=editor)
    today = timezone.localdate()
    ArticleReads.objects.create(article=article, language="en", day=today, count=1234)
    for number, is_useful in enumerate((True, False, False)):
        reason = "" if is_useful else "unclear"
        ArticleAnswer.objects.create(
            article=article, voter=str(number), language="en", day=today, is_useful=is_useful, reason=reason
        )
    page = client.get(address("article_change", article.pk)).content.decode()
    assert "1,234" in page
    assert "33.3%</bdi> (1 / 3)" in page
    assert "It is hard to understand</dt><dd>2</dd>" in page


def test_categories_belong_to_the_ministrys_editors(client, article, editor):
    assert client.get(address("articlecategory_add")).status_code == 403
    ministry = OrganisationFactory(kind="ministry")
    client.force_login(staff(Role.EDITOR, ministry), backend=BACKEND)
    data = {"code": "water", "position": "5"} | {f"{name}_{code}": "Water" for name in ("name", "summary")
                                                 for code in ("ar", "en", "zh_hans")}  # fmt: skip
    assert client.post(address("articlecategory_add"), data).status_code == 302
    assert ArticleCategory.objects.get(code="water").position == 5


def test_searches_in_vain_lead_to_a_new_article(client, article, editor):
    record_miss("护照", "zh-hans")
    page = client.get(address("searchmiss_changelist")).content.decode()
    link = f"{address('article_add')}?title_zh_hans=%E6%8A%A4%E7%85%A7"
    assert link in page
    assert (
        'value="护照"' in client.get(link).content.decode() or ">护照</textarea>" in client.get(link).content.decode()
    )
    chosen = {"action": "settle", "_selected_action": [SearchMiss.objects.get().pk]}
    told = client.post(address("searchmiss_changelist"), chosen, follow=True).content.decode()
    assert "1 search was taken off." in told
    assert "护照" not in client.get(address("searchmiss_changelist")).content.decode()
    assert "护照" in client.get(address("searchmiss_changelist") + "?settled=yes").content.decode()


def test_searches_are_for_editors_and_managers(client, article):
    record_miss("passport", "en")
    for role, status in ((Role.MANAGER, 200), (Role.AGENT, 403), (Role.MODERATOR, 403)):
        client.force_login(staff(role, article.organisation), backend=BACKEND)
        assert client.get(address("searchmiss_changelist")).status_code == status, role
    client.force_login(staff(Role.MANAGER, article.organisation), backend=BACKEND)
    chosen = {"action": "settle", "_selected_action": [SearchMiss.objects.get().pk]}
    client.post(address("searchmiss_changelist"), chosen)
    assert SearchMiss.objects.get().settled_at is None


def test_what_is_behind_waits_in_the_inbox(article, editor):
    ArticleFactory(behind={"text_en": "2026-01-01T00:00:00+00:00"})
    count = registry.inbox["articles"].count
    assert (count(editor), count(staff(Role.AGENT, article.organisation))) == (0, None)
    Article.objects.filter(pk=article.pk).update(behind={"text_en": "2026-01-01T00:00:00+00:00"})
    assert count(editor) == 1
