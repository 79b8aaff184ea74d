"""Addresses of the public statistics and of the managers' reports."""

from django.urls import path

from portal.insight.views import notes, reports, statistics

app_name = "insight"

urlpatterns = [
    path("statistics/", statistics.index, name="statistics"),
    path("statistics/data.csv", statistics.all_csv, name="data_csv"),
    path("statistics/data.json", statistics.all_json, name="data_json"),
    path("statistics/<slug:code>/", statistics.indicator, name="indicator"),
    path("statistics/<slug:code>/data.csv", statistics.indicator_csv, name="indicator_csv"),
    path("statistics/<slug:code>/data.json", statistics.indicator_json, name="indicator_json"),
    path("reports/", reports.reports, name="reports"),
    path("reports/notes/<str:month>/<slug:body>/", notes.note, name="note"),
    path("reports/<slug:code>/", reports.report, name="report"),
    path("reports/<slug:code>/progress/", reports.progress, name="progress"),
    path("reports/<slug:code>/download/", reports.download, name="download"),
]
