"""A whole city's requests and help articles, to measure by and to show: ``manage.py demo --scale city``."""

from tickets.management.city.loading import load as load_requests

