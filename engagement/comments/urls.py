"""Addresses of threads and comments."""

from django.urls import path

from engagement.comments import views

app_name = "comments"

urlpatterns = [
    path("threads/<slug:thread_code>/post/", views.post, name="post"),
    path("threads/<slug:thread_code>/draft/", views.draft, name="draft"),
    path("<slug:code>/", views.comment, name="comment"),
    path("<slug:code>/reply/", views.reply, name="reply"),
    path("<slug:code>/edit/", views.edit, name="edit"),
    path("<slug:code>/vote/", views.vote, name="vote"),
]
