"""Under test: real PostgreSQL, real Valkey; mail is kept in memory unless a test asks for real SMTP."""

import os
import tempfile
from pathlib import Path

from portal.settings.base import *

SECRET_KEY = "a key for tests alone, long enough to be accepted by every check"
DEMO = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
_suffix = os.environ.get("SAWT_TEST_SUFFIX", "")
DATABASES["default"]["TEST"] = {"NAME": f"test_sawt{_suffix}"}
DATABASES["default"]["CONN_MAX_AGE"] = 0
CACHES["default"]["KEY_PREFIX"] = f"test{_suffix}{os.environ.get('PYTEST_XDIST_WORKER', '')}{os.getpid()}"
# A busy machine is no broken cache: what a test counts must be counted.
CACHES["default"]["OPTIONS"] |= {"socket_timeout": 30, "socket_connect_timeout": 30}
VAR_DIR = Path(tempfile.mkdtemp(prefix="sawt-test-"))
MEDIA_ROOT = VAR_DIR / "media"
STATIC_ROOT = VAR_DIR / "static"
MAILBOX_DIR = VAR_DIR / "mailbox"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
# Whether files are scanned is for the tests about it.
CLAMD = None
RATELIMIT_ENABLE = False
# Pages are made anew for each request, unless a test is about the cache.
PAGE_CACHE_SECONDS = 0
AXES_ENABLED = False
