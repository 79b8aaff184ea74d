"""Addresses under ``/<language>/``: ``about/``, ``announcements/``, ``services/`` and ``feedback/``."""

from django.urls import include, path

from portal.pages import views
from portal.pages.views import judging, results

PAGES = [
    path("", views.index, name="index"),
    path("<slug:key>/", views.page, name="page"),
]
ANNOUNCEMENTS = [
    path("", views.announcements, name="list"),
    path("feed/", views.AnnouncementFeed(), name="feed"),
    path("<slug:code>/", views.announcement, name="announcement"),
]
SERVICES = [
    path("", results.services, name="list"),
    path("<slug:code>/", results.service, name="service"),
    path("<slug:code>/rating/", judging.rate, name="rate"),
    path("<slug:code>/rating/comment/", judging.comment, name="comment"),
]
FEEDBACK = [
    path("", results.pages_list, name="pages"),
    path("services/", results.services_list, name="services"),
    path("data.csv", results.data_csv, name="data_csv"),
    path("data.json", results.data_json, name="data_json"),
    path("<slug:kind>/<slug:key>/", judging.useful, name="useful"),
    path("<slug:kind>/<slug:key>/why/", judging.why, name="why"),
]

urlpatterns = [
    path("about/", include((PAGES, "pages"))),
    path("announcements/", include((ANNOUNCEMENTS, "announcements"))),
    path("services/", include((SERVICES, "services"))),
    path("feedback/", include((FEEDBACK, "feedback"))),
]
