"""Addresses under ``/<language>/account/``."""

from django.urls import path

from portal.notifications.views import following, mine, number, stopping

app_name = "notifications"
urlpatterns = [
    path("notifications/", mine.choices, name="choices"),
    path("notifications/number/", number.number, name="number"),
    path("notifications/number/confirm/", number.confirm, name="number_confirm"),
    path("notifications/number/forget/", number.forget, name="number_forget"),
    path("notices/", mine.notices, name="notices"),
    path("notices/read/", mine.read_all, name="read_all"),
    path("notices/<int:pk>/", mine.open_notice, name="notice"),
    path("follow/", following.follow_kept, name="follow_kept"),
    path("follow/<slug:kind>/<slug:key>/", following.follow, name="follow"),
    path("follow/<slug:kind>/<slug:key>/first/", following.follow_first, name="follow_first"),
    path("notices/stop/<str:token>/", stopping.stop, name="stop"),
]
