"""Addresses of reporting; the queue stands in the admin."""

from django.urls import path, re_path

from moderation.views.decision import decision
from moderation.views.report import received, report

app_name = "moderation"

urlpatterns = [
    # As long as the columns that hold them: anything else is not found.
    re_path(r"^report/(?P<kind>[a-z_]{1,40})/(?P<key>[0-9A-Za-z_-]{1,60})/$", report, name="report"),
    path("decisions/<slug:code>/<int:number>/", decision, name="decision"),
    path("received/<slug:code>/", received, name="received"),
]
