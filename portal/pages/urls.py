"""Addresses under ``/<language>/about/`` and ``/<language>/announcements/``."""

from django.urls import include, path

from portal.pages import views

PAGES = [
    path("", views.index, name="index"),
    path("<slug:key>/", views.page, name="page"),
]
ANNOUNCEMENTS = [
    path("", views.announcements, name="list"),
    path("feed/", views.AnnouncementFeed(), name="feed"),
    path("<slug:code>/", views.announcement, name="announcement"),
]

urlpatterns = [
    path("about/", include((PAGES, "pages"))),
    path("announcements/", include((ANNOUNCEMENTS, "announcements"))),
]
