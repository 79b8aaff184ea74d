"""Addresses under ``/<language>/hours/``."""

from django.urls import path

from portal.calendars import views

app_name = "calendars"
urlpatterns = [path("", views.hours, name="hours")]
