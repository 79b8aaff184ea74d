"""Addresses without a language: for machines, and the root that sends people to their language."""

from django.urls import path

from portal.web.views import health, home

urlpatterns = [
    path("", home.root, name="root"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", home.robots, name="robots"),
    path("favicon.ico", home.favicon, name="favicon"),
]
