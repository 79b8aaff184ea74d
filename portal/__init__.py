"""The Django project, and the ground every other app stands on."""

# Imported here so that the web process knows the broker: without it ``.delay()`` fails there.
from portal.celery import app as celery_app

__all__ = ["celery_app"]
