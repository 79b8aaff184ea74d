"""A whole city's requests and help articles, to measure by and to show: ``manage.py demo --scale city``."""

from tickets.management.city.articles import load as load_articles
from tickets.management.city.loading import load as load_requests

__all__ = ["load_articles", "load_requests"]
