"""In front of the public. Every secret comes from the environment, and what is missing is named all at once."""

import sys

from django.core.exceptions import ImproperlyConfigured

from portal.settings import environment as env

try:
    env.needed(
        "SECRET_KEY",
        "SAWT_HOSTS",
        "SAWT_BASE_URL",
        "SAWT_FROM_EMAIL",
        "SAWT_REPLY_TO",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_HOST",
    )
    from portal.settings.base import *

    SECRET_KEY = env.secret_key("SECRET_KEY")
    if DEMO:
        raise ImproperlyConfigured("SAWT_DEMO is set: the demonstration is refused in production. Unset it.")
    if not BASE_URL.startswith("https://"):
        raise ImproperlyConfigured("SAWT_BASE_URL must begin with https:// because links in mail lead there.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("SAWT_HOSTS must name the portal's hosts: “*” would let anybody choose the links.")
except ImproperlyConfigured as sentence:
    # One sentence for the operator, without the way that led to it.
    sys.exit(str(sentence))

# Earlier keys, while what they signed or locked is still in use.
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")
STAFF_SECOND_FACTOR = env.flag("SAWT_STAFF_SECOND_FACTOR", default=True)
STAFF_IDLE_MINUTES = env.number("SAWT_STAFF_IDLE_MINUTES", 30)
STAFF_SESSION_HOURS = env.number("SAWT_STAFF_SESSION_HOURS", 12)
CSRF_TRUSTED_ORIGINS = env.items("SAWT_ORIGINS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
LANGUAGE_COOKIE_SECURE = True

_behind = MIDDLEWARE.index("portal.web.middleware.RequestIdMiddleware") + 1
MIDDLEWARE[_behind:_behind] = ["portal.operations.middleware.ObservationMiddleware"]

# Mail has a worker of its own.
CELERY_TASK_ROUTES = {"messaging.*": {"queue": "mail"}, "mailings.*": {"queue": "mail"}}
CELERY_WORKER_REDIRECT_STDOUTS = False

# Behind PgBouncer in transaction mode a cursor would outlive its connection.
if env.flag("SAWT_POOLED"):
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True

# Streaming replicas answer visitors' pages.
if _replica := env.text("SAWT_REPLICA_URL", ""):
    DATABASES["replica"] = env.database(_replica) | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["portal.operations.routers.ReplicaRouter"]
    MIDDLEWARE[_behind:_behind] = ["portal.operations.middleware.ReplicaMiddleware"]

# Valkey with Sentinel: who is primary is asked for, with password and number of REDIS_URL.
if _sentinels := env.items("SAWT_SENTINELS"):
    _store = env.store(REDIS_URL)
    _name = env.text("SAWT_SENTINEL_NAME", "sawt")
    CACHES["default"] |= {
        "BACKEND": "portal.operations.sentinel.SentinelCache",
        "LOCATION": _sentinels,
        "OPTIONS": {"name": _name, **_store},
    }
    CELERY_BROKER_URL = env.sentinel_url(_sentinels, **_store)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "master_name": _name,
        "sentinel_kwargs": {"password": _store["password"]} if _store["password"] else {},
    }

# Files in object storage, so that hosts share them. They stay private: the portal hands them out itself.
if _bucket := env.text("SAWT_S3_BUCKET", ""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _bucket,
            "endpoint_url": env.text("SAWT_S3_ENDPOINT", "") or None,
            "region_name": env.text("SAWT_S3_REGION", "") or None,
            "access_key": env.text("SAWT_S3_KEY", "") or None,
            "secret_key": env.text("SAWT_S3_SECRET", "") or None,
            "default_acl": None,
            "file_overwrite": False,
            "signature_version": "s3v4",
        },
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.operations.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "sawt": {"level": "INFO"},
        # Django gives these handlers of its own, which would write plain text or mail to nobody.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # Each answer has its line already; what was refused and not found is there by its status.
        "django.request": {"level": "ERROR"},
    },
}
