"""Addresses under ``/<language>/account/``."""

from django.urls import path

from portal.notifications.views import stopping

app_name = "notifications"
urlpatterns = [
    path("notices/stop/<str:token>/", stopping.stop, name="stop"),
]
