"""Addresses under ``/<language>/mailbox/``."""

from django.urls import path

from portal.messaging import views

app_name = "messaging"
urlpatterns = [
    path("", views.mailbox, name="list"),
    path("<str:key>/", views.message, name="message"),
    path("<str:key>/html/", views.html, name="html"),
]
