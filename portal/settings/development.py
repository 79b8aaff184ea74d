"""On one machine: `make run` and everyday work."""

from portal.settings import environment as env
from portal.settings.base import *

DEBUG = env.flag("SAWT_DEBUG")
# A key for a machine that nobody else reaches; production refuses to start without one of its own.
SECRET_KEY = env.text("SECRET_KEY", "development-only-key-that-production-refuses-to-start-with")
DEMO = env.flag("SAWT_DEMO", default=True)
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# No proxy stands in front that compresses, as one does in production.
MIDDLEWARE.insert(0, "django.middleware.gzip.GZipMiddleware")
