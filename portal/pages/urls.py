"""Addresses under ``/<language>/about/``."""

from django.urls import path

from portal.pages import views

app_name = "pages"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:key>/", views.page, name="page"),
]
