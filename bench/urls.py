"""The portal's addresses, and two pages to compare with."""

from django.urls import path

from bench.views import bare, one_query
from portal.urls import *  # noqa: F403
from portal.urls import urlpatterns as portal_urls

urlpatterns = [path("bench/bare", bare), path("bench/one-query", one_query), *portal_urls]
