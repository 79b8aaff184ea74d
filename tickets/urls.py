"""Addresses of support: each area under a name of its own."""

from django.urls import include, path

from tickets.views import articles

ARTICLES = [
    path("", articles.home, name="home"),
    path("search/", articles.search, name="search"),
    path("categories/<slug:code>/", articles.category, name="category"),
    path("articles/<slug:code>/", articles.article, name="article"),
    path("articles/<slug:code>/useful/", articles.useful, name="useful"),
]

urlpatterns = [
    path("help/", include((ARTICLES, "articles"))),
]
