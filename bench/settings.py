"""As in production, on one machine: no TLS, since a proxy does that, and two pages to compare with."""

# ruff: noqa: F403, F405
from portal.settings import environment as env
from portal.settings.base import *

SECRET_KEY = "a key for measuring alone, on a database of invented people"
DEMO = True
ALLOWED_HOSTS = ["localhost", "testserver"]
ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "bench" / "templates"]
VAR_DIR = BASE_DIR / "var" / "bench"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
MAILBOX_DIR = VAR_DIR / "mailbox"
# Keys and queues of its own beside whatever else this Valkey holds.
CACHES["default"]["KEY_PREFIX"] = "sawt-bench"
CELERY_BROKER_URL = CELERY_BROKER_URL.replace("?db=", "?virtual_host=")
CELERY_TASK_DEFAULT_QUEUE = "sawt-bench"
CELERY_TASK_ROUTES = {}
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", env.number("SAWT_BENCH_SMTP", 1025)
