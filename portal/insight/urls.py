"""Addresses of the managers' reports."""

from django.urls import path

from portal.insight import views

app_name = "insight"

urlpatterns = [
    path("", views.reports, name="reports"),
    path("<slug:code>/", views.report, name="report"),
    path("<slug:code>/progress/", views.progress, name="progress"),
    path("<slug:code>/download/", views.download, name="download"),
]
