"""Help articles as everybody reads them."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_ratelimit.core import is_ratelimited
from django_ratelimit.decorators import ratelimit

from portal.languages import behind_texts, languages_of
from portal.web.views.origins import own_pages_only
from tickets.choices import ArticleState, Reason
from tickets.forms.articles import AnswerForm, SearchForm
from tickets.middleware.articles import is_reader
from tickets.models import Article, ArticleCategory
from tickets.selectors import articles as selectors
from tickets.selectors.passages import html
from tickets.selectors.search import Found, find, normalised, results
from tickets.services import answers, figures, searches
from tickets.services.articles import texts_of

# Answers of one address or person, and vain searches of one address that are written down.
ANSWERS_LIMIT = "30/h"
MISSES_LIMIT = "30/h"
# In a visitor's session: a random word that stands for it, and is given to nobody.
_VOTER = "articles_voter"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the search, the categories and what is read most."""
    context = {"categories": selectors.categories(), "most_read": selectors.most_read()}
    return render(request, "tickets/articles/home.html", context)


@require_safe
def category(request: HttpRequest, code: str) -> HttpResponse:
    """Show the articles of a category."""
    found = get_object_or_404(ArticleCategory, code=code)
    page = Paginator(selectors.in_category(found), settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "tickets/articles/category.html", {"category": found, "page": page})


@require_safe
def article(request: HttpRequest, code: str) -> HttpResponse:
    """Show an article; editors see their drafts here as well."""
    found = Article.objects.visible_to(request.user).select_related("organisation", "category", "service")
    shown = get_object_or_404(found, code=code)
    if shown.state == ArticleState.PUBLISHED and is_reader(request):
        figures.note_reader(request.session)
    return article_page(request, shown)


def article_page(request: HttpRequest, shown: Article) -> HttpResponse:
    """Return the page of an article as this request's person reads it."""
    language = get_language()
    context = {
        "article": shown,
        "related": selectors.related_to(shown),
        "is_public": shown.state == ArticleState.PUBLISHED,
        "is_behind": language in languages_of(Article, behind_texts(shown)),
        "answer": _answer(request, shown),
        "reasons": Reason.choices,
        "anchors": {"useful"},
        "page_updated": shown.updated_at,
    }
    return render(request, "tickets/articles/article.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found, with the passages; remember what was looked for in vain."""
    typed = SearchForm(request.GET).typed()
    # Signs alone are no words: the page asks for some.
    found = find(typed, get_language()) if normalised(typed) else None
    context: dict[str, Any] = {"q": typed, "found": found}
    if found is None or not found.ids:
        context["categories"] = selectors.categories()
    if found is not None:
        context |= _results(request, found)
        if is_reader(request) and "page" not in request.GET:
            _remember(request, typed, found)
    return render(request, "tickets/articles/search.html", context)


# Without a token, as a visitor's page holds none: what comes from another site's page is refused.
@csrf_exempt
@require_POST
@own_pages_only
@ratelimit(key="user_or_ip", rate=ANSWERS_LIMIT, method="POST")
def useful(request: HttpRequest, code: str) -> HttpResponse:
    """Take the answer to “was this useful?”, and lead back to it."""
    shown = get_object_or_404(Article.objects.public(), code=code)
    form = AnswerForm(request.POST)
    back = f"{shown.get_absolute_url()}#useful"
    if not form.is_valid():
        messages.error(request, gettext("Please choose one of the answers."), extra_tags="useful")
        return redirect(back)
    answers.answer(
        shown,
        voter=_voter(request, shown),
        language=get_language(),
        is_useful=form.is_useful,
        reason=form.cleaned_data["reason"],
    )
    if form.is_useful or form.cleaned_data["reason"]:
        messages.success(request, gettext("Thank you: your answer helps us to improve this article."), "useful")
    return redirect(back)


def _voter(request: HttpRequest, shown: Article) -> str:
    """Return what stands for who answers; a visitor gets a session with it."""
    if request.user.is_authenticated:
        return answers.voter_of_person(shown, request.user)
    return answers.voter_of_visitor(shown, request.session.setdefault(_VOTER, secrets.token_hex(16)))


def _answer(request: HttpRequest, shown: Article) -> Any:
    """Return what this person or session answered; nobody else has to be looked up."""
    if request.user.is_authenticated:
        return answers.answer_of(shown, answers.voter_of_person(shown, request.user))
    word = request.session.get(_VOTER)
    return answers.answer_of(shown, answers.voter_of_visitor(shown, word)) if word else None


def _results(request: HttpRequest, found: Found) -> dict[str, Any]:
    page = Paginator(found.shown, settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    # Their texts come from the search's own table.
    public = Article.objects.public().select_related("category").defer(*texts_of(Article()))
    by_id = public.in_bulk(list(page.object_list))
    rows = [
        {"article": by_id[row.article_id], "title": html(row.title), "passage": html(row.passage)}
        for row in results(found, page.object_list)
        if row.article_id in by_id
    ]
    return {"page": page, "rows": rows}


def _remember(request: HttpRequest, typed: str, found: Found) -> None:
    searches.count_search(get_language(), has_found=bool(found.ids))
    if found.ids:
        return
    asked = normalised(typed)
    # Once an hour from one address, so that nobody can make a question of one seem one of many.
    again = is_ratelimited(
        request, group="articles.miss", key=lambda _group, asker: f"{asker.META['REMOTE_ADDR']} {asked}",
        rate="1/h", increment=True,
    )  # fmt: skip
    if again or is_ratelimited(request, group="articles.misses", key="ip", rate=MISSES_LIMIT, increment=True):
        return
    searches.record_miss(asked, get_language())
