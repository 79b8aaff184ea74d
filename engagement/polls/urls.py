"""Addresses of polls."""

from django.urls import path

from engagement.polls import views

app_name = "polls"

urlpatterns = [
    path("<slug:code>/vote/", views.vote, name="vote"),
    path("<slug:code>/draft/", views.draft, name="draft"),
]
