"""Addresses of consultations."""

from django.urls import path

from engagement.consultations import views

app_name = "consultations"

urlpatterns = [
    path("", views.index, name="list"),
    path("<slug:code>/", views.detail, name="short"),
    path("<slug:code>/documents/<slug:document_code>/file/", views.document_file, name="document_file"),
    path("<slug:code>/<slug:slug>/", views.detail, name="detail"),
    path("<slug:code>/<slug:slug>/sections/<int:number>/", views.section, name="section"),
    path("<slug:code>/<slug:slug>/documents/<slug:document_code>/", views.document, name="document"),
]
