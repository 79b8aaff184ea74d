"""A whole city's data, to measure by and to show: ``manage.py demo --scale city``."""

from engagement.consultations.management.city.loading import CITY, Size, load

__all__ = ["CITY", "Size", "load"]
